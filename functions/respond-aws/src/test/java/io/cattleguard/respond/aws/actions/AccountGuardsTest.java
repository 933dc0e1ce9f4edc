package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.SecurityGroup;
import io.cattleguard.respond.aws.network.WatchedNetwork;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests which guards object in an account. A row is one situation: a sentence and the guards that
 * object.
 */
final class AccountGuardsTest {
  private static final String NONE = "";

  private static Alert about(Target.Builder target) {
    return Account.finding("f1", target.build(), Account.SSH);
  }

  private static Alert coming(ObservedConnection connection) {
    return Account.finding("f1", Account.target().build(), connection);
  }

  private static Arguments row(String sentence, Alert alert, String guards) {
    Consumer<WatchedNetwork> nothing = network -> {};
    return arguments(sentence, alert, nothing, guards);
  }

  private static Arguments row(String sentence, Consumer<WatchedNetwork> before, String guards) {
    return arguments(sentence, Account.finding("f1"), before, guards);
  }

  private static Consumer<WatchedNetwork> runs(
      String vpc, boolean running, Instant launchedAt, Map<String, String> tags) {
    return network ->
        network.simulated.run(
            new Instance(
                Account.ID,
                Account.REGION,
                Account.INSTANCE,
                vpc,
                running,
                launchedAt,
                tags,
                Account.instance().interfaces(),
                Optional.empty()));
  }

  private static Consumer<WatchedNetwork> runs(Instance.Interface... interfaces) {
    return network -> network.simulated.run(Account.instance(interfaces));
  }

  private static Instance.Interface tagged(String id, Map<String, String> tags) {
    return new Instance.Interface(id, Account.VPC, true, false, tags, List.of(Account.WEB));
  }

  private static Instance.Interface addedByTheCniTo(String instance) {
    return tagged("eni-2", Map.of("node.k8s.amazonaws.com/instance_id", instance));
  }

  /** With a first interface that has the tag, and that second one. */
  private static Consumer<WatchedNetwork> node(
      Map<String, String> tags, Instance.Interface second) {
    return network ->
        network.simulated.run(
            new Instance(
                Account.ID,
                Account.REGION,
                Account.INSTANCE,
                Account.VPC,
                true,
                TestAlerts.AT.minusSeconds(60),
                tags,
                List.of(Account.networkInterface("eni-1", Account.WEB), second),
                Optional.empty()));
  }

  private static Consumer<WatchedNetwork> hasGroup(Map<String, String> tags) {
    return has(tags, List.of(), List.of(), 2);
  }

  private static Consumer<WatchedNetwork> has(
      Map<String, String> tags,
      List<IngressRule> rules,
      List<SecurityGroup.OpaqueRule> opaque,
      int interfaces) {
    return network ->
        network.simulated.have(
            new SecurityGroup(
                Account.ID,
                Account.REGION,
                Account.WEB,
                Account.VPC,
                tags,
                rules,
                opaque,
                rules.size() + opaque.size(),
                interfaces));
  }

  private static Consumer<WatchedNetwork> quarantineWith(int rules) {
    return network ->
        network.simulated.have(
            new SecurityGroup(
                Account.ID,
                Account.REGION,
                Account.QUARANTINE,
                Account.VPC,
                Map.of(),
                List.of(),
                List.of(),
                rules,
                0));
  }

