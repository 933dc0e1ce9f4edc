package io.cattleguard.route.brief;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import java.util.Optional;
import java.util.stream.Stream;
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
        arguments(undo.answered(because), "Undo was IGNORED", because));
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
