package io.cattleguard.deduplicate.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Sighting;
import io.cattleguard.deduplicate.Sightings;
import io.cattleguard.deduplicate.StorageUnavailable;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.silence.InMemoryTable;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.SilenceCommands;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Detections;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeduplicateHandlerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<BusEvent> published = new ArrayList<>();
  private final Set<Integer> refuse = new HashSet<>();
  private final EventPublisher publisher =
      events -> {
        for (int i = 0; i < events.size(); i++) {
          if (!refuse.contains(i)) {
            published.add(events.get(i));
          }
        }
        return refuse;
      };
  private final DeduplicateHandler handler = handler(new InMemorySightings(), publisher);

  private static DeduplicateHandler handler(Sightings sightings, EventPublisher publisher) {
    return new DeduplicateHandler(
        new Deduplicator(sightings, Suppressions.none(), DeduplicationSettings.DEFAULT),
        publisher,
        () -> TestAlerts.AT);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String falco(String rule, String pod, int nanos) {
    return ((ObjectNode) json(falco(rule, pod)))
        .put("time", TestAlerts.AT.plusNanos(nanos).toString())
        .toString();
  }

  private static String falco(String rule, String pod) {
    ObjectNode event = JSON.createObjectNode();
    event.put("rule", rule).put("priority", "Critical").put("time", "2026-03-02T09:15:00Z");
    event.put("hostname", "node-a");
    ObjectNode fields = event.putObject("output_fields");
    fields.put("k8s.ns.name", "shop").put("k8s.pod.name", pod).put("proc.name", "bash");
    return event.toString();
  }

  private static String sensed(String source, String cluster, String... events) {
    RuntimeAlerts packed =
        new RuntimeAlerts(
            "id",
            cluster,
            TestAlerts.AT,
            0,
            List.of(events).stream()
                .map(event -> new RuntimeAlerts.Sensed(event, 1, TestAlerts.AT, TestAlerts.AT))
                .toList());
    return new BusEvent(source, DetailType.RUNTIME_ALERTS, TestAlerts.AT, packed.write())
        .toJson()
        .toString();
  }

  private static Message message(String id, String... events) {
    return new Message(id, sensed("cattleguard.sensor.blue", "blue", events));
  }

  private List<String> publishedIds() {
    return published.stream().map(event -> event.detail().path("id").asText()).toList();
  }

  @Test
  void aPackedEntryOpensEachOfItsProblems() {
    Set<String> failed =
        handler.handle(List.of(message("m1", falco("one", "web-1"), falco("two", "web-1"))));

    assertEquals(Set.of(), failed);
    assertEquals(2, published.size());
    assertEquals(DetailType.ALERT_ACCEPTED, published.get(0).type());
    assertEquals("cattleguard.deduplicate", published.get(0).source());
    assertEquals("blue", published.get(0).detail().path("cluster").asText());
  }

  @Test
  void aPersonsSilenceIsSetAndIsNoEvent() {
    StoredSilences silences = new StoredSilences(new InMemoryTable(), Duration.ZERO);
    OperatorCommand command =
        OperatorCommand.of(
            OperatorCommand.Verb.SILENCE,
            new OperatorCommand.Who("slack:U1", Optional.of("anna")),
            "known",
            TestAlerts.AT,
            Optional.empty(),
            OperatorCommand.About.silence(
                "7a1b2c3d",
                Optional.of(TestAlerts.AT.plusSeconds(3_600)),
                Optional.of("{\"fingerprint\":[\"b1946ac92492d2347c6235b4d2611184\"]}"),
                false));
    DeduplicateHandler handler =
        new DeduplicateHandler(
            new Deduplicator(
                new InMemorySightings(), Suppressions.none(), DeduplicationSettings.DEFAULT),
            Detections.NONE,
            Optional.of(
                new SilenceCommands(
                    silences,
                    new RecentProblems(new InMemoryTable()),
                    new Operators(
                        Map.of(
                            OperatorCommand.Verb.SILENCE,
                            List.of(new IdentityPattern("slack:U1")))))),
            publisher,
            () -> TestAlerts.AT);

    assertEquals(
        Set.of("forged"),
        handler.handle(
            List.of(
                commanded("forged", "cattleguard.respond", command),
                commanded("genuine", "cattleguard.operator", command),
                message("alert", falco("one", "web-1")))));

    assertEquals(
        List.of("anna (slack:U1)"), silences.all().all().stream().map(Silence::by).toList());
    assertEquals(2, published.size(), "the answer and the alert: a command is no alert");
    OperatorCommand answer = OperatorCommand.read("cattleguard.deduplicate", answer(0));
    assertEquals("cattleguard.deduplicate", published.getFirst().source());
    assertTrue(answer.applied());
    assertEquals("slack:U1", answer.who().identity());
    assertEquals(
        Optional.of("alerts up to high; none of 0 recent problems"), answer.about().covers());

    assertEquals(
        Set.of(),
        handler.handle(
            List.of(commanded("borrowed", "cattleguard.operator.AROAEXAMPLEID:x", command))),
        "who commands is in the source, so it is not anna, and changes nothing");
    assertEquals(1, silences.all().all().size());
    OperatorCommand ignored = OperatorCommand.read("cattleguard.deduplicate", answer(2));
    assertEquals("aws:AROAEXAMPLEID:x", ignored.who().identity());
    assertEquals(
        Optional.of("operators in settings.yaml allows it to slack:U1"), ignored.ignored());

    Message late =
        commanded("late", "cattleguard.operator", given(command, TestAlerts.AT.minusSeconds(901)));
    refuse.add(0);
    assertEquals(Set.of("late"), handler.handle(List.of(late)), "the answer is not published");
    refuse.clear();
    assertEquals(Set.of(), handler.handle(List.of(late)));
    assertTrue(
        OperatorCommand.read("cattleguard.deduplicate", answer(published.size() - 1)).applied(),
        "the silence is in force, so its late redelivery is not told as ignored");

    String person = "cattleguard.operator.AROAEXAMPLEID:x";
    assertEquals(
        Set.of(), handler.handle(List.of(commanded("done", person, command.carriedOut()))));
    assertEquals(
        Optional.of("the silence of that id has another author"),
        OperatorCommand.read("cattleguard.deduplicate", answer(published.size() - 1)).ignored());
    OperatorCommand ended =
        OperatorCommand.of(
            OperatorCommand.Verb.UNSILENCE,
            command.who(),
            "fixed",
            TestAlerts.AT,
            Optional.empty(),
            OperatorCommand.About.silence("7a1b2c3d", Optional.empty(), Optional.empty(), false));
    assertEquals(Set.of(), handler.handle(List.of(commanded("claim", person, ended.carriedOut()))));
    assertEquals(
        Optional.of("the silence is still in force"),
        OperatorCommand.read("cattleguard.deduplicate", answer(published.size() - 1)).ignored());
    assertTrue(silences.all().all().getFirst().isActive(TestAlerts.AT), "and stays so");
  }

  private JsonNode answer(int index) {
    assertEquals(DetailType.OPERATOR_COMMAND, published.get(index).type());
    return published.get(index).detail();
  }

  private static OperatorCommand given(OperatorCommand command, Instant at) {
    return OperatorCommand.of(
        command.command(), command.who(), command.why(), at, command.cluster(), command.about());
  }

  private static Message commanded(String id, String source, OperatorCommand command) {
    return new Message(
        id,
        new BusEvent(source, DetailType.OPERATOR_COMMAND, TestAlerts.AT, command.write())
            .toJson()
            .toString());
  }

  @Test
  void promise1APoisonRecordFailsAloneAndStopsNobodyElse() {
    Set<String> failed =
        handler.handle(
            List.of(
                new Message("poison", "no JSON at all"),
                new Message("array", "[1]"),
                message("good", falco("one", "web-1")),
                message("empty-of-sense", "what is this")));

    assertEquals(Set.of("poison", "array", "empty-of-sense"), failed);
    assertEquals(List.of("runtime", "health"), classes());
  }

  @Test
  void anUnreadableEventAmongGoodOnesIsToldToPeopleAndDoesNotBringTheOthersBack() {
    Message mixed = message("m1", falco("one", "web-1"), "what is this", "{\"and\":\"this\"}");
    Set<String> failed = handler.handle(List.of(mixed));

    assertEquals(Set.of(), failed);
    assertEquals(2, published.size(), "two of a kind are one problem");
    JsonNode health = published.get(1).detail();
    assertEquals("health", health.path("alert").path("class").asText());
    assertEquals("Unreadable event", health.path("alert").path("rule").asText());
    assertEquals("blue", health.path("alert").path("target").path("cluster").asText());
    assertEquals("what is this", health.path("alert").path("raw").asText());
    assertEquals(
        "not JSON: starts with 'what is this'",
        health.path("alert").path("notes").path(0).asText());
  }

  @Test
  void anUnreadableEventWhoseHealthAlertTheBusRefusesIsToldAgain() {
    refuse.add(1);
    Message mixed = message("m1", falco("one", "web-1"), "what is this");
    assertEquals(Set.of("m1"), handler.handle(List.of(mixed)));
    refuse.clear();

    assertEquals(Set.of(), handler.handle(List.of(mixed)));
    assertEquals(List.of("health"), classes().stream().filter("health"::equals).toList());
  }

  private List<String> classes() {
    return published.stream()
        .map(event -> event.detail().path("alert").path("class").asText())
        .toList();
  }

  @Test
  void aMessageOfWhichNothingCanBeReadGoesToTheDeadLetterQueue() {
    Message message = message("m1", "what", "is", "this");
    assertEquals(Set.of("m1"), handler.handle(List.of(message)));
    assertEquals(Set.of("m1"), handler.handle(List.of(message)), "delivered again");
    assertEquals(Set.of("health"), Set.copyOf(classes()));
    assertEquals(
        1,
        published.stream().map(event -> event.detail().path("id").asText()).distinct().count(),
        "a redelivery repeats the event, which the next steps know by its id");
  }

  @Test
  void promise8AReplayedEventIsMarkedOnTheWayToRespond() {
    for (String body :
        List.of(
            sensed("cattleguard.sensor.blue", "blue", falco("one", "web-1")),
            ContractFiles.text("samples", "guardduty/findings.jsonl").lines().findFirst().get())) {
      published.clear();
      String replayed = body.replaceFirst("\\{", "{\"replay-name\":\"last-night\",");
      assertEquals(Set.of(), handler.handle(List.of(new Message("m1", replayed))));

      assertTrue(
          published
              .getFirst()
              .detail()
              .path("alert")
              .path("traits")
              .toString()
              .contains("\"replayed\""),
          body);
    }
  }

  @Test
  void theTimeOfAnAlertIsCorrectedByTheClockOfItsNodeUnlessTheEntryIsAnOldOne() {
    Instant put = TestAlerts.AT;
    for (long slow : new long[] {0, 600, -120, 86_400}) {
      published.clear();
      // The node's clock says this when it sends; the alert is three seconds old then.
      Instant sentAt = put.minusSeconds(slow);
      String event = falcoAt("event " + slow, sentAt.minusSeconds(3));
      String body =
          sensed("cattleguard.sensor.blue", "blue", event)
              .replace("\"hops\":0,", "\"hops\":0,\"sentAt\":\"" + sentAt + "\",");
      handler.handle(List.of(new Message("m1", body)));

      Instant expected = slow == 86_400 ? sentAt.minusSeconds(3) : put.minusSeconds(3);
      assertEquals(
          expected.toString(),
          published.getFirst().detail().path("alert").path("observedAt").asText());
    }
  }

  private static String falcoAt(String rule, Instant at) {
    return new FalcoEvent(rule, "Critical").time(at).field("k8s.pod.name", "web-1").toString();
  }

  @Test
  void aSourceThatIsNotReadYetGoesToTheDeadLetterQueueAsAWhole() {
    String finding =
        "{\"detail-type\":\"Security Hub Findings - Imported\",\"source\":\"aws.securityhub\"}";
    assertEquals(Set.of("m1"), handler.handle(List.of(new Message("m1", finding))));
  }

  @Test
  void aFindingOfTheDefaultBusIsAcceptedAndItsUpdatesAreTheSameProblem() {
    List<String> findings =
        ContractFiles.text("samples", "guardduty/findings.jsonl").lines().toList();

    // The original finding, its redelivery in another envelope, and its update half an hour later.
    for (int index : List.of(0, 16, 17)) {
      assertEquals(Set.of(), handler.handle(List.of(new Message("m", findings.get(index)))));
    }

    List<String> told =
        published.stream()
            .map(
                event ->
                    event.detail().path("acceptance").asText()
                        + " "
                        + event.detail().path("id").asText())
            .distinct()
            .toList();
    assertEquals(2, told.size(), told.toString());
    assertTrue(told.getFirst().startsWith("opened "), told.toString());
    assertTrue(told.getLast().startsWith("spread "), "the update names another peer: " + told);
    assertEquals(1, published.getLast().detail().path("targets").asInt(), "one instance");
    assertEquals(
        published.getFirst().detail().path("fingerprint"),
        published.getLast().detail().path("fingerprint"));
    assertEquals(
        "i-0123456789abcdef0",
        published.getFirst().detail().path("alert").path("target").path("instance").asText());
  }

  @Test
  void anArchivedFindingIsIgnoredAndAnEmptyOneIsLeftForTheDeadLetterQueue() {
    List<String> findings =
        ContractFiles.text("samples", "guardduty/no-alerts.jsonl").lines().toList();

    assertEquals(
        Set.of("m2"),
        handler.handle(
            List.of(
                new Message("m0", findings.get(0)),
                new Message("m1", findings.get(1)),
                new Message("m2", findings.get(2)))));
    assertEquals(List.of("health"), classes());
  }

  @Test
  void anEventThatTheSensorSawAgainAndAgainCountsInFull() {
    RuntimeAlerts packed =
        new RuntimeAlerts(
            "id",
            "blue",
            TestAlerts.AT,
            0,
            List.of(
                new RuntimeAlerts.Sensed(
                    falco("one", "web-1"), 37, TestAlerts.AT, TestAlerts.AT.plusSeconds(60))));

    handler.handle(
        List.of(
            new Message(
                "m1",
                new BusEvent(
                        "cattleguard.sensor.blue",
                        DetailType.RUNTIME_ALERTS,
                        TestAlerts.AT,
                        packed.write())
                    .toJson()
                    .toString())));

    assertEquals(37, published.getFirst().detail().path("count").asLong());
  }

  @Test
  void anEventTooLongForTheBusGoesOnCutShort() {
    ObjectNode event = (ObjectNode) json(falco("one", "web-1"));
    event.put("output", "\u20ac".repeat(300_000));

    handler.handle(List.of(message("m1", event.toString())));

    ObjectNode detail = published.getFirst().detail();
    int bytes = detail.toString().getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes < 240_000, bytes + " bytes");
    assertTrue(
        detail.path("alert").path("notes").toString().contains("raw: truncated to 65536 of"),
        "noted");
    assertEquals("web-1", detail.path("alert").path("target").path("pod").asText());
  }

  @Test
  void promise1AMessageThatBreaksTheCodeFailsAlone() {
    EventPublisher brittle =
        events -> {
          if (events.toString().contains("\"rule\":\"two\"")) {
            throw new IllegalStateException("a bug");
          }
          return publisher.publish(events);
        };
    DeduplicateHandler fragile = handler(new InMemorySightings(), brittle);

    Set<String> failed =
        fragile.handle(
            List.of(
                message("m1", falco("one", "web-1")),
                message("m2", falco("two", "web-1")),
                message("m3", falco("three", "web-1"))));

    assertEquals(Set.of("m2"), failed);
    assertEquals(2, published.size());
  }

  @Test
  void theLogHoldsNoTextOfAnEvent() {
    String log =
        logOf(
            () ->
                handler.handle(
                    List.of(
                        new Message("m1", "s3cret"),
                        new Message("m2", "{\"a\": s3cret}"),
                        message("m3", "s3cret", "{\"s3cret\":1}", "{'s3cret", "[\"s3cret\"]"),
                        message("m4", falco("s3cret", "s3cret"), "s3cret"),
                        new Message("m5", sensed("s3cret", "s3cret", falco("s3cret", "p"))),
                        new Message("m6", "{\"detail-type\":\"s3cret\"}"))));

    assertTrue(log.contains("m3"), log);
    assertFalse(log.contains("s3cret"), log);
  }

  /** The metrics of a log, summed over its lines. */
  private static Map<String, Long> books(String log) {
    Map<String, Long> sums = new TreeMap<>();
    log.lines()
        .filter(line -> line.contains("\"_aws\""))
        .map(DeduplicateHandlerTest::json)
        .forEach(
            line ->
                line.properties()
                    .forEach(
                        field -> {
                          if (field.getValue().isIntegralNumber()) {
                            sums.merge(field.getKey(), field.getValue().asLong(), Long::sum);
                          }
                        }));
    return sums;
  }

  private static long sum(Map<String, Long> books, String... columns) {
    return List.of(columns).stream().mapToLong(column -> books.getOrDefault(column, -1L)).sum();
  }

  private static final String[] COLUMNS = {
    "opened", "spread", "merged", "suppressed", "ignored", "unreadable"
  };

  @Test
  void promise2EveryEventStandsInOneColumn() {
    Map<String, Long> books =
        books(
            logOf(
                () ->
                    handler.handle(
                        List.of(
                            message("m1", falco("one", "web-1"), falco("one", "web-2")),
                            message("m2", falco("one", "web-1"), "what is this"),
                            message("m3", metricsSnapshot()),
                            new Message("m4", "what is this")))));

    assertEquals(0L, books.remove("canaries"));
    assertEquals(
        Map.of(
            "received",
            6L,
            "opened",
            1L,
            "spread",
            1L,
            "merged",
            1L,
            "suppressed",
            0L,
            "ignored",
            1L,
            "unreadable",
            2L,
            "failed",
            0L,
            "beyondCap",
            0L,
            "silenced",
            0L),
        books);
  }

  @Test
  void aCanaryIsCountedOnceItIsPublished() {
    Message canary =
        new Message(
            "m1", sensed("cattleguard.sensor.canary", "canary", Canary.event("c1", TestAlerts.AT)));
    Message lookalike = message("m2", Canary.event("c2", TestAlerts.AT));

    refuse.add(0);
    assertEquals(0L, books(logOf(() -> handler.handle(List.of(canary)))).get("canaries"));
    refuse.clear();
    assertEquals(1L, books(logOf(() -> handler.handle(List.of(canary)))).get("canaries"));
    assertEquals(0L, books(logOf(() -> handler.handle(List.of(lookalike)))).get("canaries"));
    assertEquals(2, published.size(), "an alert that only looks like one goes on");
  }

  private static String metricsSnapshot() {
    return new FalcoEvent("Falco internal: metrics snapshot", "Informational")
        .source("internal")
        .field("evt.time", 1)
        .toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void promise2TheBooksBalanceOverFailuresAndRedelivery(long seed) {
    Random random = new Random(seed);
    InMemorySightings memory = new InMemorySightings();
    List<BusEvent> arrived = new ArrayList<>();
    DeduplicateHandler troubled =
        handler(
            new Sightings() {
              @Override
              public Optional<Sighting> recall(String fingerprint) {
                return memory.recall(fingerprint);
              }

              @Override
              public Optional<Sighting> store(Sighting next, long expectedVersion) {
                if (random.nextInt(4) == 0) {
                  throw new StorageUnavailable("away", new IllegalStateException());
                }
                return memory.store(next, expectedVersion);
              }
            },
            events -> {
              Set<Integer> refused = new HashSet<>();
              for (int i = 0; i < events.size(); i++) {
                if (random.nextInt(4) == 0) {
                  refused.add(i);
                } else {
                  arrived.add(events.get(i));
                }
              }
              return refused;
            });
    List<Message> queue = new ArrayList<>();
    Set<String> problems = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      String rule = "rule " + random.nextInt(5);
      String pod = "web-7c8d9f5b6d-x2x4" + random.nextInt(4);
      problems.add(rule + " on " + pod);
      String event = falco(rule, pod, i);
      queue.add(
          switch (random.nextInt(4)) {
            case 0 -> message("m" + i, event, metricsSnapshot());
            case 1 -> message("m" + i, event, "unreadable " + i);
            default -> message("m" + i, event);
          });
    }

    String log =
        logOf(
            () -> {
              while (!queue.isEmpty()) {
                int size = Math.min(queue.size(), 1 + random.nextInt(6));
                List<Message> batch = new ArrayList<>(queue.subList(0, size));
                queue.subList(0, size).clear();
                Set<String> failed = troubled.handle(batch);
                batch.stream()
                    .filter(message -> failed.contains(message.id()) || random.nextInt(9) == 0)
                    .forEach(queue::add);
              }
            });

    Map<String, Long> books = books(log);
    assertEquals(sum(books, "received"), sum(books, COLUMNS), books.toString());
    assertEquals(5, sum(books, "opened"), "health alerts are in no column");
    assertEquals(problems.size(), sum(books, "opened", "spread"));
    assertTrue(sum(books, "failed") > 0, "the test met trouble");
    Set<String> told = new HashSet<>();
    for (BusEvent event : arrived) {
      JsonNode alert = event.detail().path("alert");
      if (alert.path("class").asText().equals("runtime")) {
        told.add(alert.path("rule").asText() + " on " + alert.path("target").path("pod").asText());
      }
    }
    assertEquals(problems, told, "each problem reached respond for each of its pods");
  }

  private static String logOf(Runnable action) {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream out = System.out;
    try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      action.run();
    } finally {
      System.setOut(out);
    }
    return log.toString(StandardCharsets.UTF_8);
  }

  @Test
  void promise4ACrashBetweenRecordedAndPublishedLosesNothing() {
    refuse.add(0);
    Message message = message("m1", falco("one", "web-1"));
    assertEquals(Set.of("m1"), handler.handle(List.of(message)));
    assertEquals(List.of(), published);
    refuse.clear();

    assertEquals(Set.of(), handler.handle(List.of(message)));
    assertEquals(Set.of(), handler.handle(List.of(message)));

    assertEquals(2, published.size());
    assertEquals(1, new HashSet<>(publishedIds()).size(), "downstream drops the copy by its id");
    assertEquals("opened", published.get(0).detail().path("acceptance").asText());
    assertEquals(1, published.get(1).detail().path("count").asLong());
  }

  @Test
  void onlyTheRecordWhoseEventTheBusRefusedIsDeliveredAgain() {
    refuse.add(1);

    Set<String> failed =
        handler.handle(
            List.of(
                message("m1", falco("one", "web-1")),
                message("m2", falco("two", "web-1")),
                message("m3", falco("three", "web-1"))));

    assertEquals(Set.of("m2"), failed);
    assertEquals(2, published.size());
  }

  @Test
  void promise9TheSensorsPodIsTakenFromTheSourceAndNeverFromTheEvent() {
    String event =
        falco("one", "web-1")
            .replaceFirst("\\{", "{\"sensor\":\"cattleguard/7c8d/sensor-p9p8z\",")
            .replace("\"hostname\":", "\"target\":{\"sensor\":\"a/b/c\"},\"hostname\":");
    String own = "cattleguard.sensor.blue.cattleguard.0b3f.sensor-x2x4k";
    handler.handle(List.of(new Message("m1", sensed(own, "blue", event))));
    handler.handle(List.of(message("m2", falco("two", "web-1"))));

    JsonNode target = published.getFirst().detail().path("alert").path("target");
    assertEquals("cattleguard/0b3f/sensor-x2x4k", target.path("sensor").asText());
    assertEquals("blue", target.path("cluster").asText());
    assertTrue(
        published.getLast().detail().path("alert").path("target").path("sensor").isMissingNode());
  }

  @Test
  void promise9AnAlertOfAnotherSensorDoesNotHideThatOfThePodsOwn() {
    int nanos = 0;
    for (String uid : List.of("7c8d", "0b3f", "0b3f")) {
      String source = "cattleguard.sensor.blue.cattleguard." + uid + ".sensor";
      String event = falco("one", "web-1", nanos++);
      handler.handle(List.of(new Message("m", sensed(source, "blue", event))));
    }

    assertEquals(
        List.of("opened", "spread"),
        published.stream().map(event -> event.detail().path("acceptance").asText()).toList());
  }

  @Test
  void promise9TheClusterIsTakenFromTheSourceAndAPayloadThatNamesAnotherIsRefused() {
    Set<String> failed =
        handler.handle(
            List.of(
                new Message(
                    "liar", sensed("cattleguard.sensor.blue", "green", falco("one", "web-1"))),
                new Message(
                    "podless",
                    sensed("cattleguard.sensor.blue.cattleguard", "", falco("one", "web-1"))),
                new Message("stranger", sensed("somebody.else", "blue", falco("one", "web-1"))),
                new Message("nameless", sensed("cattleguard.sensor.", "", falco("one", "web-1")))));

    assertEquals(Set.of("liar", "podless", "stranger", "nameless"), failed);
    assertEquals(List.of(), published);
  }

  @Test
  void theEventsOfAnEnvelopeAreAcceptedAndCountedEach() throws Exception {
    ObjectNode logs = JSON.createObjectNode().put("messageType", "DATA_MESSAGE");
    for (String pod : List.of("web-1", "db-1")) {
      logs.withArray("logEvents").addObject().put("id", "1").put("message", falco("Shell", pod));
    }
    ObjectNode topic = JSON.createObjectNode().put("TopicArn", "t").put("Message", logs.toString());

    assertEquals(Set.of(), handler.handle(List.of(new Message("m", topic.toString()))));
    assertEquals(2, published.size());
  }

  @Test
  void aRawEventIsPublishedOnlyIfADetectionNamesIt() {
    String call =
        "{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{\"eventVersion\":\"1\","
            + "\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\"}}";
    assertEquals(Set.of(), handler.handle(List.of(new Message("m", call))));
    assertEquals(0, published.size());

    Detection detection =
        new Detection("user", "t", Severity.HIGH, List.of(), List.of(), List.of());
    DeduplicateHandler detecting =
        new DeduplicateHandler(
            new Deduplicator(
                new InMemorySightings(), Suppressions.none(), DeduplicationSettings.DEFAULT),
            (source, event) -> Optional.of(detection),
            publisher,
            () -> TestAlerts.AT);
    assertEquals(Set.of(), detecting.handle(List.of(new Message("m", call))));
    assertEquals(1, published.size());
  }
}
