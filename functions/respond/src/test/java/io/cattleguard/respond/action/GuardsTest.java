package io.cattleguard.respond.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseDecided.GuardAnswers.Answer;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.Boxes;
import io.cattleguard.respond.Decision;
import io.cattleguard.respond.GuardBox;
import io.cattleguard.respond.LockBox;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests when the guards that every action has object. A row is a situation and a sentence. */
final class GuardsTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(60);

  /** A situation to which no guard objects; each row changes one property. */
  record Case(
      Alert alert,
      String limit,
      Fact<Integer> spent,
      Fact<Boolean> halted,
      Instant now,
      boolean replayed,
      boolean rehearsal,
      Fact<Optional<LockBox.Named>> box) {
    private static final Case SOUND =
        new Case(
            anAlert(TestAlerts.AT, AlertClass.RUNTIME),
            "test/",
            new Fact.Known<>(0),
            new Fact.Known<>(false),
            NOW,
            false,
            false,
            new Fact.Known<>(Optional.of(new LockBox.Named("b1"))));

    private Case of(Alert other) {
      return new Case(other, limit, spent, halted, now, replayed, rehearsal, box);
    }

    private Case spent(Fact<Integer> other) {
      return new Case(alert, limit, other, halted, now, replayed, rehearsal, box);
    }

    private Case capped(String other, int objects) {
      return new Case(
          alert, other, new Fact.Known<>(objects), halted, now, replayed, rehearsal, box);
    }

    private Case halted(Fact<Boolean> other) {
      return new Case(alert, limit, spent, other, now, replayed, rehearsal, box);
    }

    private Case at(Instant other) {
      return new Case(alert, limit, spent, halted, other, replayed, rehearsal, box);
    }

    private Case isReplayed() {
      return new Case(alert, limit, spent, halted, now, true, rehearsal, box);
    }

    private Case isRehearsal() {
      return new Case(alert, limit, spent, halted, now, replayed, true, box);
    }

    private Case seen(Fact<Optional<LockBox.Named>> other) {
      return new Case(alert, limit, spent, halted, now, replayed, rehearsal, other);
    }

    private int others(String key) {
      if (!key.startsWith(limit)) {
        return 0;
      }
      return switch (spent) {
        case Fact.Known<Integer> known -> known.value();
        case Fact.Unknown<Integer> unknown -> throw new Unavailable(unknown.reason());
      };
    }

    private Situation<LockBox.Box> situation() {
      Playbook playbook = Boxes.playbook(Mode.ENFORCE, new LockBox());
      return new Situation<>(
          TestAlerts.scored(alert, 85),
          playbook,
          new LockBox.Box(box),
          Allowance.of(
              playbook,
              new LockBox(),
              Limits.DEFAULT,
              Optional.of(new LockBox.Named("b1")),
              limits ->
                  limits.stream()
                      .collect(
                          Collectors.toMap(
                              Allowance.Limit::key, limit -> Fact.ask(() -> others(limit.key()))))),
          halted,
          now,
          replayed,
          rehearsal);
    }
  }

  private static Alert anAlert(@Nullable Instant at, AlertClass alertClass) {
    return TestAlerts.alert("a1", "r", Severity.HIGH)
        .target(Target.builder().resource("b1").build())
        .at(at)
        .alertClass(alertClass)
        .build();
  }

  private static Case ofClass(AlertClass alertClass) {
    return Case.SOUND.of(anAlert(TestAlerts.AT, alertClass));
  }

  static Stream<Arguments> situations() {
    return Stream.of(
        arguments("a sound situation", Case.SOUND, ""),
        arguments("an audit alert", ofClass(AlertClass.AUDIT), ""),
        arguments(
            "the kill switch is on", Case.SOUND.halted(new Fact.Known<>(true)), "kill switch"),
        arguments(
            "the kill switch cannot be read",
            Case.SOUND.halted(new Fact.Unknown<>("away")),
            "kill switch"),
        arguments("a replay from an archive", Case.SOUND.isReplayed(), "replayed event"),
        arguments(
            "an alert that deduplicate marked as a replay",
            Case.SOUND.of(anAlert(TestAlerts.AT, AlertClass.RUNTIME).asReplayed()),
            "replayed event"),
        arguments("just fresh", Case.SOUND.at(TestAlerts.AT.plus(Duration.ofMinutes(10))), ""),
        arguments(
            "a moment too old",
            Case.SOUND.at(TestAlerts.AT.plus(Duration.ofMinutes(10)).plusMillis(1)),
            "freshness"),
        arguments("two minutes ahead", Case.SOUND.at(TestAlerts.AT.minusSeconds(120)), ""),
        arguments(
            "more than two minutes ahead",
            Case.SOUND.at(TestAlerts.AT.minusMillis(120_001)),
            "freshness"),
        arguments("a configuration alert", ofClass(AlertClass.CONFIGURATION), "alert class"),
        arguments("a vulnerability alert", ofClass(AlertClass.VULNERABILITY), "alert class"),
        arguments("a health alert", ofClass(AlertClass.HEALTH), "alert class"),
        arguments("one object left", Case.SOUND.spent(new Fact.Known<>(2)), ""),
        arguments("19 of 20 in the cluster", Case.SOUND.capped("hourly-cap/cluster", 19), ""),
        arguments(
            "20 of 20 in the cluster",
            Case.SOUND.capped("hourly-cap/cluster", 20),
            "budget and hourly caps"),
        arguments(
            "10 of 10 in the namespace",
            Case.SOUND.capped("hourly-cap/namespace/vault", 10),
            "budget and hourly caps"),
        arguments("10 in another namespace", Case.SOUND.capped("hourly-cap/namespace/x", 10), ""),
        arguments(
            "5 of 5 of the workload",
            Case.SOUND.capped("hourly-cap/workload/shelf", 5),
            "budget and hourly caps"),
        arguments(
            "a spent budget", Case.SOUND.spent(new Fact.Known<>(3)), "budget and hourly caps"),
        arguments(
            "a budget that cannot be read",
            Case.SOUND.spent(new Fact.Unknown<>("away")),
            "budget and hourly caps"),
        arguments("2 of 3 repeats", Case.SOUND.capped("repeat-offender/lock-box/shelf", 2), ""),
        arguments(
            "3 of 3 repeats",
            Case.SOUND.capped("repeat-offender/lock-box/shelf", 3),
            "repeat offender"),
        arguments("4 of 5 failures", Case.SOUND.capped("circuit-breaker", 4), ""),
        arguments("5 of 5 failures", Case.SOUND.capped("circuit-breaker", 5), "circuit breaker"),
        arguments("no such box", Case.SOUND.seen(new Fact.Known<>(Optional.empty())), "box exists"),
        arguments(
            "a box that cannot be read", Case.SOUND.seen(new Fact.Unknown<>("away")), "box exists"),
        arguments(
            "a box that cannot be read in a rehearsal",
            Case.SOUND.seen(new Fact.Unknown<>("away")).isRehearsal(),
            ""),
        arguments(
            "an alert without a time",
            Case.SOUND.of(anAlert(null, AlertClass.RUNTIME)),
            "freshness"),
        arguments(
            "a sample",
            Case.SOUND.of(
                TestAlerts.alert("a1", "r", Severity.CRITICAL)
                    .at(TestAlerts.AT)
                    .traits(List.of(Trait.SAMPLE.id()))
                    .build()),
            "sample finding"),
        arguments(
            "a deviation from a model that people still review",
            Case.SOUND.of(
                TestAlerts.alert("a1", "r", Severity.CRITICAL)
                    .at(TestAlerts.AT)
                    .traits(List.of(Trait.UNDER_REVIEW.id()))
                    .build()),
            "model under review"),
        arguments(
            "what the source blocked",
            Case.SOUND.of(
                TestAlerts.alert("a1", "r", Severity.CRITICAL)
                    .at(TestAlerts.AT)
                    .traits(List.of(Trait.BLOCKED.id()))
                    .build()),
            "blocked by the source"),
        arguments(
            "two at once",
            Case.SOUND.halted(new Fact.Known<>(true)).isReplayed(),
            "kill switch, replayed event"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("situations")
  void exactlyTheseGuardsObject(String sentence, Case one, String guards) {
    List<String> objecting =
        Guards.of(new LockBox()).stream()
            .filter(guard -> guard.objection(one.situation()).isPresent())
            .map(Guard::name)
            .toList();

    assertEquals(guards, String.join(", ", objecting), sentence);
  }

  @Test
  void everyGuardThatIsAskedHasAnAnswer() {
    GuardAnswers answers =
        Guards.answers(
            new LockBox(), Case.SOUND.halted(new Fact.Unknown<>("away")).isReplayed().situation());

    assertEquals(
        List.of(new Answer("kill switch", "cannot read the kill switch: away")),
        answers.notEvaluated());
    assertEquals(
        List.of("replayed event"), answers.objected().stream().map(Answer::guard).toList());
    List<String> rest = new ArrayList<>(Guards.names(new LockBox()));
    rest.removeAll(List.of("kill switch", "replayed event"));
    assertEquals(rest, answers.clear());
    assertEquals(
        GuardAnswers.clear(Guards.names(new LockBox())),
        Guards.answers(new LockBox(), Case.SOUND.situation()));
  }

  @Test
  void aGuardWithoutAnObjectToLookAtHasNotEvaluatedIt() {
    Case unread = Case.SOUND.seen(new Fact.Unknown<>("away"));

    assertEquals(
        List.of(
            new Answer("box exists", "cannot read the box: away"),
            new Answer("box is not empty", "there was no object to look at")),
        Guards.answers(new LockBox(), unread.situation()).notEvaluated());
    assertEquals(
        List.of(
            new Answer("box exists", "the cluster or account was not queried"),
            new Answer("box is not empty", "the cluster or account was not queried")),
        Guards.answers(new LockBox(), unread.isRehearsal().situation()).notEvaluated());
  }

  @Test
  void aDryRunObservesAlsoWhatNoGuardObjectsTo() {
    assertEquals(
        new Decision.Observe(List.of()),
        Decision.decide(new LockBox(), Case.SOUND.isRehearsal().situation()));
    assertEquals(
        new Decision.Act(new LockBox.Named("b1")),
        Decision.decide(new LockBox(), Case.SOUND.situation()));
  }

  /** A mode that waits for a person never acts by itself. */
  @Test
  void anActionThatNeedsApprovalWaits() {
    Situation<LockBox.Box> sound = Case.SOUND.situation();
    Playbook approving =
        new Playbook(
            "test",
            sound.playbook().when(),
            Mode.APPROVE,
            sound.playbook().freshness(),
            sound.playbook().steps(),
            sound.playbook().budget());

    assertEquals(
        new Decision.AwaitApproval(new LockBox.Named("b1")),
        Decision.decide(
            new LockBox(),
            new Situation<>(
                sound.scored(),
                approving,
                sound.observed(),
                sound.allowances(),
                sound.halted(),
                sound.now(),
                false,
                false)));
  }

  /** Attackers choose the number of addresses to block, and can make blocking fail. */
  @Test
  void actionsThatOnlyLimitUseUpNothingOfThoseThatContain() {
    Set<String> limiting = keys(Effect.LIMITS);
    Set<String> containing = keys(Effect.CONTAINS);

    assertEquals(
        Set.of(
            "test/shelf",
            "hourly-cap/limits/workload/shelf",
            "hourly-cap/limits/namespace/vault",
            "hourly-cap/limits/cluster/cluster",
            "circuit-breaker",
            "circuit-breaker/limits"),
        limiting);
    limiting.retainAll(containing);
    assertEquals(Set.of("test/shelf", "circuit-breaker"), limiting);
    assertFalse(containing.contains(Allowance.breaker(Effect.LIMITS)));
  }

  @Test
  void everyKeyOfALimitIsReadAsWhatItIs() {
    Map<String, String> names = new TreeMap<>();
    for (Effect effect : Effect.values()) {
      for (String key : keys(effect)) {
        BudgetName name = BudgetName.read(key);
        names.put(key, name.kind().jsonName() + ": " + name.inWords() + " | " + name.of());
      }
    }
    assertEquals(
        new TreeMap<>(
            Map.ofEntries(
                Map.entry("test/shelf", "playbook: playbook test | shelf"),
                Map.entry("test/guard-box/shelf", "playbook: playbook test | guard-box/shelf"),
                Map.entry(
                    "guard-box/hourly-cap",
                    "hourly-cap: hourly cap of the cluster for guard-box | "),
                Map.entry(
                    "hourly-cap/workload/shelf", "hourly-cap: hourly cap of the workload | shelf"),
                Map.entry(
                    "hourly-cap/namespace/vault",
                    "hourly-cap: hourly cap of the namespace | vault"),
                Map.entry("hourly-cap/cluster/cluster", "hourly-cap: hourly cap of the cluster | "),
                Map.entry(
                    "hourly-cap/limits/workload/shelf",
                    "hourly-cap: hourly cap of the workload for actions that limit | shelf"),
                Map.entry(
                    "hourly-cap/limits/namespace/vault",
                    "hourly-cap: hourly cap of the namespace for actions that limit | vault"),
                Map.entry(
                    "hourly-cap/limits/cluster/cluster",
                    "hourly-cap: hourly cap of the cluster for actions that limit | "),
                Map.entry("circuit-breaker", "circuit-breaker: circuit breaker | "),
                Map.entry(
                    "circuit-breaker/limits",
                    "circuit-breaker: circuit breaker of actions that limit | "))),
        names);
    assertEquals(
        new BudgetName(
            BudgetName.Kind.REPEAT_OFFENDER,
            "",
            "delete-pod",
            Optional.of(Budget.Per.WORKLOAD),
            "shop/Deployment/web"),
        BudgetName.read("repeat-offender/delete-pod/shop/Deployment/web"));
    assertEquals("", BudgetName.read("night/cluster").of());
    for (String odd : List.of("", "/", "hourly-cap", "hourly-cap/limits", "repeat-offender")) {
      assertFalse(BudgetName.read(odd).inWords().isEmpty(), odd);
    }
  }

  private static Set<String> keys(Effect effect) {
    Set<String> keys = new TreeSet<>();
    Allowance.of(
        Case.SOUND.situation().playbook(),
        new GuardBox(false, effect),
        Limits.DEFAULT,
        Optional.of(new LockBox.Named("b1")),
        limits -> {
          limits.forEach(limit -> keys.add(limit.key()));
          return Map.of();
        });
    return keys;
  }

  @Test
  void thoseOfTheActionAreAskedBetweenTheFirstAndTheLastOfEveryAction() {
    List<String> names = Guards.names(new LockBox());

    assertEquals("kill switch", names.getFirst());
    assertEquals(
        List.of(
            "box exists",
            "box is not empty",
            "budget and hourly caps",
            "repeat offender",
            "circuit breaker"),
        names.subList(names.size() - 5, names.size()));
  }

  @Test
  void theReadmeNamesEveryGuardOfEveryAction() throws IOException {
    String readme = Files.readString(ContractFiles.root().resolve("functions/respond/README.md"));
    List<String> named =
        readme
            .lines()
            .dropWhile(line -> !line.startsWith("| guard |"))
            .takeWhile(line -> line.startsWith("|"))
            .flatMap(line -> Stream.of(line.split("\\|", -1)[1].strip().split(", ")))
            .toList();
    LockBox action = new LockBox();
    List<String> missing = new ArrayList<>(Guards.names(action));
    missing.removeAll(action.guards().stream().map(Guard::name).toList());
    missing.removeAll(named);
    assertEquals(List.of(), missing);
  }
}
