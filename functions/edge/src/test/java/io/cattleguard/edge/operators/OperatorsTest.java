package io.cattleguard.edge.operators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which people may give which commands. */
final class OperatorsTest {
  @TempDir private Path directory;

  private Operators read(String settings) throws IOException {
    Files.writeString(directory.resolve("settings.yaml"), settings);
    return Operators.read(new PolicyFiles(directory));
  }

  @Test
  void withoutASettingEveryoneWhomTheHostLetsInMayCommandAndNobodyFromSlack() {
    for (Verb verb : Verb.values()) {
      assertTrue(Operators.DEFAULT.allow(verb, "unix:root"));
      assertTrue(Operators.DEFAULT.allow(verb, "aws:AROAEXAMPLEID:on-call"));
      assertFalse(Operators.DEFAULT.allow(verb, "slack:U0EXAMPLE"));
      assertFalse(Operators.DEFAULT.allow(verb, "root"));
    }
  }

  @Test
  void aKeyIsForACommandAndItsOppositeAndLeavesTheOthers() throws IOException {
    Operators operators = read("operators: { approve: [slack:U1, 'aws:AROAX:*'], stop: [] }\n");

    assertTrue(operators.allow(Verb.APPROVE, "slack:U1"));
    assertTrue(operators.allow(Verb.REJECT, "aws:AROAX:on-call"));
    assertFalse(operators.allow(Verb.APPROVE, "unix:root"));
    assertFalse(operators.allow(Verb.STOP, "unix:root"));
    assertFalse(operators.allow(Verb.RESUME, "unix:root"));
    assertTrue(operators.allow(Verb.UNDO, "unix:root"), "left out");
    assertEquals("nobody", operators.inWords(Verb.STOP));
  }

  @Test
  void theRestOfTheFileIsTheResponders() throws IOException {
    assertTrue(
        read("hourly-caps: {}\noperators: { undo: [slack:U1] }\n").allow(Verb.UNDO, "slack:U1"));
    assertEquals(Operators.DEFAULT, read("hourly-caps: {}\n"));
    assertEquals(Operators.DEFAULT, read("# nothing\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "unix:ann, unix:ann, true",
    "unix:ann, unix:anna, false",
    "unix:ann, UNIX:ann, false",
    "aws:A:*, aws:A:on-call, true",
    "aws:A:*, aws:A:, true",
    "aws:A:*, aws:B:on-call, false",
    "aws:A:*, aws:A, false",
    "aws:*:lead, aws:A:lead, true",
    "aws:*:lead, aws:A:lead:x, false",
    "aws:*a*b, aws:xaxb, true",
    "aws:*a*b, aws:xb, false",
    "aws:*ab*ab, aws:ab, false",
    "aws:ab*ba, aws:aba, false",
    "aws:.*, aws:x, false",
  })
  void aStarStandsForAnyText(String pattern, String identity, boolean matches) {
    assertEquals(matches, new IdentityPattern(pattern).matches(identity));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "operators: { approv: [unix:a] }     | did you mean 'approve'",
        "operators: { reject: [unix:a] }     | reject",
        "operators: { approve: [ann] }       | starts with aws:",
        "operators: { approve: ['*'] }       | starts with aws:",
        "operators: { approve: ['unix:'] }   | starts with aws:",
        "operators: { approve: ['unix:a b'] } | starts with aws:",
        "operators: { approve: unix:a }      | list",
        "operators: everyone                 | expected",
      })
  void aMistakeIsAnErrorWithItsLine(String settings, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> read(settings + "\n"));

    assertEquals("settings.yaml", e.errors().getFirst().file());
    assertEquals(1, e.errors().getFirst().line());
    assertTrue(e.toString().contains(message), e.toString());
  }
}
