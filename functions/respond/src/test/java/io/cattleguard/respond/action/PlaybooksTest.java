package io.cattleguard.respond.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.LockBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlaybooksTest {
  private static final String SOUND =
      """
      name: shell
      when:
        alert: { class: [runtime] }
        score: [{ numeric: [">=", 80] }]
      mode: enforce
      freshness: 5m
      steps:
        - burn-box: { grace: 1h }
        - lock-box: { lease: 3s }
      budget: { per: namespace, max: 2, window: 1m }
      """;

  private static final Actions ACTIONS =
      Actions.of(
          List.of(
              "lock-box = io.cattleguard.respond.LockBox",
              "burn-box = io.cattleguard.respond.elsewhere.BurnBox"));

  @TempDir private Path directory;

  @BeforeEach
  void makeFolder() throws IOException {
    Files.createDirectory(directory.resolve("playbooks"));
  }

  private Playbooks read(String yaml) {
    try {
      Files.writeString(directory.resolve("playbooks/one.yaml"), yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Playbooks.read(new PolicyFiles(directory), ACTIONS);
  }

  @Test
  void aPlaybookIsReadWhole() {
    Playbook playbook = read(SOUND).all().get(0);

    assertEquals("shell", playbook.name());
    assertEquals(Mode.ENFORCE, playbook.mode());
    assertEquals(Duration.ofMinutes(5), playbook.freshness());
    assertEquals(
        List.of(new LockBox(Duration.ofSeconds(3))),
        playbook.steps(),
        "the other responder takes its own");
    assertEquals(new Budget(Budget.Per.NAMESPACE, 2, Duration.ofMinutes(1)), playbook.budget());
  }

  @Test
  void whatIsLeftOutIsTheCautiousChoice() {
    Playbook playbook =
        read("name: a\nwhen: { alert: { class: [runtime] } }\nsteps: [{ lock-box: {} }]\n")
            .all()
            .get(0);

    assertEquals(Mode.OBSERVE, playbook.mode());
    assertEquals(Duration.ofMinutes(10), playbook.freshness());
    assertEquals(Budget.DEFAULT, playbook.budget());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "mode: enforce        | mode: enforce;approval: {} | 6 | asks no person",
        "mode: enforce        | mode: approve;approval: { expires: 0s } | 6 | at most 7d",
        "mode: enforce        | mode: approve;approval: { expires: 8d } | 6 | at most 7d",
        "mode: enforce        | mode: approve;approval: { expire: 5m } | 6 | 'expires'",
        "mode: enforce        | mode: approve;approval: { then: nothin } | 6 | 'nothin' is not one"
            + " of",
        "mode: enforce        | mode: approve;approval: { by: [ann] } | 6 | starts with aws:",
        "mode: enforce        | mode: approve;approval: { by: ['*'] } | 6 | starts with aws:",
        "mode: enforce        | mode: enforced     | 5 | 'enforced' is not one of",
        "freshness: 5m        | runbook: http://x.example.com | 6 | expected an https:// address",
        "freshness: 5m        | runbook: 'https://x y'  | 6 | expected an https:// address",
        "freshness: 5m        | runbook: https://a@x.example.com | 6 | without a user",
        "freshness: 5m        | freshnes: 5m       | 6 | did you mean 'freshness'",
        "freshness: 5m        | freshness: soon    | 6 | expected a duration",
        "class: [runtime]     | clas: [runtime]    | 3 | clas",
        "class: [runtime]     | target: { labels: [a=b] } | 3 | anyone who may change a pod",
        "  - lock-box: { lease: 3s } |   - lock-box | 9 | write '- lock-box: {}'",
        "  - lock-box: { lease: 3s } |   - lokc-box | 9 | did you mean 'lock-box'",
        "lock-box: { lease: 3s } | lock-box: | 9 | without settings, write 'lock-box: {}'",
        "- lock-box:          | - lokc-box:        | 9 | did you mean 'lock-box'",
        "- lock-box:          | - delete-all:      | 9 | 'delete-all'",
        "lock-box: { lease: 3s } | lock-box: { grace: 3s } | 9 | grace",
        "max: 2               | max: 0             | 10 | from 1 to 1000",
        "per: namespace       | per: universe      | 10 | 'universe' is not one of",
      })
  void aMistakeIsAnErrorWithItsLineAndWhatToDo(
      String sound, String mistaken, int line, String message) {
    PolicyException e =
        assertThrows(
            PolicyException.class, () -> read(SOUND.replace(sound, mistaken.replace(";", "\n"))));

    assertEquals("playbooks/one.yaml", e.errors().get(0).file());
    assertEquals(line, e.errors().get(0).line(), e.toString());
    assertTrue(e.errors().get(0).message().contains(message), e.toString());
  }

  @Test
  void everyMistakeOfAllPlaybooksIsNamedAtOnce() throws IOException {
    Files.writeString(directory.resolve("playbooks/a.yaml"), "name: [");
    Files.writeString(directory.resolve("playbooks/b.yaml"), "name: b\nname: c\n");
    Files.writeString(
        directory.resolve("playbooks/c.yaml"),
        """
        name: c
        when: { alert: { class: runtime } }
        mode: Enforce
        freshness: ten
        steps:
          - lokc-box: {}
          - lock-box: { lease: soon }
        budget: { per: workload, max: many, window: 10m }
        """);

    PolicyException e =
        assertThrows(
            PolicyException.class, () -> Playbooks.read(new PolicyFiles(directory), ACTIONS));

    assertEquals(
        List.of(
            "playbooks/a.yaml:1",
            "playbooks/b.yaml:2",
            "playbooks/c.yaml:2",
            "playbooks/c.yaml:3",
            "playbooks/c.yaml:4",
            "playbooks/c.yaml:6",
            "playbooks/c.yaml:7",
            "playbooks/c.yaml:8"),
        e.errors().stream().map(one -> one.file() + ":" + one.line()).toList(),
        e::toString);
  }

  @Test
  void aPlaybookSaysHowPeopleAreAsked() {
    Playbook asks =
        read(SOUND.replace(
                "mode: enforce",
                "mode: approve\napproval: { expires: 2h, then: act, by: [slack:U1, 'aws:A:*'] }"))
            .all()
            .getFirst();

    assertEquals(Mode.APPROVE, asks.mode());
    assertEquals(
        new ApprovalRules(
            Duration.ofHours(2),
            true,
            List.of(new IdentityPattern("slack:U1"), new IdentityPattern("aws:A:*"))),
        asks.approval());
    assertEquals(
        ApprovalRules.DEFAULT,
        read(SOUND.replace("mode: enforce", "mode: approve")).all().getFirst().approval());
  }

  @Test
  void aPatternThatWouldMatchEverythingIsRefused() {
    PolicyException e =
        assertThrows(
            PolicyException.class, () -> read("name: a\nwhen: {}\nsteps: [{ lock-box: {} }]\n"));

    assertTrue(e.toString().contains("would match every alert"), e.toString());
  }

  @Test
  void everyPlaybookThatShipsObserves() {
    Playbooks shipped =
        Playbooks.read(new PolicyFiles(Path.of(System.getProperty("cattleguard.root"), "policy")));

    assertTrue(shipped.all().size() >= 5);
    shipped.all().forEach(one -> assertEquals(Mode.OBSERVE, one.mode(), one.name()));
  }

  private Limits limits(String settings) {
    try {
      Files.writeString(directory.resolve("settings.yaml"), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Playbooks.read(new PolicyFiles(directory), ACTIONS).limits();
  }

  @Test
  void settingsAreReadAndWhatTheyLeaveOutHasItsDefault() {
    Limits limits =
        limits("protected-namespaces: [istio-system, bank]\nhourly-caps: { cluster: 7 }\n");

    assertEquals(Set.of("istio-system", "bank"), limits.protectedNamespaces());
    assertEquals(
        Map.of(Budget.Per.WORKLOAD, 5, Budget.Per.NAMESPACE, 10, Budget.Per.CLUSTER, 7),
        limits.hourly());
    assertEquals(List.of(), limits.neverDeny());
    assertEquals(
        List.of("203.0.113.0/24", "2001:db8::7/128"),
        limits("never-deny: [203.0.113.0/24, '2001:db8::7']\n").neverDeny().stream()
            .map(Cidr::inWords)
            .toList());
    assertEquals(Limits.DEFAULT, limits("# nothing\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'protected-namespace: [a]'        | protected-namespaces",
        "'hourly-caps: { cluster: 0 }'     | 1",
        "'hourly-caps: { clusters: 4 }'    | did you mean 'cluster'",
        "'protected-namespaces: everything' | list",
        "'never-deny: [sts.example.com]'    | expected a network such as",
        "'never-deny: 203.0.113.0/24'       | list",
      })
  void aMistakeInTheSettingsIsAnError(String settings, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> limits(settings));

    assertEquals("settings.yaml", e.errors().getFirst().file());
    assertTrue(e.errors().getFirst().message().contains(message), e::toString);
  }

  /** Several detections may name one audit event; each has a playbook of its own. */
  @Test
  void aPlaybookForOneDetectionAnswersAnEventThatAnotherOneNamesToo() throws IOException {
    String both = "privileged-pod+host-namespace-pod";
    for (String rule : List.of("privileged-pod", "host-namespace-pod", both, "pod")) {
      Files.writeString(
          directory.resolve("playbooks/" + rule + ".yaml"),
          "name: for-%s\nwhen: { alert: { rule: [\"%s\"] } }\nsteps: [{ lock-box: {} }]\n"
              .formatted(rule, rule));
    }
    Playbooks playbooks = Playbooks.read(new PolicyFiles(directory), ACTIONS);

    assertEquals(
        List.of("for-host-namespace-pod", "for-privileged-pod", "for-" + both),
        answering(playbooks, both, AlertClass.AUDIT));
    assertEquals(
        List.of("for-privileged-pod"), answering(playbooks, "privileged-pod", AlertClass.AUDIT));
    assertEquals(
        List.of("for-" + both),
        answering(playbooks, both, AlertClass.RUNTIME),
        "the rule of a sensor may have that sign in its name");
  }

  private static List<String> answering(Playbooks playbooks, String rule, AlertClass alertClass) {
    return playbooks
        .answering(
            TestAlerts.scored(
                TestAlerts.alert("a1", rule, Severity.HIGH).alertClass(alertClass).build(), 85))
        .stream()
        .map(Playbook::name)
        .sorted()
        .toList();
  }
}
