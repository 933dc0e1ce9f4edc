package io.cattleguard.app.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.respond.aws.AccountObject;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.InMemoryBlocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.network.InMemoryNetwork;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.InMemoryBuckets;
import io.cattleguard.respond.aws.storage.NoStorage;
import io.cattleguard.respond.aws.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AccountPlanTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final String ACCOUNT = "111122223333";
  private static final String REGION = "eu-central-1";
  private static final String VPC = "vpc-1";
  private static final Map<String, String> ALLOWED = Map.of("cattleguard:respond", "allowed");
  private static final ListArn WEB =
      ListArn.read("arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/web/0a1b").orElseThrow();

  @TempDir Path directory;
  private final InMemoryNetwork network = new InMemoryNetwork();
  private final InMemoryBuckets buckets = new InMemoryBuckets();
  private final InMemoryBlocklists blocklists = new InMemoryBlocklists();

  @BeforeEach
  void haveAnAccount() throws IOException {
    Policies.copyDefault(directory);
    network.haveForQuarantine(group("sg-q", ALLOWED));
    network.have(
        group(
            "sg-web",
            ALLOWED,
            new IngressRule(
                ACCOUNT, REGION, "sg-web", "sgr-1", "tcp", 22, 22, "0.0.0.0/0", Optional.empty())));
    network.have(
        group(
            "sg-bare",
            Map.of(),
            new IngressRule(
                ACCOUNT,
                REGION,
                "sg-bare",
                "sgr-2",
                "tcp",
                22,
                22,
                "0.0.0.0/0",
                Optional.empty())));
    run("i-web", ALLOWED, Map.of());
    run("i-bare", Map.of(), Map.of());
    run("i-head", ALLOWED, Map.of("k8s.io/role/control-plane", "1"));
    buckets.have(new Bucket(ACCOUNT, REGION, "reports", Map.of(), Optional.empty()));
    buckets.have(
        new Bucket(ACCOUNT, REGION, "site", Map.of("cattleguard:protected", ""), Optional.empty()));
    blocklists.have(
        new Blocklist(WEB, true, List.of(), 10_000, "1"),
        new Blocklists.Uses(List.of(), List.of("rule blocked of web ACL shop")));
  }

  private static SecurityGroup group(String id, Map<String, String> tags, IngressRule... rules) {
    return new SecurityGroup(
        ACCOUNT, REGION, id, VPC, tags, List.of(rules), List.of(), rules.length, 2);
  }

  private void run(String id, Map<String, String> ofInterface, Map<String, String> tags) {
    network.run(
        new Instance(
            ACCOUNT,
            REGION,
            id,
            VPC,
            true,
            NOW.minusSeconds(86_400),
            tags,
            List.of(
                new Instance.Interface(
                    "eni-" + id, VPC, true, false, ofInterface, List.of("sg-web"))),
            Optional.empty()));
  }

  private static AccountObject of(String kind, String name, Target.Builder target, String peer) {
    return new AccountObject(
        kind,
        name,
        target.account(ACCOUNT).region(REGION).build(),
        peer.isEmpty()
            ? ObservedConnection.UNKNOWN
            : new ObservedConnection(peer, null, 22, "tcp", "inbound"));
  }

  private AccountPlan plan() {
    return plan(DeployedActions.none("cattleguard-respond-aws"));
  }

  private AccountPlan plan(DeployedActions deployed) {
    AwsScope scope =
        AwsScope.of(network)
            .with(new Storage(buckets, new NoStorage(), Set.of("reports", "site")))
            .with(
                new Addresses(
                    blocklists,
                    List.of(WEB),
                    List.of(Cidr.parse("198.51.100.0/24").orElseThrow())));
    return AccountPlan.of(
        REGION,
        deployed,
        scope,
        List.of(
            of("instance", "i-web", Target.builder().instance("i-web"), ""),
            of("instance", "i-bare", Target.builder().instance("i-bare"), ""),
            of("instance", "i-head", Target.builder().instance("i-head"), ""),
            of("security group", "sg-web", Target.builder().securityGroup("sg-web"), "203.0.113.1"),
            of(
                "security group",
                "sg-bare",
                Target.builder().securityGroup("sg-bare"),
                "203.0.113.1"),
            of("bucket", "reports", Target.builder().resource("arn:aws:s3:::reports"), ""),
            of("bucket", "site", Target.builder().resource("arn:aws:s3:::site"), ""),
            of("address", "203.0.113.1", Target.builder(), "203.0.113.1"),
            of("address", "<b>", Target.builder(), "198.51.100.7")),
        Policy.read(directory).playbooks(),
        NOW);
  }

  /** Each object with the guards that object, by action. */
  private static Map<String, String> answers(AccountPlan plan, String action) {
    Map<String, String> answers = new TreeMap<>();
    for (ClusterPlan.Place place : plan.places()) {
      for (ClusterPlan.Answer answer : place.answers()) {
        if (answer.action().equals(action) && !answer.subject().isEmpty()) {
          answers.put(
              place.name(),
              String.join(
                  ", ", answer.objections().stream().map(ClusterPlan.Objection::guard).toList()));
        }
      }
    }
    return answers;
  }

  @Test
  void eachObjectIsNamedWithTheGuardsThatProtectIt() {
    AccountPlan plan = plan();

    Map<String, String> quarantines = answers(plan, "quarantine-instance");
    assertEquals("", quarantines.get("instance i-web"));
    assertEquals("response tag", quarantines.get("instance i-bare"));
    assertEquals("protected", quarantines.get("instance i-head"));
    Map<String, String> revocations = answers(plan, "revoke-ingress");
    assertEquals("", revocations.get("security group sg-web"));
    assertEquals("response tag", revocations.get("security group sg-bare"));
    Map<String, String> blocks = answers(plan, "block-bucket-public-access");
    assertEquals("", blocks.get("bucket reports"));
    assertEquals("protected", blocks.get("bucket site"));
    Map<String, String> addresses = answers(plan, "block-address");
    assertEquals("", addresses.get("address 203.0.113.1"));
    assertEquals("never denied", addresses.get("address <b>"));
    assertEquals(Map.of(), answers(plan, "delete-pod"));
    assertEquals("111122223333 eu-central-1", plan.name());
  }

  @Test
  void anActionThatTheDeploymentDoesNotHaveIsNotCalledPossible() {
    AccountPlan plan =
        plan(
            DeployedActions.of(
                "a-respond-aws",
                Map.of("RESPONSE_MODE", "enforce", "EC2_ACTIONS", "[\"quarantine-instance\"]")));

    assertEquals("", answers(plan, "quarantine-instance").get("instance i-web"));
    assertEquals(
        "response tag, deployed actions",
        answers(plan, "revoke-ingress").get("security group sg-bare"));
    assertEquals("deployed actions", answers(plan, "revoke-ingress").get("security group sg-web"));
    assertEquals("deployed actions", answers(plan, "block-address").get("address 203.0.113.1"));
    assertEquals(Optional.empty(), plan.deployed().unknown());
  }

  @Test
  void aDeploymentThatObservesTakesNoAction() {
    AccountPlan plan =
        plan(
            DeployedActions.of(
                "a-respond-aws",
                Map.of("RESPONSE_MODE", "observe", "EC2_ACTIONS", "[\"quarantine-instance\"]")));

    assertEquals("response mode", answers(plan, "quarantine-instance").get("instance i-web"));
    assertTrue(
        plan.places().stream()
            .flatMap(place -> place.answers().stream())
            .noneMatch(ClusterPlan.Answer::acts));
  }

  @Test
  void whatTheDeploymentDoesNotSayIsSaid() {
    for (Map<String, String> environment :
        List.of(
            Map.of("RESPONSE_MODE", "enforce"),
            Map.of("RESPONSE_MODE", "enforce", "EC2_ACTIONS", "{}"),
            Map.of("RESPONSE_MODE", "enforce", "EC2_ACTIONS", "quarantine-instance"))) {
      AccountPlan plan = plan(DeployedActions.of("a-respond-aws", environment));

      assertEquals("", answers(plan, "revoke-ingress").get("security group sg-web"));
      String says = plan.view().remarks().getLast().text();
      assertTrue(says.startsWith("a-respond-aws does not say which actions"), says);
      assertEquals(says, plan.toJson().path("unknown").asText());
    }
  }

  @Test
  void asHtmlEveryTextIsEscapedAndNothingIsLoaded() {
    String html = PlanHtml.of(plan().view());

    for (String part :
        List.of(
            "<h2>Playbook hostile-address, mode observe</h2>",
            "<td>address &lt;b&gt;</td><td>block-address</td><td>no</td>",
            "<td>bucket reports</td><td>block-bucket-public-access</td><td>yes</td>",
            "<td>reverse-shell</td><td>none of its steps acts in an account</td>",
            "default-src 'none'")) {
      assertTrue(html.contains(part), () -> part + " is not in " + html);
    }
    assertFalse(html.contains("<b>"), html);
    assertFalse(html.contains("<script"), html);
  }

  @Test
  void asJsonItHasEveryObject() {
    assertEquals(9, plan().toJson().path("objects").size());
    assertEquals("instance", plan().toJson().path("objects").get(0).path("kind").asText());
  }

  @Test
  void oneOfAClusterAndAnAccountIsNamed() {
    for (String[] command :
        new String[][] {{"plan"}, {"plan", "--account", "--kubeconfig", "/nowhere"}}) {
      Shell.Result result = new Shell().run(command);
      assertEquals(2, result.code());
      assertTrue(result.err().contains("name a cluster with --kubeconfig"), result.err());
    }
  }
}
