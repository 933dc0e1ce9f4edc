package io.cattleguard.edge.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.events.text.FieldValues;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PolicyNodeTest {
  private enum Mode {
    OBSERVE,
    FAIL_CLOSED
  }

  /** Reads it strictly: every error is reported. */
  private static void read(String yaml) {
    PolicyNode.Mapping keys =
        PolicyNode.read("rules.yaml", yaml)
            .orElseThrow()
            .mapping("name", "window", "cap", "mode", "on", "when", "list");
    keys.required("name").text();
    keys.optional("window").ifPresent(PolicyNode::duration);
    keys.optional("cap").ifPresent(node -> node.wholeNumber(1, 100));
    keys.optional("mode").ifPresent(node -> node.oneOf(Mode.class));
    keys.optional("on").ifPresent(PolicyNode::flag);
    keys.optional("list").ifPresent(PolicyNode::items);
    keys.optional("when")
        .ifPresent(
            node ->
                node.pattern(
                    Set.of("alert.class", "alert.tactics", "score"),
                    Map.of(
                        "alert.class",
                        FieldValues.of(Set.of("runtime", "finding")),
                        "alert.tactics",
                        Optional.ofNullable(AlertFields.VALUES.get("alert.tactics"))
                            .orElseThrow())));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name: a / windw: 3s            | 2: unknown key 'windw'; did you mean 'window'? (known:"
            + " name, window, cap, mode, on, when, list)",
        "name: a / zebra: 1             | 2: unknown key 'zebra' (known: name, window, cap, mode,"
            + " on, when, list)",
        "name: a / zebra: 1 / yak: 2    | 2: unknown key 'zebra' (known: name, window, cap, mode,"
            + " on, when, list) & 3: unknown key 'yak' (known: name, window, cap, mode, on, when,"
            + " list)",
        "name: a / cap: 1 / name: b     | 3: key 'name' is defined twice",
        "cap: 1                         | 1: key 'name' is missing",
        "- name: a                      | 1: expected a mapping (key: value), found a list",
        "name: / cap: 1                 | 1: expected a string, found nothing",
        "name: a / when: {alert: {class: runtime}} | 2: a pattern lists the values of a field;"
            + " write class: [runtime]",
        "name: a / when: {score: [{numeric: [\"=>\", 80]}]} | 2: not a valid event pattern:"
            + " Unrecognized numeric range operator: =>; write \">=\" for \"=>\"",
        "name: a / when: {alert: {class: [Runtime]}} | 2: no event has the class 'Runtime'; did you"
            + " mean 'runtime'? (known: finding, runtime)",
        "name: a / when: {alert: {class: [{anything-but: [runtime, done]}]}} | 2: no event has the"
            + " class 'done' (known: finding, runtime)",
        "name: a / when: {$or: [{alert: {class: [x]}}, {score: [1]}]} | 2: no event has the class"
            + " 'x' (known: finding, runtime)",
        "name: a / when: {alert: {tactics: [impact, TA0002]}} | 2: no event has the tactics"
            + " 'impact'; did you mean 'TA0040'? (such as TA0002)",
        "name: a / when: {alert: {tactics: [{anything-but: [lateral-movement]}]}} | 2: no event has"
            + " the tactics 'lateral-movement'; did you mean 'TA0008'? (such as TA0002)",
        "name: a / window: 10           | 2: expected a duration such as 30s, 10m, 4h or 7d, found"
            + " '10'",
        "name: a / window: 1h30m        | 2: expected a duration such as 30s, 10m, 4h or 7d, found"
            + " '1h30m'",
        "name: a / window: -3s          | 2: expected a duration such as 30s, 10m, 4h or 7d, found"
            + " '-3s'",
        "name: a / cap: 0               | 2: expected a whole number from 1 to 100, found '0'",
        "name: a / cap: many            | 2: expected a whole number from 1 to 100, found 'many'",
        "name: a / cap: '7'             | 2: expected a whole number from 1 to 100, found '7'",
        "name: a / cap: 99999999999     | 2: expected a whole number, found '99999999999'",
        "name: a / mode: enforced       | 2: 'enforced' is not one of observe, fail-closed",
        "name: a / on: yes              | 2: expected true or false, found 'yes'",
        "name: a / list: b              | 2: expected a list, found 'b'",
        "name: a / when: { scor: [1] }  | 2: unknown key 'scor'; did you mean 'score'? (known:"
            + " alert, score)",
        "name: a / when: { alert: { clas: [b] } } | 2: unknown key 'clas'; did you mean 'class'?"
            + " (known: class, tactics)",
        "name: a / when: { score: 80 }  | 2: a pattern lists the values of a field; write score:"
            + " [80]",
      })
  void whatIsWrongIsNamedWithItsLine(String yaml, String errors) {
    PolicyException wrong =
        assertThrows(PolicyException.class, () -> read(yaml.replace(" / ", "\n")));

    assertEquals(
        Arrays.stream(errors.split(" & ")).map(error -> "rules.yaml:" + error).toList(),
        wrong.errors().stream().map(PolicyError::toString).toList());
  }

  @ParameterizedTest
  @CsvSource({"'name: [a'", "'name: a\n  b: c\n d'", "'name: \"a'", "'a: 1\n---\nb: 2'"})
  void whatIsNoYamlIsNamedWithItsLine(String yaml) {
    PolicyException wrong = assertThrows(PolicyException.class, () -> read(yaml));

    assertTrue(
        String.valueOf(wrong.getMessage()).matches("(?s)rules\\.yaml:[0-9]+: not valid YAML: .+"),
        wrong.getMessage());
  }

  /** Such an error has no position; it was printed as a stack trace. */
  @Test
  void aCharacterThatYamlDoesNotAllowIsNamedWithItsLine() {
    PolicyException wrong = assertThrows(PolicyException.class, () -> read("a: 1\nb: \u0007\n"));

    assertEquals(
        "rules.yaml:2: not valid YAML: the character U+0007 is not allowed",
        wrong.errors().getFirst().toString());
  }

  @Test
  void whatIsTooLongIsNoYaml() {
    PolicyException wrong =
        assertThrows(PolicyException.class, () -> read("a: " + "b".repeat(4 << 20)));

    assertTrue(String.valueOf(wrong.getMessage()).contains("not valid YAML"), wrong.getMessage());
  }

  @Test
  void everythingRightIsRead() {
    read(
        "name: a\nwindow: 10m\ncap: 7\nmode: fail-closed\non: true\nlist: [b]\nwhen: {score: [1]}");
  }

  @Test
  void onlyCommentsAreNothing() {
    assertEquals(Optional.empty(), PolicyNode.read("rules.yaml", "# nothing yet\n"));
  }

  @ParameterizedTest
  @CsvSource({"500ms, PT0.5S", "30s, PT30S", "10m, PT10M", "4h, PT4H", "7d, PT168H", "0s, PT0S"})
  void aDurationIsANumberAndAUnit(String text, Duration expected) {
    assertEquals(expected, node(text).duration());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "80        | 80",
        "'80'      | \"80\"",
        "1.5       | 1.5",
        "true      | true",
        "yes       | \"yes\"",
        "null      | null",
        "text      | \"text\"",
        "{a: [1]}  | {\"a\":[1]}",
        "18446744073653314058 | 18446744073653314058",
      })
  void aPatternKeepsTheTypesOfItsValues(String yaml, String json) {
    assertEquals(json, node(yaml).toJson().toString());
  }

  @Test
  void aListKeepsTheLinesOfItsMembers() {
    List<PolicyNode> items = node("\n- a\n- b\n").items();

    assertEquals(
        List.of("rules.yaml:2", "rules.yaml:3"), items.stream().map(PolicyNode::at).toList());
  }

  private static PolicyNode node(String yaml) {
    return PolicyNode.read("rules.yaml", yaml).orElseThrow();
  }

  @ParameterizedTest
  @MethodSource
  void textThatTheParserGivesUpIsAnErrorOfTheFile(String yaml, int line, String said) {
    PolicyException thrown =
        assertThrows(PolicyException.class, () -> PolicyNode.read("rules.yaml", yaml));

    String error = thrown.errors().getFirst().toString();
    assertTrue(error.startsWith("rules.yaml:" + line + ": not valid YAML: " + said), error);
    assertEquals(1, error.lines().count(), error);
  }

  static List<Arguments> textThatTheParserGivesUpIsAnErrorOfTheFile() {
    return List.of(
        Arguments.of("name: a\ncap: \u0001", 2, "the character U+0001 is not allowed"),
        Arguments.of("- &a [x]\n" + "- *a\n".repeat(60), 1, "Number of aliases"),
        Arguments.of("[".repeat(200_000), 1, "nested too deeply"));
  }
}
