package io.cattleguard.respond.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.LockBox;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which guard of every action objects to what: a row is a situation and a sentence. */
final class GuardsTest {
  private static final Instant NOW = TestAlerts.AT.plusSeconds(60);

  /** A situation to which no guard objects, to change one thing of. */
  record Case(
      Alert alert,
      Fact<Integer> spent,
      Fact<Boolean> halted,
      Instant now,
      boolean replayed,
      boolean rehearsal,
      Fact<Optional<LockBox.Named>> box) {
    private static final Case SOUND =
        new Case(
            anAlert(TestAlerts.AT, AlertClass.RUNTIME),
            new Fact.Known<>(0),
            new Fact.Known<>(false),
            NOW,
            false,
            false,
            new Fact.Known<>(Optional.of(new LockBox.Named("b1"))));

    private Case of(Alert other) {
      return new Case(other, spent, halted, now, replayed, rehearsal, box);
    }

    private Case spent(Fact<Integer> other) {
      return new Case(alert, other, halted, now, replayed, rehearsal, box);
    }

    private Case halted(Fact<Boolean> other) {
      return new Case(alert, spent, other, now, replayed, rehearsal, box);
    }

    private Case at(Instant other) {
      return new Case(alert, spent, halted, other, replayed, rehearsal, box);
    }

    private Case isReplayed() {
      return new Case(alert, spent, halted, now, true, rehearsal, box);
    }

    private Case isRehearsal() {
      return new Case(alert, spent, halted, now, replayed, true, box);
    }

    private Case seen(Fact<Optional<LockBox.Named>> other) {
      return new Case(alert, spent, halted, now, replayed, rehearsal, other);
    }

    private Situation<LockBox.Box> situation() {
      Playbook playbook =
          new Playbook(
              "test",
              EventPattern.compile(
                  JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
              Mode.ENFORCE,
              Duration.ofMinutes(10),
              List.of(new LockBox()),
              Budget.DEFAULT);
      return new Situation<>(
          TestAlerts.scored(alert, 85),
          playbook,
          new LockBox.Box(box),
          spent,
          halted,
          now,
          replayed,
          rehearsal);
    }
  }

  private static Alert anAlert(Instant at, AlertClass alertClass) {
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
        arguments("a configuration alert", ofClass(AlertClass.CONFIGURATION), "class of alert"),
        arguments("a vulnerability alert", ofClass(AlertClass.VULNERABILITY), "class of alert"),
        arguments("a health alert", ofClass(AlertClass.HEALTH), "class of alert"),
        arguments("one action left", Case.SOUND.spent(new Fact.Known<>(2)), ""),
        arguments("a spent budget", Case.SOUND.spent(new Fact.Known<>(3)), "budget of actions"),
        arguments(
            "a budget that cannot be read",
            Case.SOUND.spent(new Fact.Unknown<>("away")),
            "budget of actions"),
        arguments("no such box", Case.SOUND.seen(new Fact.Known<>(Optional.empty())), "box exists"),
        arguments(
            "a box that cannot be read", Case.SOUND.seen(new Fact.Unknown<>("away")), "box exists"),
        arguments(
            "a box that cannot be read in a rehearsal",
            Case.SOUND.seen(new Fact.Unknown<>("away")).isRehearsal(),
            ""),
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
  void thoseOfTheActionAreAskedBetweenTheFirstAndTheLastOfEveryAction() {
    List<String> names = Guards.names(new LockBox());

    assertEquals("kill switch", names.getFirst());
    assertEquals(
        List.of("box exists", "box is not empty", "budget of actions"),
        names.subList(names.size() - 3, names.size()));
  }

  @Test
  void onlyOldNewsTurnsARefusalIntoAnObservation() {
    assertEquals(
        List.of("replayed event", "freshness"),
        Guards.of(new LockBox()).stream().filter(Guard::oldNews).map(Guard::name).toList());
  }
}
