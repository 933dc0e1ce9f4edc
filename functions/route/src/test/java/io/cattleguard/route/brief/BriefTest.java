package io.cattleguard.route.brief;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class BriefTest {
  private static OperatorCommand command(OperatorCommand.Verb verb) {
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who("unix:example", Optional.empty()),
        "a load test",
        Notices.T0,
        Optional.of("prod"),
        OperatorCommand.About.DEPLOYMENT);
  }

  private static final Optional<String> NO = Optional.empty();

  private static OperatorCommand silence(boolean responders) {
    return command(OperatorCommand.Verb.SILENCE)
        .about(
            OperatorCommand.About.silence(
                    "7a1b2c3d",
                    Optional.of(Notices.T0.plusSeconds(60)),
                    Optional.of("{\"fingerprint\":[\"b1\"]}"),
                    responders)
                .covering("alerts up to high", responders));
  }

  @Test
  void aSilenceOfRespondersSaysUntilWhenAndWhatItCovers() {
    Brief brief = Brief.of(new Notice.Commanded(silence(true).answered(NO)));

    for (Brief.Fact fact :
        List.of(
            new Brief.Fact("Until", Notices.T0.plusSeconds(60).toString()),
            new Brief.Fact("Covers", "alerts up to high"),
            new Brief.Fact("Pattern", "{\"fingerprint\":[\"b1\"]}"),
            new Brief.Fact("Silence", "7a1b2c3d"))) {
      assertTrue(brief.facts().contains(fact), brief::toString);
    }
    assertEquals(List.of("a load test"), brief.sentences());
  }

  static Stream<Arguments> commands() {
    OperatorCommand stop = command(OperatorCommand.Verb.STOP);
    OperatorCommand resume = command(OperatorCommand.Verb.RESUME);
    OperatorCommand undo = command(OperatorCommand.Verb.UNDO);
    Optional<String> because = Optional.of("the command is 20 minutes old");
    return Stream.of(
        arguments(stop, "Stop requested", Optional.empty()),
        arguments(stop.answered(Optional.empty()), "Kill switch ON", Optional.empty()),
        arguments(stop.answered(because), "Stop was IGNORED", because),
        arguments(resume.answered(Optional.empty()), "Kill switch off", Optional.empty()),
        arguments(undo.answered(Optional.empty()), "Undo", Optional.empty()),
        arguments(undo.answered(because), "Undo was IGNORED", because),
        arguments(silence(true).answered(NO), "Responders SILENCED", NO),
        arguments(silence(true).answered(because), "Silence was IGNORED", because),
        arguments(silence(true), "Silence requested", NO),
        arguments(silence(false).answered(NO), "Silence", NO));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("commands")
  void aCommandSaysWhoGaveItAndWhatBecameOfIt(
      OperatorCommand command, String title, Optional<String> ignored) {
    Brief brief = Brief.of(new Notice.Commanded(command));

    assertEquals(title, brief.title());
    assertTrue(brief.facts().contains(new Brief.Fact("By", "unix:example")), brief.toString());
    assertEquals(
        ignored,
        brief.facts().stream()
            .filter(one -> one.label().equals("Nothing was changed"))
            .map(Brief.Fact::value)
            .findFirst());
  }
}
