package io.cattleguard.app.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.TakesLong;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExplainTest {

  private static JsonNode explain(FalcoEvent event) {
    Shell.Result result = new Shell().piping(event.toString()).run("explain", "--json", "-");
    assertEquals(0, result.code(), result.err());
    return result.jsonLines().get(0);
  }

  private static JsonNode named(JsonNode rules, String name) {
    for (JsonNode rule : rules) {
      if (rule.path("name").asText().equals(name)) {
        return rule;
      }
    }
    throw new AssertionError("no " + name + " in " + rules);
  }

  private static String flat(Shell.Result result) {
    return result.out().replaceAll("\\s+", " ");
  }

  @Test
  void theLineOfAnAlertHasTheKeysOfTheDesign() {
    JsonNode json = explain(Intrusion.reverseShell());

    assertEquals(
        List.of(
            "file",
            "line",
            "alert",
            "fingerprint",
            "score",
            "reasons",
            "incident",
            "suppressions",
            "routes",
            "playbooks"),
        json.properties().stream().map(field -> field.getKey()).toList());
    assertEquals(
        List.of("name", "mode", "matches", "because"),
        json.path("playbooks").get(0).properties().stream().map(field -> field.getKey()).toList());
    assertEquals("shop", json.path("alert").path("target").path("namespace").asText());
    assertEquals(Intrusion.reverseShell().toString(), json.path("alert").path("raw").asText());
    int sum = 0;
    for (JsonNode reason : json.path("reasons")) {
      sum += reason.path("points").asInt();
    }
    assertEquals(json.path("score").asInt(), sum);
  }

  @Test
  void withTheClusterTheFingerprintIsThatOfItsAlerts(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("shell.json");
    Files.writeString(file, Intrusion.reverseShell().toString());

    String without = new Shell().run("explain", file.toString()).out();
    Shell.Result with = new Shell().run("explain", "--cluster", "blue", file.toString());

    Matcher pasted =
        Pattern.compile("(?m)^ +when: \\{ fingerprint: \\[\"([0-9a-f]{32})\"] }$")
            .matcher(with.out());
    assertTrue(pasted.find(), with.out());
    assertTrue(with.out().contains("fingerprint  " + pasted.group(1)), with.out());
    assertFalse(without.contains(pasted.group(1)), "the cluster is a part of the fingerprint");
    assertEquals(2, new Shell().run("explain", "--cluster", "a b", file.toString()).code());
  }

  @Test
  void thePastedSuppressionHidesTheProblemAndNoOther(@TempDir Path folder) throws IOException {
    FalcoEvent hostile =
        Intrusion.shellInContainer().process("a\"b: {#\u202e", "/bin/sh", "sh '\"] }", "x");
    boolean all = Boolean.getBoolean(TakesLong.PROPERTY);
    for (FalcoEvent event : List.of(Intrusion.reverseShell(), hostile)) {
      for (List<String> cluster : List.of(List.<String>of(), List.of("--cluster", "blue"))) {
        if (!all && cluster.isEmpty() == event.equals(hostile)) {
          continue;
        }
        Path policy = Files.createTempDirectory(folder, "policy");
        Policies.copyDefault(policy);
        String text = run(event, cluster, "explain").out();
        String suppression =
            text.lines()
                .dropWhile(line -> !line.startsWith("  - name: hide-"))
                .takeWhile(line -> line.startsWith("  "))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        Policies.replace(
            policy.resolve("suppressions.yaml"),
            "\nsuppressions: []",
            "\nsuppressions:\n" + suppression);

        Shell.Result check = new Shell().run("check", "--policy", policy.toString());
        assertEquals(0, check.code(), check.err() + suppression);
        List<String> options = new ArrayList<>(cluster);
        options.addAll(List.of("--policy", policy.toString(), "--json"));
        assertEquals(
            1, run(event, options, "replay").json().path("suppressed").asInt(), suppression);
        assertEquals(
            0,
            run(Intrusion.miner(), options, "replay").json().path("suppressed").asInt(),
            suppression);
      }
    }
  }

  private static Shell.Result run(FalcoEvent event, List<String> options, String command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(options);
    arguments.add("-");
    Shell.Result result =
        new Shell().piping(event.toString()).run(arguments.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    return result;
  }

  @Test
  void aPlaybookMatchesOrNamesTheConditionsThatFailed() {
    JsonNode playbooks = explain(Intrusion.reverseShell()).path("playbooks");

    assertTrue(named(playbooks, "reverse-shell").path("matches").asBoolean());
    assertEquals("observe", named(playbooks, "reverse-shell").path("mode").asText());
    assertFalse(named(playbooks, "cryptominer").path("matches").asBoolean());
    assertEquals(
        "alert.techniques is [\"T1059.004\"], needs prefix \"T1496\"",
        named(playbooks, "cryptominer").path("because").asText());
  }

  @Test
  void anObjectionOfAGuardIsShownWithThePlaybook() {
    JsonNode playbooks =
        explain(Intrusion.reverseShell().field("k8s.ns.name", "kube-system")).path("playbooks");

    assertTrue(
        named(playbooks, "reverse-shell")
            .path("because")
            .asText()
            .contains("namespace kube-system is protected"));
  }

  @Test
  void anEventThatIsNoAlertIsOneLineWithTheReason() {
    Shell.Result result =
        new Shell()
            .piping(
                new FalcoEvent("Falco internal: metrics snapshot", "Informational")
                        .source("internal")
                    + "\nnonsense\n")
            .run("explain", "--json", "-");

    List<JsonNode> lines = result.jsonLines();
    assertEquals(2, lines.size());
    assertTrue(lines.get(0).has("ignored"));
    assertEquals("-", lines.get(1).path("file").asText());
    assertEquals(2, lines.get(1).path("line").asInt());
    assertTrue(lines.get(1).has("unreadable"));
    assertEquals(3, lines.get(1).size());
  }

  @Test
  void eachEventIsExplainedByItself() {
    String event = Intrusion.tokenRead().toString();

    List<JsonNode> lines =
        new Shell()
            .piping(Intrusion.reverseShell() + "\n" + event + "\n" + event + "\n")
            .run("explain", "--json", "-")
            .jsonLines();

    assertEquals(lines.get(1).path("score"), lines.get(2).path("score"));
    assertEquals(explain(Intrusion.tokenRead()).path("score"), lines.get(1).path("score"));
  }

  @Test
  void theReportShowsTheAlertItsScoreAndTheRulesThatMatch() {
    Shell.Result result =
        new Shell().piping(Intrusion.shellInContainer().toString()).run("explain", "-");

    String out = flat(result);
    assertTrue(out.contains("rule Terminal shell in container"), out);
    assertTrue(out.contains("namespace shop, pod web-7c8d9f5b6d-x2x4k"), out);
    assertTrue(out.contains("routes match: everything-to-the-siem"), out);
    assertTrue(out.contains("4 others do not match; --all shows why playbooks none"), out);
    assertFalse(out.contains("no match:"), out);
    String all =
        flat(
            new Shell()
                .piping(Intrusion.shellInContainer().toString())
                .run("explain", "--all", "-"));
    assertTrue(all.contains("no match: serious-alerts-to-security: score is"), all);
    assertFalse(all.contains("--all shows"), all);
  }

  @Test
  void inAPipeALineIsNotWrapped() {
    String commandLine = "sh -c " + "word ".repeat(60) + "/a/long/path".repeat(12);
    String event = Intrusion.reverseShell().process("sh", "/bin/sh", commandLine, "x").toString();

    String piped = new Shell().piping(event).run("explain", "-").out();
    Shell.Result terminal = new Shell().inTerminal(80).piping(event).run("explain", "-");

    assertTrue(piped.contains(commandLine), piped);
    assertTrue(terminal.out().contains("/a/long/path".repeat(12)), "a word is not broken");
    assertFalse(terminal.out().contains("word ".repeat(20)), "wrapped at the terminal's width");
  }

  @Test
  void anOutcomeRouteIsNotSaidToNearlyTakeAnAlert() {
    String out = flat(new Shell().piping(Intrusion.miner().toString()).run("explain", "-"));

    assertFalse(out.contains("response.outcome"), out);
  }

  @Test
  void linesKeepToTheTerminalAndAreColouredInIt() {
    Shell.Result result =
        new Shell().inTerminal(72).piping(Intrusion.reverseShell().toString()).run("explain", "-");

    assertTrue(result.out().contains("\u001b["), "coloured");
    for (String line : result.lines()) {
      String plain = line.replaceAll("\u001b\\[[0-9;]*m", "");
      assertTrue(plain.length() <= 72 || plain.startsWith("    "), line);
    }
  }

  @Test
  void hostileTextCannotMoveTheCursorOrTurnTheLine() {
    FalcoEvent hostile =
        Intrusion.reverseShell()
            .process("sh", "/bin/sh", "\u001b[2J\u001b]0;owned\u0007 \u202egpj.exe \u009b31m", "x")
            .field("k8s.pod.name", "web\r\u001b[1A");
    String garbage = "\u001b[31mred\u202e\n";

    for (String command : List.of("explain", "replay")) {
      for (List<String> options : List.of(List.of(command), List.of(command, "--json"))) {
        List<String> arguments = new ArrayList<>(options);
        arguments.add("-");
        String out =
            new Shell()
                .piping(hostile + "\n" + garbage)
                .run(arguments.toArray(String[]::new))
                .out();
        assertFalse(out.chars().anyMatch(ExplainTest::isHostile), options + ": " + out);
      }
    }
  }

  private static boolean isHostile(int c) {
    return c != '\n' && (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
  }
}