  static Stream<Arguments> quarantines() {
    Instant before = TestAlerts.AT.minusSeconds(60);
    Map<String, String> allowed = Account.ALLOWED;
    return Stream.of(
        row("an instance that may be cut off", Account.finding("f1"), NONE),
        row("through a sensor", about(Account.target().cluster("blue")), "trusted source"),
        row(
            "of no detective",
            TestAlerts.alert("a1", "r", Severity.HIGH).target(Account.target().build()).build(),
            "trusted source"),
        row("no instance", about(Account.target().instance(null)), "instance named"),
        row(
            "no account",
            about(Account.target().account(null)),
            "instance named, account and region"),
        row(
            "no region",
            about(Account.target().region(null)),
            "instance named, account and region"),
        row("no such instance", about(Account.target().instance("i-9")), "instance exists"),
        row("EC2 is away", network -> network.down = true, "instance exists"),
        row(
            "another account",
            about(Account.target().account("444455556666")),
            "account and region"),
        row("another region", about(Account.target().region("us-east-1")), "account and region"),
        row(
            "started when the alert happened",
            runs(Account.VPC, true, TestAlerts.AT, Map.of()),
            NONE),
        row(
            "started after the alert",
            runs(Account.VPC, true, TestAlerts.AT.plusMillis(1), Map.of()),
            "same instance"),
        row("being terminated", runs(Account.VPC, false, before, Map.of()), "not terminating"),
        row(
            "protected",
            runs(Account.VPC, true, before, Map.of("cattleguard:protected", "")),
            "protected"),
        row(
            "a control plane",
            runs(Account.VPC, true, before, Map.of("k8s.io/role/master", "")),
            "protected"),
        row(
            "a protected interface",
            runs(
                tagged(
                    "eni-1",
                    Map.of("cattleguard:respond", "allowed", "cattleguard:protected", ""))),
            "protected"),
        row(
            "an interface without the tag",
            runs(tagged("eni-1", allowed), tagged("eni-2", Map.of())),
            "response tag"),
        row(
            "the tag with another value",
            runs(tagged("eni-1", Map.of("cattleguard:respond", "no"))),
            "response tag"),
        row(
            "an interface that the VPC CNI added to a tagged instance",
            node(Account.ALLOWED, addedByTheCniTo(Account.INSTANCE)),
            NONE),
        row(
            "an interface that the VPC CNI added to an instance without the tag",
            node(Map.of(), addedByTheCniTo(Account.INSTANCE)),
            "response tag"),
        row(
            "an interface that names another instance",
            node(Account.ALLOWED, addedByTheCniTo("i-9")),
            "response tag"),
        row(
            "an interface without any tag on a tagged instance",
            node(Account.ALLOWED, tagged("eni-2", Map.of())),
            "response tag"),
        row("a group without the tag", hasGroup(Map.of()), "previous groups"),
        row(
            "a group with another value of the tag",
            hasGroup(Map.of("cattleguard:respond", "no")),
            "previous groups"),
        row(
            "a group that may only be restored",
            hasGroup(Map.of("cattleguard:respond", "restore")),
            NONE),
        row(
            "a group that is gone",
            runs(Account.networkInterface("eni-1", "sg-9")),
            "previous groups"),
        row(
            "isolated already, by a quarantine group without tags",
            network -> {
              quarantineWith(0).accept(network);
              runs(Account.networkInterface("eni-1", Account.QUARANTINE)).accept(network);
            },
            NONE),
        row(
            "an interface in another VPC",
            runs(new Instance.Interface("eni-1", "vpc-2", true, false, allowed, List.of())),
            "interfaces"),
        row(
            "no interface of its own",
            runs(new Instance.Interface("eni-1", Account.VPC, false, false, Map.of(), List.of())),
            "interfaces"),
        row(
            "no group for its VPC",
            runs("vpc-2", true, before, Map.of()),
            "interfaces, quarantine group"),
        row(
            "a group for quarantine that cannot be read",
            network -> network.instead.put("quarantineGroup", away()),
            "previous groups, quarantine group"),
        row("a group for quarantine with a rule", quarantineWith(1), "quarantine group"),
        row("a group for quarantine without a rule", quarantineWith(0), NONE));
  }

