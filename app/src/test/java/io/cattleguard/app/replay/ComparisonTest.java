package io.cattleguard.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay --against}. */
final class ComparisonTest {
  private static final String PEER = "203.0.113.9:4444";

  @TempDir Path changed;

  @BeforeEach
  void copy() throws IOException {
    Policies.copyDefault(changed);
  }

  private Shell.Result compare(List<String> options, Object... events) {
    StringBuilder lines = new StringBuilder();
    for (Object event : events) {
      lines.append(event).append('\n');
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "replay",
                "--policy",
                changed.toString(),
                "--against",
                Policies.defaultPolicy().toString()));
    arguments.addAll(options);
    arguments.add("-");
    return new Shell().piping(lines.toString()).run(arguments.toArray(String[]::new));
  }

  private JsonNode json(Object... events) {
    Shell.Result result = compare(List.of("--json"), events);
    assertEquals(0, result.code(), result.err());
    return result.json();
  }

  private void enforceReverseShell() throws IOException {
    Policies.replace(
        changed.resolve("playbooks/reverse-shell.yaml"), "mode: observe", "mode: enforce");
  }

  private void suppressReverseShell() throws IOException {
    Files.writeString(
        changed.resolve("suppressions.yaml"),
        """
        suppressions:
          - name: known
            owner: platform-team
            reason: by design
            expires: 2030-01-31
            cap: 10
            when: { alert: { rule: ["Redirect STDOUT/STDIN to Network Connection in Container"] } }
        """);
  }

  @Test
  void theSamePolicyHasNoDifference() {
    Shell.Result result = compare(List.of("--fail-on", "any"), Intrusion.reverseShell());

    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("Both policies treat each recorded problem in the same way."));
  }

  @Test
  void aPlaybookThatEnforcesNowTakesItsActions() throws IOException {
    enforceReverseShell();
    JsonNode json = json(Intrusion.reverseShell());

    assertEquals(0, json.path("before").path("actions").path("taken").asInt());
    assertEquals(2, json.path("after").path("actions").path("taken").asInt());
    assertEquals("mode observe -> enforce", json.path("policy").get(0).path("change").asText());
    JsonNode actions = json.path("problems").get(0).path("actions");
    assertEquals(List.of("isolate-pod", "delete-pod"), actions.findValuesAsText("action"));
    assertEquals("observed", actions.get(0).path("before").asText());
    assertEquals("taken", actions.get(0).path("after").asText());
    assertEquals("reverse-shell", actions.get(0).path("playbooks").get(0).asText());
  }

  @Test
  void aPlaybookThatEnforcesInAnotherNamespaceTakesNoActionHere() throws IOException {
    Path playbook = changed.resolve("playbooks/reverse-shell.yaml");
    Policies.replace(
        playbook, "mode: observe", "modes: [{ namespaces: [elsewhere], mode: enforce }]");
    JsonNode elsewhere = json(Intrusion.reverseShell());
    Policies.replace(playbook, "[elsewhere]", "[shop]");
    JsonNode here = json(Intrusion.reverseShell());

    assertEquals(0, elsewhere.path("after").path("actions").path("taken").asInt());
    assertEquals(2, here.path("after").path("actions").path("taken").asInt());
    assertEquals(
        "mode observe -> observe; enforce in namespace shop",
        here.path("policy").get(0).path("change").asText());
    assertEquals(
        1, compare(List.of("--fail-on", "new-enforce"), Intrusion.shellInContainer()).code());
  }

  @Test
  void newEnforceFailsAlsoForAPlaybookThatNoRecordedEventMatches() throws IOException {
    enforceReverseShell();
    List<String> rule = List.of("--fail-on", "new-enforce");

    Shell.Result result = compare(rule, Intrusion.shellInContainer());
    assertEquals(1, result.code());
    assertTrue(
        result.out().contains("new-enforce: playbook reverse-shell: mode observe -> enforce"));
    assertEquals(0, compare(List.of("--fail-on", "lost-enforce,hidden")).code());
    Shell.Result wrong = compare(List.of("--fail-on", "foo"));
    assertEquals(2, wrong.code());
    assertTrue(
        wrong
            .err()
            .contains("--fail-on: use one of new-enforce, lost-enforce, hidden, any, not: foo"),
        wrong.err());
    assertEquals(1, compare(List.of("--fail-on", "hidden,any")).code());
  }

  @Test
  void newEnforceFailsIfAnEnforcingPlaybookIsWidenedOrItsLimitsAre(@TempDir Path other)
      throws IOException {
    enforceReverseShell();
    Policies.copyDefault(other);
    Files.copy(
        changed.resolve("playbooks/reverse-shell.yaml"),
        other.resolve("playbooks/reverse-shell.yaml"),
        StandardCopyOption.REPLACE_EXISTING);
    String[] compare = {
      "replay",
      "--policy",
      changed.toString(),
      "--against",
      other.toString(),
      "--fail-on",
      "new-enforce",
      "-"
    };
    assertEquals(0, new Shell().run(compare).code());

    Policies.replace(changed.resolve("playbooks/reverse-shell.yaml"), "\">=\", 80", "\">=\", 70");
    Shell.Result widened = new Shell().run(compare);
    assertEquals(1, widened.code());
    assertTrue(widened.out().contains("playbook reverse-shell: when differs"), widened.out());

    Policies.replace(changed.resolve("playbooks/reverse-shell.yaml"), "\">=\", 70", "\">=\", 80");
    Policies.replace(changed.resolve("settings.yaml"), "  - argocd\n", "");
    Shell.Result unprotected = new Shell().run(compare);
    assertEquals(1, unprotected.code());
    assertTrue(unprotected.out().contains("settings.yaml: protected no more: argocd"));
  }

  @Test
  void newEnforceFailsIfAnActionIsTakenUnlessAPersonRejectsIt() throws IOException {
    Policies.replace(
        changed.resolve("playbooks/reverse-shell.yaml"),
        "mode: observe",
        "approval: { expires: 1s, then: act }\nmode: approve");
    Shell.Result result = compare(List.of("--fail-on", "new-enforce"), Intrusion.reverseShell());

    assertEquals(1, result.code(), result.err());
    assertTrue(result.out().replaceAll("\\s+", " ").contains("observed -> taken"), result.out());
  }

  @Test
  void newEnforceFailsIfPeopleAreAskedInAnotherWay(@TempDir Path other) throws IOException {
    Policies.copyDefault(other);
    for (Path policy : List.of(changed, other)) {
      Policies.replace(
          policy.resolve("playbooks/reverse-shell.yaml"),
          "mode: observe",
          "approval: { by: [\"unix:ann\"] }\nmode: approve");
    }
    String[] compare = {
      "replay",
      "--policy",
      changed.toString(),
      "--against",
      other.toString(),
      "--fail-on",
      "new-enforce",
      "-"
    };
    assertEquals(0, new Shell().run(compare).code());

    Policies.replace(changed.resolve("playbooks/reverse-shell.yaml"), "unix:ann", "unix:*");
    Shell.Result anyone = new Shell().run(compare);
    assertEquals(1, anyone.code());
    assertTrue(anyone.out().contains("playbook reverse-shell: approval differs"), anyone.out());

    Policies.replace(changed.resolve("playbooks/reverse-shell.yaml"), "unix:*", "unix:ann");
    Path settings = changed.resolve("settings.yaml");
    Files.writeString(
        settings, Files.readString(settings) + "operators: { approve: [\"unix:*\"] }\n");
    Shell.Result operators = new Shell().run(compare);
    assertEquals(1, operators.code());
    assertTrue(operators.out().contains("settings.yaml: operators differ"), operators.out());
  }

  @Test
  void lostEnforceFailsIfAnActionIsTakenNoMore(@TempDir Path before) throws IOException {
    Policies.copyDefault(before);
    Policies.replace(
        before.resolve("playbooks/reverse-shell.yaml"), "mode: observe", "mode: enforce");
    Shell.Result result =
        new Shell()
            .piping(Intrusion.reverseShell().toString())
            .run(
                "replay",
                "--policy",
                changed.toString(),
                "--against",
                before.toString(),
                "--fail-on",
                "new-enforce,lost-enforce",
                "-");

    assertEquals(1, result.code());
    assertTrue(
        result
            .out()
            .replaceAll("\\s+", " ")
            .contains("lost-enforce: isolate-pod on pod shop/web-7c8d9f5b6d-x2x4k: taken ->"),
        result.out());
    assertFalse(result.out().contains("--fail-on new-enforce"), result.out());
  }

  @Test
  void hiddenFailsIfPeopleNoLongerHearOfAProblem() throws IOException {
    suppressReverseShell();
    Shell.Result result =
        compare(List.of("--json", "--fail-on", "hidden"), Intrusion.reverseShell());

    assertEquals(1, result.code());
    JsonNode json = result.json();
    assertEquals(1, json.path("before").path("told").asInt());
    assertEquals(0, json.path("after").path("told").asInt());
    JsonNode problem = json.path("problems").get(0);
    assertTrue(problem.path("score").path("after").isNull());
    assertEquals("hidden", json.path("failed").get(0).path("rule").asText());
    assertEquals("[]", problem.path("destinations").path("added").toString());
    assertTrue(problem.path("destinations").path("removed").size() > 0);
  }

  @Test
  void otherWeightsShowTheScoreAndItsReasonsBeforeAndAfter() throws IOException {
    Policies.replace(changed.resolve("scoring.yaml"), "low: 15", "low: 14");
    JsonNode problem = json(Intrusion.shellInContainer()).path("problems").get(0);

    assertTrue(
        problem.path("score").path("after").asInt() < problem.path("score").path("before").asInt(),
        problem.toString());
    assertEquals(14, problem.path("reasons").path("added").get(0).path("points").asInt());
    assertEquals(15, problem.path("reasons").path("removed").get(0).path("points").asInt());
  }

  @Test
  void textOfAnEventFormsNoMarkdown() throws IOException {
    suppressReverseShell();
    String hostile = "web`\n# @team [x](https://example.com) <img src=x> | \u202e";
    Shell.Result result =
        compare(
            List.of("--markdown"),
            Intrusion.reverseShell().field("k8s.ns.name", hostile).field("fd.name", PEER));

    assertEquals(0, result.code(), result.err());
    List<String> lines = result.lines().stream().filter(line -> line.contains("@team")).toList();
    assertFalse(lines.isEmpty(), result.out());
    for (String line : lines) {
      long marks = line.chars().filter(one -> one == '`').count();
      assertEquals(0, marks % 2, line);
      String outside = line.replaceAll("`[^`]*`", "");
      assertFalse(outside.contains("@") || outside.contains("<") || outside.contains("["), line);
      assertFalse(line.contains("\u202e"), line);
    }
  }

  @Test
  void wrongOptionsAreUsageErrors() {
    for (String[] wrong :
        List.of(
            new String[] {"replay", "--markdown", "-"},
            new String[] {"replay", "--fail-on", "any", "-"},
            new String[] {"replay", "--against", "/nowhere", "-"},
            new String[] {"replay", "--against", "POLICY", "--json", "--markdown", "-"},
            new String[] {"replay", "--against", "POLICY", "--fail-on", "every", "-"})) {
      String[] arguments = wrong.clone();
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = arguments[i].equals("POLICY") ? changed.toString() : arguments[i];
      }
      Shell.Result result = new Shell().run(arguments);
      assertEquals(2, result.code(), String.join(" ", arguments));
      assertTrue(result.err().contains("--"), result.err());
    }
  }

  @Test
  void theCommandOfTheWorkflowComparesTwoPolicies() throws IOException {
    enforceReverseShell();
    Path root = ContractFiles.root();
    String line =
        Files.readAllLines(root.resolve("docs/policy-review.yml")).stream()
            .filter(one -> one.contains("cattleguard replay"))
            .findFirst()
            .orElseThrow();
    String[] arguments =
        line.substring(line.indexOf("replay"), line.indexOf(" > "))
            .replace("\"$RUNNER_TEMP/before/policy\"", root.resolve("policy").toString())
            .replace("--policy policy", "--policy " + changed)
            .replace(
                "recordings/*.jsonl", root.resolve("events/samples/falco/alerts.jsonl").toString())
            .split(" ");
    Shell.Result result = new Shell().run(arguments);

    assertEquals(1, result.code(), result.err());
    assertTrue(result.out().startsWith("### Policy change on "), result.out());
    assertTrue(result.out().contains("new-enforce"), result.out());
  }
}
