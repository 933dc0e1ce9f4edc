package io.cattleguard.app.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImportTalonCommandTest {
  private static final String RULES =
      """
      - action: End it
        actionner: kubernetes:terminate
        parameters: { grace_period_seconds: 5, ignore_daemonsets: true }

      - rule: Shells in shops
        description: a shell where none belongs
        match:
          rules: [Terminal shell in container]
          output_fields:
            - k8s.ns.name!=kube-system, k8s.ns.name!=vault, proc.name=bash
            - k8s.ns.name=pay
          priority: ">=Notice"
          source: syscall
        actions:
          - action: Cut it off
            actionner: kubernetes:networkpolicy
            parameters: { allow_cidr: [192.0.2.0/24] }
          - action: Keep its log
            actionner: kubernetes:log
            output: { target: "minio:s3" }
          - action: End it
            parameters: { grace_period_seconds: 9 }
        notifiers: [slack]

      - rule: Tagged
        match: { tags: ["T1059, mitre_execution", T1611] }
        actions: [{ action: fence, actionner: "kubernetes:drain" }]

      - rule: "Only a label\\n# and a second line"
        match: { rules: [x] }
        actions: [{ action: mark, actionner: "kubernetes:label", parameters: { labels: { a: b } } }]
      """;

  @TempDir private Path folder;
  private Path policy = Path.of("");

  @BeforeEach
  void makePolicy() throws IOException {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
  }

  private Shell.Result imported(String rules, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("rules.yaml"), rules);
    return new Shell()
        .run(
            Stream.concat(Stream.of("import", "talon", file.toString()), Stream.of(more))
                .toArray(String[]::new));
  }

  private boolean matches(String playbook, FalcoEvent event) {
    JsonNode explained =
        new Shell()
            .piping(event.toString())
            .run("explain", "--policy", policy.toString(), "--json", "-")
            .jsonLines()
            .getFirst();
    for (JsonNode one : explained.path("playbooks")) {
      if (one.path("name").asText().equals(playbook)) {
        assertEquals("observe", one.path("mode").asText());
        return one.path("matches").asBoolean();
      }
    }
    throw new AssertionError(playbook + " in " + explained);
  }

  @Test
  void aRuleBecomesAPlaybookThatMatchesWhatTheRuleDid() throws IOException {
    Shell.Result result = imported(RULES, "--into", policy.toString());

    assertEquals(0, result.code(), result.err());
    assertEquals(0, new Shell().run("check", "--policy", policy.toString()).code());
    String name = "talon-shells-in-shops";
    FalcoEvent shell = Intrusion.shellInContainer();
    assertTrue(matches(name, shell.field("proc.name", "bash")));
    assertFalse(matches(name, shell.field("proc.name", "sh")));
    assertFalse(matches(name, shell.field("k8s.ns.name", "vault").field("proc.name", "bash")));
    assertTrue(matches(name, shell.field("k8s.ns.name", "pay").field("proc.name", "sh")));
    assertFalse(matches(name, Intrusion.reverseShell().field("proc.name", "bash")), "other rule");
    String yaml = Files.readString(policy.resolve("playbooks/" + name + ".yaml"));
    assertTrue(
        yaml.contains(
            """
            steps:
              - capture-evidence: {}
              - isolate-pod: { lease: 4h }
              - delete-pod: { grace: 9s }
            """),
        yaml);
    FalcoEvent tagged = new FalcoEvent("Any", "Notice", "T1059", "mitre_execution");
    assertTrue(matches("talon-tagged", tagged));
    assertTrue(matches("talon-tagged", new FalcoEvent("Any", "Notice", "T1611")));
    assertFalse(matches("talon-tagged", new FalcoEvent("Any", "Notice", "T1059")));
  }

  @Test
  void whatHasNoEquivalentIsSaidAndNoRuleIsForgotten() throws IOException {
    String out = imported(RULES, "--into", policy.toString()).out();

    for (String said :
        List.of(
            "kubernetes:networkpolicy allow_cidr: an isolated pod has no exceptions",
            "kubernetes:terminate ignore_daemonsets: guards decide instead",
            "output of kubernetes:log: up keeps evidence in --data",
            "notifiers: routes.yaml says who is notified",
            "kubernetes:drain: the node is cordoned, not drained",
            "Only a label\\n# and a second line: no playbook",
            "kubernetes:label: no action only labels a pod")) {
      assertTrue(out.contains(said), said + " in " + out);
    }
    try (Stream<Path> playbooks = Files.list(policy.resolve("playbooks"))) {
      assertEquals(
          2, playbooks.filter(file -> file.getFileName().toString().startsWith("talon-")).count());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rules: [] | \"source\":[\"falco\"],\"class\":[\"runtime\",\"audit\"]}} | ",
        "rules: [], priority: '', tags: [], output_fields: [] |"
            + " \"source\":[\"falco\"],\"class\":[\"runtime\",\"audit\"]}} | ",
        "priority: '>=Error' | \"severity\":[\"high\",\"critical\",\"fatal\"] | ",
        "priority: Warning | \"severity\":[\"medium\"] | ",
        "priority: '<Notice' | \"severity\":[\"informational\"] | ",
        "priority: '>Alert' | \"severity\":[\"fatal\"] | two priorities of Falco are one severity",
        "priority: Loud | \"class\":[\"runtime\",\"audit\"] | is not a priority of Falco",
        "source: k8s_audit | \"class\":[\"audit\"] | ",
        "source: okta | \"class\":[\"runtime\",\"audit\"] | matches every source of Falco",
        "tags: [container, T1059] | \"techniques\":[\"T1059\"] | alternative \"container\" (only"
            + " MITRE ATT&CK tags",
        "output_fields: ['fd.rport=4444'] | \"network\":{\"port\":[4444]} | ",
        "output_fields: ['container.image.repository=a/b'] | {\"prefix\":\"a/b:\"} | ",
        "output_fields: [k8s.ns.name=shop, fd.name=foo] | \"target\":{\"namespace\":[\"shop\"]} |"
            + " alternative \"fd.name=foo\" (no such field); the playbook matches less than the"
            + " Talon rule",
        "output_fields: [proc.name=a, 'proc.name=b, evt.type=open'] |"
            + " \"process\":{\"name\":[\"a\"]} | (evt.type=open: no such field)",
        "output_fields: [proc.name=c, 'proc.name=a, proc.name=b'] |"
            + " \"process\":{\"name\":[\"c\"]} | contradicts another",
      })
  void eachConditionIsTakenOverOrNamed(String match, String pattern, String missing)
      throws IOException {
    Shell.Result result =
        imported(
            "- rule: r\n  match: { %s }\n  actions: [{ action: a, actionner: 'kubernetes:terminate' }]\n"
                .formatted(match));

    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains(pattern), result.out());
    assertEquals(missing != null, result.out().contains("# Not imported: "), result.out());
    assertTrue(missing == null || result.out().contains(missing), result.out());
    Path playbook = policy.resolve("playbooks/printed.yaml");
    Files.writeString(playbook, result.out());
    assertEquals(0, new Shell().run("check", "--policy", policy.toString()).code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "output_fields: [fd.name=foo] | match.output_fields | \"fd.name=foo\" (no such field)",
        "output_fields: ['k8s.ns.name=shop, fd.name=foo'] | match.output_fields | fd.name=foo: no",
        "output_fields: [''] | match.output_fields | (it is empty)",
        "output_fields: ['container.image.repository!=a'] | match.output_fields | not excluded",
        "tags: [shell] | match.tags | alternative \"shell\"",
        "tags: ['T1059, T1611'] | match.tags | at most one technique",
      })
  void aRuleOfWhichNoAlternativeHasAnEquivalentBecomesNoPlaybook(
      String match, String list, String why) throws IOException {
    Shell.Result result =
        imported(
            "- rule: r\n  match: { %s }\n  actions: [{ action: a, actionner: 'kubernetes:terminate' }]\n"
                .formatted(match),
            "--into",
            policy.toString());

    assertEquals(1, result.code(), result.out());
    assertTrue(
        result.out().contains("r: no playbook, because no alternative of " + list), result.out());
    assertTrue(result.out().contains(why), result.out());
    assertFalse(Files.exists(policy.resolve("playbooks/talon-r.yaml")));
  }

  @Test
  void testsOfThePolicyThatFailWithTheNewPlaybooksAreNamed() throws IOException {
    String rule =
        """
        - rule: any
          match: { source: syscall }
          actions: [{ action: a, actionner: 'kubernetes:terminate' }]
        """;
    Shell.Result result = imported(rule, "--into", policy.toString());

    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains(" tests of the policy fail. Change what"), result.out());
    assertTrue(result.out().contains("playbooks/kill-chain.yaml:"), result.out());
    assertTrue(result.out().contains("cattleguard test --policy " + policy), result.out());
    assertEquals(1, new Shell().run("test", "--policy", policy.toString()).code());
  }

  @Test
  void aPolicyWhoseTestsPassHasNothingToChange() throws IOException {
    String rules =
        RULES
            .replace("Terminal shell in container", "Mine")
            .replace("T1059, mitre_execution", "T1499");
    String out = imported(rules, "--into", policy.toString()).out();
    assertFalse(out.contains("of the policy fail"), out);
    assertTrue(out.contains("cattleguard test --policy " + policy), out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kubernetes:networkpolicy | isolate-pod: { lease: 4h }",
        "calico:networkpolicy | block-egress: { lease: 4h, workload-wide: accepted }",
        "cilium:networkpolicy | block-egress: { lease: 4h, workload-wide: accepted }",
      })
  void aNetworkPolicyAgainstOneAddressDoesNotIsolateThePod(String actionner, String step)
      throws IOException {
    String rule =
        """
        - rule: r
          match: { rules: [x] }
          actions: [{ action: a, actionner: '%s', parameters: { allow: [192.0.2.0/24] } }]
        """
            .formatted(actionner);
    Shell.Result result = imported(rule, "--into", policy.toString());

    assertEquals(0, result.code(), result.err());
    String yaml = Files.readString(policy.resolve("playbooks/talon-r.yaml"));
    assertTrue(yaml.contains("steps:\n  - " + step + "\n"), yaml);
    assertTrue(yaml.contains("# Not imported: " + actionner + " allow: "), yaml);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "[]", "- action: a\n  actionner: 'kubernetes:log'\n"})
  void aFileWithoutARuleIsNoSilence(String rules) throws IOException {
    Shell.Result result = imported(rules, "--into", policy.toString());

    assertEquals(1, result.code());
    assertTrue(result.err().contains("rules.yaml has no rule of Falco Talon"), result.err());
  }

  @Test
  void aRuleWithoutActionsSaysSo() throws IOException {
    String out = imported("- rule: r\n  match: { rules: [x] }\n  actions: []\n").out();
    assertTrue(out.contains("r: no playbook, because it has no actions"), out);
  }

  @Test
  void noFileIsOverwrittenAndWhatIsNoRuleIsAnError() throws IOException {
    assertEquals(0, imported(RULES, "--into", policy.toString()).code());
    Shell.Result again = imported(RULES, "--into", policy.toString());
    assertEquals(2, again.code());
    assertTrue(again.err().contains("talon-shells-in-shops.yaml exists already"), again.err());

    assertEquals(1, imported("- rule: r\n  actions: []\n").code(), "nothing could be imported");
    Shell.Result wrong = imported("- name: r\n");
    assertEquals(1, wrong.code());
    assertTrue(wrong.err().contains("rules.yaml:1: expected a rule or an action"), wrong.err());
    assertTrue(wrong.err().contains("is not a file of Falco Talon rules"), wrong.err());
    assertFalse(wrong.err().contains("The policy has"), wrong.err());
    assertEquals(1, imported("- [").code());
    assertEquals(2, imported(RULES, "--into", folder.resolve("none").toString()).code());
  }
}
