package io.cattleguard.deduplicate.inhibition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.Sighting;
import io.cattleguard.deduplicate.Sightings;
import io.cattleguard.deduplicate.StorageUnavailable;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.deduplicate.silence.InMemoryTable;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InhibitionsTest {
  /** Other values than the defaults, so that the defaults can change. */
  private static final DeduplicationSettings WINDOWS =
      new DeduplicationSettings(
          Duration.ofHours(1), Duration.ofMinutes(15), Duration.ofDays(7), 100);

  private static final Instant AT = TestAlerts.AT;
  private static final String RULES =
      """
      inhibitions:
        - name: node
          reason: the node
          when: { alert: { target: { pod: [{ exists: false }] } } }
          mutes: { alert: { target: { pod: [{ exists: true }] } } }
          same: [cluster, node]
          window: 1h
      """;

  @TempDir private Path directory;
  private final InMemoryTable table = new InMemoryTable();
  private Deduplicator deduplicator;
  private int ids;

  @BeforeEach
  void wire() {
    deduplicator = deduplicator(Quiet.in(table, Duration.ZERO, read(RULES), sentence -> {}));
  }

  private static Deduplicator deduplicator(Quiet quiet) {
    return new Deduplicator(new InMemorySightings(), Suppressions.none(), WINDOWS, quiet);
  }

  private Inhibitions read(String yaml) {
    try {
      Files.writeString(directory.resolve("inhibitions.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Inhibitions.read(new PolicyFiles(directory));
  }

  private String id() {
    ids++;
    return String.format("%016x%016x", ids * 0x9E3779B97F4A7C15L, ids);
  }

  private TestAlerts.Draft node(Severity severity, Duration after) {
    return TestAlerts.alert(id(), "escape", severity)
        .target(Target.builder().cluster("blue").node("node-a").build())
        .at(AT.plus(after));
  }

  private Alert pod(String node, Severity severity, Duration after) {
    return TestAlerts.alert(id(), "odd " + ids, severity)
        .target(
            Target.builder()
                .cluster("blue")
                .node(node)
                .namespace("shop")
                .pod("web-1")
                .workload("Deployment/web")
                .build())
        .at(AT.plus(after))
        .build();
  }

  private static Inhibitor inhibitor(String scope, Severity severity, Instant at) {
    return new Inhibitor("node", scope, severity, minutes(60), at, at);
  }

  private Verdict judge(Alert alert) {
    return judge(List.of(alert)).getFirst();
  }

  private List<Verdict> judge(List<Alert> alerts) {
    return deduplicator.deduplicate(
        alerts.stream()
            .map(alert -> new Arrival(alert, Objects.requireNonNull(alert.observedAt())))
            .toList());
  }

  private static Duration minutes(long minutes) {
    return Duration.ofMinutes(minutes);
  }

  @Test
  void promise3AnIncidentOfANodeMutesItsPodsForPeopleOnly() {
    assertFalse(judge(node(Severity.CRITICAL, minutes(0)).build()).isSilenced());

    Verdict symptom = judge(pod("node-a", Severity.HIGH, minutes(1)));

    assertEquals(Verdict.Column.OPENED, symptom.column());
    assertEquals(
        new Silenced("inhibition node", "the node", false, 80, AT.plus(minutes(60))),
        symptom.publish().map(AcceptedAlert::silenced).orElseThrow());
    assertFalse(judge(pod("node-b", Severity.HIGH, minutes(1))).isSilenced(), "another node");
    assertFalse(judge(pod("node-a", Severity.CRITICAL, minutes(1))).isSilenced(), "grave");
    assertFalse(judge(pod("node-a", Severity.HIGH, minutes(60))).isSilenced(), "the window");
  }

  @Test
  void aSymptomIsMutedToTheEndOfTheWindowAsItIsKnown() {
    judge(node(Severity.CRITICAL, minutes(0)).build());
    // Published again as repeated, after more than an hour without alerts.
    judge(node(Severity.CRITICAL, minutes(61)).build());

    assertEquals(Optional.of(AT.plus(minutes(121))), until(minutes(62)));
    for (int i = 2; i < 4; i++) {
      judge(node(Severity.CRITICAL, minutes(i * 61L)).build());
    }
    assertEquals(Optional.of(AT.plus(minutes(240))), until(minutes(184)), "four windows");
  }

  private Optional<Instant> until(Duration after) {
    return judge(pod("node-a", Severity.LOW, after))
        .publish()
        .map(AcceptedAlert::silenced)
        .map(Silenced::until);
  }

  @Test
  void theOrderWithinABatchDoesNotMatter() {
    List<Verdict> verdicts =
        judge(
            List.of(
                pod("node-a", Severity.LOW, minutes(0)),
                node(Severity.CRITICAL, minutes(0)).build()));

    assertEquals(List.of(true, false), verdicts.stream().map(Verdict::isSilenced).toList());
  }

  @Test
  void anotherHostKnowsTheIncidentFromTheTable() {
    judge(node(Severity.CRITICAL, minutes(0)).build());
    deduplicator = deduplicator(Quiet.in(table, Duration.ZERO, read(RULES), sentence -> {}));

    assertTrue(judge(pod("node-a", Severity.LOW, minutes(1))).isSilenced());
  }

  @Test
  void whileTheTableIsAwayPeopleAreTold() {
    table.away = true;
    judge(node(Severity.CRITICAL, minutes(0)).build());

    assertFalse(judge(pod("node-a", Severity.LOW, minutes(1))).isSilenced());
  }

  @Test
  void anIncidentThatPeopleMayNotSeeMutesNothing() {
    List<Alert> unseen =
        List.of(
            node(Severity.HIGH, minutes(0)).build(),
            node(Severity.FATAL, minutes(0)).alertClass(AlertClass.CONFIGURATION).build(),
            node(Severity.FATAL, minutes(0)).traits(List.of(Trait.SAMPLE.id())).build());
    for (Alert alert : unseen) {
      judge(alert);
    }
    new StoredSilences(table, Duration.ZERO)
        .add(
            Silence.of(
                HidingPattern.ofProblem(
                    Fingerprint.of(node(Severity.CRITICAL, minutes(0)).build())),
                "ana",
                "known",
                AT,
                AT.plus(minutes(60)),
                Severity.FATAL,
                false,
                false),
            AT);
    wire();
    assertTrue(judge(node(Severity.CRITICAL, minutes(0)).build()).isSilenced());

    assertFalse(judge(pod("node-a", Severity.LOW, minutes(1))).isSilenced());
  }

  @Test
  void aSymptomThatGoesOnIsToldAfterTheWindow() {
    judge(node(Severity.CRITICAL, minutes(0)).build());
    Alert first = pod("node-a", Severity.LOW, minutes(59));
    assertTrue(judge(first).isSilenced());
    Alert again =
        TestAlerts.alert(id(), Objects.requireNonNull(first.rule()), Severity.LOW)
            .target(first.target())
            .at(AT.plus(minutes(61)))
            .build();

    Verdict told = judge(again);

    assertEquals(Optional.of(Acceptance.REPEATED), told.publish().map(AcceptedAlert::acceptance));
    assertFalse(told.isSilenced());
  }

  @Test
  void promise3AnIncidentThatPeopleHearNoMoreOfMutesNoNewProblem() {
    List<Long> muted = new ArrayList<>();
    for (long hour = 0; hour < 72; hour++) {
      judge(node(Severity.CRITICAL, minutes(hour * 60)).build());
      judge(node(Severity.CRITICAL, minutes(hour * 60 + 30)).build());
      if (judge(pod("node-a", Severity.MEDIUM, minutes(hour * 60 + 31))).isSilenced()) {
        muted.add(hour);
      }
    }

    // The first, the 10th and the 100th alert are published.
    assertEquals(List.of(0L, 4L, 49L), muted);
  }

  @Test
  void promise3AnIncidentThatIsToldAgainAndAgainMutesForFourWindowsAndThenPausesForOne() {
    List<Boolean> muted = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      // More than an hour apart, so each alert is published as repeated.
      assertFalse(judge(node(Severity.CRITICAL, minutes(i * 61L)).build()).publish().isEmpty());
      muted.add(judge(pod("node-a", Severity.MEDIUM, minutes(i * 61L + 1))).isSilenced());
    }

    assertEquals(List.of(true, true, true, true, false, true, true, true, true, false), muted);
  }

  @Test
  void promise3CopiesOfAnIncidentDoNotMuteAnyLonger() {
    Alert incident = node(Severity.CRITICAL, minutes(0)).build();
    judge(incident);
    for (int i = 1; i < 5; i++) {
      deduplicator.deduplicate(List.of(new Arrival(incident, AT.plus(minutes(i * 30L)))));
    }

    assertFalse(judge(pod("node-a", Severity.MEDIUM, minutes(121))).isSilenced());
  }

  @Test
  void promise3AContainerWhosePodIsUnknownMutesNothing() {
    judge(
        node(Severity.CRITICAL, minutes(0))
            .target(
                Target.builder().cluster("blue").node("node-a").containerId("4f1c0ffee001").build())
            .build());

    assertFalse(judge(pod("node-a", Severity.LOW, minutes(1))).isSilenced());
  }

  @Test
  void aSymptomOfAnIncidentThatCannotBeStoredIsTold() {
    Sightings unavailable =
        new Sightings() {
          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return Optional.empty();
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            throw new StorageUnavailable("away", new IOException());
          }
        };
    new Deduplicator(
            unavailable,
            Suppressions.none(),
            WINDOWS,
            Quiet.in(table, Duration.ZERO, read(RULES), sentence -> {}))
        .deduplicate(List.of(new Arrival(node(Severity.CRITICAL, minutes(0)).build(), AT)));

    assertFalse(judge(pod("node-a", Severity.LOW, minutes(1))).isSilenced());
  }

  @Test
  void anIncidentThatIsToldOftenIsStoredOnceAMinute() {
    List<Inhibitor> known = List.of();
    int writes = 0;
    for (int second = 0; second < 120; second++) {
      Instant now = AT.plusSeconds(second);
      List<Inhibitor> seen = List.of(inhibitor("s", Severity.CRITICAL, now));
      if (!InhibitorBook.covers(known, seen)) {
        known = InhibitorBook.merged(known, seen, now);
        writes++;
      }
    }

    assertEquals(2, writes);
  }

  @Test
  void theInhibitorsAreBounded() {
    InhibitorBook book = new StoredInhibitors(table, Duration.ZERO);
    List<Inhibitor> many = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      many.add(inhibitor("blue\nnode-" + i, Severity.CRITICAL, AT.plusSeconds(i)));
    }
    book.remember(many, AT);

    assertEquals(InhibitorBook.MOST, book.known(AT).size());
    assertEquals("blue\nnode-999", book.known(AT).getLast().scope());
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored", "memory"})
  void aBookKeepsTheLatestAndTheGravest(String kind) {
    InhibitorBook book =
        kind.equals("stored")
            ? new StoredInhibitors(table, Duration.ofHours(1))
            : new InMemoryInhibitors();
    book.remember(List.of(inhibitor("s", Severity.FATAL, AT)), AT);
    book.remember(
        List.of(
            inhibitor("s", Severity.CRITICAL, AT.plusSeconds(9)),
            inhibitor("t", Severity.CRITICAL, AT)),
        AT);

    assertEquals(
        List.of(
            new Inhibitor("node", "s", Severity.FATAL, minutes(60), AT, AT.plusSeconds(9)),
            inhibitor("t", Severity.CRITICAL, AT)),
        book.known(AT));
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "same: [cluster, node] | same: [cluster] | 6: name an object that both share, such as node"
            + " or account",
        "same: [cluster, node] | same: [pod]     | 6: 'pod' is not one of cluster, node, namespace,"
            + " workload, account, region, instance, principal, resource",
        "window: 1h            | window: 25h     | 7: expected a duration from 1m to 24h, found"
            + " '25h'",
        "window: 1h            | tests: []       | 2: key 'window' is missing",
      })
  void whatIsWrongIsNamedWithItsLine(String right, String wrong, String error) {
    PolicyException exception =
        assertThrows(PolicyException.class, () -> read(RULES.replace(right, wrong)));

    assertEquals("inhibitions.yaml:" + error, exception.getMessage());
  }

  @Test
  void aPolicyWithoutTheFileHasNone() throws IOException {
    Files.delete(directory.resolve("inhibitions.yaml"));

    assertTrue(Inhibitions.read(new PolicyFiles(directory)).isEmpty());
  }
}