  static Stream<Arguments> revocations() {
    Map<String, String> allowed = Account.ALLOWED;
    List<IngressRule> ssh = List.of(Account.ssh());
    return Stream.of(
        row("a rule that may be closed", Account.finding("f1"), NONE),
        row("through a sensor", about(Account.target().cluster("blue")), "trusted source"),
        row("no group", about(Account.target().securityGroup(null)), "security group named"),
        row(
            "no such group",
            about(Account.target().securityGroup("sg-9")),
            "security group exists"),
        row("EC2 is away", network -> network.down = true, "security group exists"),
        row(
            "another account",
            about(Account.target().account("444455556666")),
            "account and region"),
        row("another region", about(Account.target().region("us-east-1")), "account and region"),
        row(
            "outbound",
            coming(new ObservedConnection("203.0.113.9", 1, 22, "tcp", "outbound")),
            "connection named"),
        row(
            "no peer",
            coming(new ObservedConnection(null, 1, 22, "tcp", "inbound")),
            "connection named"),
        row(
            "no port",
            coming(new ObservedConnection("203.0.113.9", 1, "tcp", "inbound")),
            "connection named"),
        row(
            "a protected group",
            has(
                Map.of("cattleguard:respond", "allowed", "cattleguard:protected", ""),
                ssh,
                List.of(),
                2),
            "protected"),
        row("a group without the tag", has(Map.of(), ssh, List.of(), 2), "response tag"),
        row("as many interfaces as the step allows", has(allowed, ssh, List.of(), 10), NONE),
        row("one interface more", has(allowed, ssh, List.of(), 11), "interfaces"),
        row(
            "no rule lets it in",
            coming(new ObservedConnection("203.0.113.9", 1, 3_306, "tcp", "inbound")),
            "exactly one rule"),
        row(
            "two rules let it in",
            has(
                allowed,
                List.of(Account.ssh(), Account.rule("sgr-2", "-1", -1, -1, "203.0.113.0/24")),
                List.of(),
                2),
            "exactly one rule"),
        row(
            "a rule that cannot be read might",
            has(
                allowed,
                ssh,
                List.of(new SecurityGroup.OpaqueRule("sgr-pl", "pl-1", "tcp", 20, 30)),
                2),
            "exactly one rule"),
        row(
            "a rule for other ports that cannot be read",
            has(
                allowed,
                ssh,
                List.of(new SecurityGroup.OpaqueRule("sgr-pl", "pl-1", "tcp", 23, 30)),
                2),
            NONE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("quarantines")
  void exactlyTheseGuardsObjectToAQuarantine(
      String sentence, Alert alert, Consumer<WatchedNetwork> before, String guards) {
    assertEquals(guards, objecting(new QuarantineInstance(), alert, before), sentence);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("revocations")
  void exactlyTheseGuardsObjectToARevocation(
      String sentence, Alert alert, Consumer<WatchedNetwork> before, String guards) {
    assertEquals(guards, objecting(new RevokeIngress(), alert, before), sentence);
  }

  /** EC2 does not accept a group of another VPC, but the guard does not rely on that. */
  @Test
  void aQuarantineGroupOfAnotherVpcIsNone() {
    AwsScope scope = AwsScope.of(new WatchedNetwork(Account.network()).port());
    SecurityGroup elsewhere =
        new SecurityGroup(
            Account.ID,
            Account.REGION,
            Account.QUARANTINE,
            "vpc-2",
            Map.of(),
            List.of(),
            List.of(),
            0,
            0);
    ObservedInstance observed = ObservedInstance.of(scope, Account.INSTANCE);
    QuarantineInstance action = new QuarantineInstance();

    assertEquals(NONE, objecting(action, situation(action, Account.finding("f1"), observed)));
    assertEquals(
        "quarantine group",
        objecting(
            action,
            situation(
                action,
                Account.finding("f1"),
                new ObservedInstance(
                    scope,
                    observed.instance(),
                    new Fact.Known<>(Optional.of(elsewhere)),
                    observed.lost()))));
  }

  private static List<Runnable> away() {
    return new ArrayList<>(
        List.of(
            () -> {
              throw new Unavailable("away");
            }));
  }

  private static <S extends ObservedState> String objecting(
      Action<AwsScope, S> action, Alert alert, Consumer<WatchedNetwork> before) {
    WatchedNetwork network = new WatchedNetwork(Account.network());
    before.accept(network);
    return objecting(
        action,
        situation(action, alert, action.look(AwsScope.of(network.port()), Account.scored(alert))));
  }

  private static <S extends ObservedState> Situation<S> situation(
      Action<AwsScope, S> action, Alert alert, S observed) {
    return new Situation<>(
        Account.scored(alert),
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(action),
            Budget.DEFAULT),
        observed,
        List.of(),
        new Fact.Known<>(false),
        TestAlerts.AT,
        false,
        false);
  }

  private static <S extends ObservedState> String objecting(
      Action<AwsScope, S> action, Situation<S> situation) {
    List<String> objecting =
        action.guards().stream()
            .filter(guard -> guard.objection(situation).isPresent())
            .map(Guard::name)
            .toList();
    return String.join(", ", objecting);
  }
}
