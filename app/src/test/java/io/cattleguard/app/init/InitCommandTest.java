package io.cattleguard.app.init;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InitCommandTest {
  @TempDir private Path folder;
  private Path mine = Path.of("");

  @BeforeEach
  void choose() {
    mine = folder.resolve("mine");
  }

  private Shell.Result init(String... options) {
    List<String> arguments = new ArrayList<>(List.of("init", mine.toString()));
    arguments.addAll(List.of(options));
    return new Shell().run(arguments.toArray(String[]::new));
  }

  private static JsonNode playbook(Path policy, String namespace) {
    Shell.Result result =
        new Shell()
            .piping(Intrusion.reverseShell().field("k8s.ns.name", namespace).toString())
            .run("explain", "--policy", policy.toString(), "--json", "-");
    assertEquals(0, result.code(), result.err());
    for (JsonNode one : result.jsonLines().getFirst().path("playbooks")) {
      if (one.path("name").asText().equals("reverse-shell")) {
        return one;
      }
    }
    throw new AssertionError(result.out());
  }

  private Set<String> destinations() {
    return Policy.read(mine).routes().destinations().stream()
        .map(DestinationSettings::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void withoutOptionsThePolicyObservesAndTheNextCommandsCanBePasted() throws IOException {
    Shell.Result result = init();

    assertEquals(0, result.code(), result.err());
    assertTrue(
        Policy.read(mine).playbooks().all().stream()
            .map(Playbook::mode)
            .allMatch(Mode.OBSERVE::equals));
    assertEquals(Set.of("developers-channel", "security-channel"), destinations());
    assertEquals(
        Policies.files(Policies.defaultPolicy()).size(),
        Policies.files(mine).size(),
        "every file of the shipped policy");
    List<String> next =
        result.lines().stream()
            .filter(line -> line.contains("/cattleguard "))
            .map(line -> line.substring(line.indexOf("cattleguard ") + "cattleguard ".length()))
            .toList();
    assertEquals(5, next.size(), result.out());
    assertTrue(
        result.lines().stream()
            .filter(line -> line.contains("/cattleguard "))
            .allMatch(line -> line.matches("  [a-z ]+  \\S*/cattleguard .*")),
        result.out());
    Path alerts = Files.writeString(folder.resolve("FILE"), Intrusion.reverseShell().toString());
    for (String command : next.subList(0, 3)) {
      Shell.Result ran = new Shell().run(command.replace("FILE", alerts.toString()).split(" ", -1));
      assertEquals(0, ran.code(), command + ": " + ran.out() + ran.err());
    }
  }

  @Test
  void everyAnswerIsInThePolicyThatCheckAndTestAccept() throws IOException {
    Shell.Result result =
        init(
            "--mode=enforce",
            "--in-scope=shop,team-*",
            "--protected=vault,argocd-apps",
            "--slack=#sécurité",
            "--siem=splunk",
            "--pager=pagerduty");

    assertEquals(0, result.code(), result.err());
    assertEquals(0, new Shell().run("check", "--policy", mine.toString()).code());
    assertEquals(0, new Shell().run("test", "--policy", mine.toString()).code());
    assertEquals("enforce", playbook(mine, "shop").path("mode").asText());
    assertEquals("enforce", playbook(mine, "team-a").path("mode").asText());
    assertEquals("observe", playbook(mine, "billing").path("mode").asText());
    assertTrue(
        playbook(mine, "vault").path("because").asText().contains("namespace vault is protected"));
    assertTrue(
        playbook(mine, "cert-manager").path("because").asText().contains("is protected"),
        "those of the shipped policy stay");
    assertEquals(
        Set.of("developers-channel", "on-call", "security-channel", "siem"), destinations());
    String routes = Files.readString(mine.resolve("routes.yaml"));
    assertTrue(routes.contains("channel: \"#sécurité\""), routes);
    assertTrue(
        Policy.read(mine).routes().routes().stream()
            .anyMatch(route -> route.to().contains("on-call")));
    assertTrue(result.out().contains("CATTLEGUARD_PAGERDUTY_KEY"), result.out());
    assertFalse(result.out().contains("CATTLEGUARD_SLACK_CHANNEL"), result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "enforce | * | playbooks on pods enforce in every namespace.",
        "approve | shop | playbooks on pods ask for approval in shop, and observe everywhere else.",
      })
  void onlyPlaybooksOnPodsHaveModesOfNamespacesAndTheirNumbersAreTrue(
      String mode, String scope, String said) {
    Shell.Result result = init("--mode", mode, "--in-scope", scope);

    assertEquals(0, result.code(), result.err());
    List<Playbook> all = Policy.read(mine).playbooks().all();
    List<String> acting =
        all.stream().filter(one -> one.mode() != Mode.OBSERVE).map(Playbook::name).toList();
    assertTrue(acting.contains("reverse-shell") && acting.contains("credential-theft"));
    for (String other :
        List.of("compromised-node", "compromised-instance", "stolen-access-key", "public-bucket")) {
      assertFalse(acting.contains(other), other);
    }
    String out = result.out().replaceAll("\\s+", " ");
    assertTrue(out.contains(acting.size() + " " + said), out);
    assertTrue(
        out.contains(
            (all.size() - acting.size())
                + " on nodes and AWS objects observe: set their mode by clusters or accounts."),
        out);
    assertTrue(out.contains("CATTLEGUARD_DEVELOPERS_WEBHOOK"), out);
    String checked = new Shell().run("check", "--policy", mine.toString()).out();
    assertTrue(
        checked.contains(
            mode.equals("enforce")
                ? "(" + acting.size() + " enforcing, 0 asking for approval)"
                : "(0 enforcing, " + acting.size() + " asking for approval)"),
        checked);
  }

  @ParameterizedTest
  @CsvSource({
    "none, ''",
    "splunk, splunk-hec",
    "elasticsearch, elasticsearch",
    "s3, s3",
    "webhook, webhook"
  })
  void everySiemIsADestination(String siem, String type) {
    assertEquals(0, init("--siem", siem).code());

    assertEquals(
        type.isEmpty() ? List.of() : List.of(type),
        Policy.read(mine).routes().destinations().stream()
            .filter(one -> one.name().equals("siem"))
            .map(DestinationSettings::type)
            .toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--mode=attack | --mode: use one of observe, approve, enforce, not: attack",
        "--mode=enforce | --mode enforce needs --in-scope",
        "--in-scope=shop | --in-scope needs --mode approve or --mode enforce",
        "--mode=enforce --in-scope=Shop | --in-scope: not the name of a namespace: Shop",
        "--mode=approve --in-scope=shop --protected=shop | --protected: shop is also in --in-scope",
        "--mode=enforce --in-scope=shop,kube-system | --in-scope: kube-system is protected, so no"
            + " playbook acts there",
        "--mode=approve --in-scope=cert-manager | --in-scope: cert-manager is protected, so no"
            + " playbook acts there",
        "--protected=a_b | --protected: not the name of a namespace",
        "--slack=security | --slack: expected a channel such as '#security'",
        "--siem=syslog | --siem: use one of none, splunk",
        "--pager=telephone | --pager: use one of none, pagerduty",
      })
  void aWrongAnswerWritesNothing(String options, String message) {
    Shell.Result result = init(options.split(" ", -1));

    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertFalse(Files.exists(mine));
  }

  @Test
  void aDirectoryWithAFileIsLeftAlone() throws IOException {
    Files.createDirectories(mine);
    Path file = Files.writeString(mine.resolve("routes.yaml"), "mine");

    Shell.Result result = init();

    assertEquals(2, result.code());
    assertTrue(result.err().contains("is not empty"), result.err());
    assertEquals("mine", Files.readString(file));
    assertEquals(List.of(file), Policies.files(mine));
  }

  @Test
  void inATerminalItAsksWhatNoOptionSaysAndAgainAfterAWrongAnswer() {
    Shell.Result result =
        new Shell()
            .inTerminal(100)
            .piping("Shop!\nshop, pay\n\n#sec\nsyslog\nelasticsearch\n")
            .run("init", mine.toString(), "--mode=approve");

    assertEquals(0, result.code(), result.err());
    assertEquals("approve", playbook(mine, "pay").path("mode").asText());
    assertEquals(Set.of("developers-channel", "security-channel", "siem"), destinations());
    assertTrue(result.out().contains("In which namespaces"), result.out());
    assertFalse(result.out().contains("What may playbooks do"), "an option said it");
    assertTrue(result.out().contains("not the name of a namespace: Shop!"), result.out());
    assertTrue(result.out().contains("--siem: use one of"), result.out());
  }

  @Test
  void theEndOfTheInputIsTheDefaultUnlessThereIsNone() {
    assertEquals(
        2,
        new Shell().inTerminal(100).run("init", mine.toString(), "--mode=enforce").code(),
        "nobody said in which namespaces");
    assertEquals(0, new Shell().inTerminal(100).run("init", mine.toString()).code());
  }

  @Test
  void withoutATerminalNothingIsAsked() {
    Shell.Result result = new Shell().piping("enforce\n*\n").run("init", mine.toString());

    assertEquals(0, result.code(), result.err());
    assertFalse(result.out().contains("?") || result.out().contains("["), result.out());
    assertEquals("observe", playbook(mine, "shop").path("mode").asText());
  }
}
