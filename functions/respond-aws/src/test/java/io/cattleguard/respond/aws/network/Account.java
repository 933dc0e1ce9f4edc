package io.cattleguard.respond.aws.network;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The account of tests of cloud actions, and the finding about it. */
public final class Account {
  public static final String ID = "111122223333";
  public static final String REGION = "eu-central-1";
  public static final String VPC = "vpc-0123456789abcdef0";
  public static final String INSTANCE = "i-0123456789abcdef0";
  public static final String WEB = "sg-0a1b2c3d4e5f60718";
  public static final String ADMIN = "sg-0bbbbbbbbbbbbbbbb";
  public static final String QUARANTINE = "sg-0eeeeeeeeeeeeeeee";
  public static final Map<String, String> ALLOWED = Map.of("cattleguard:respond", "allowed");

  private Account() {}

  public static Instance.Interface networkInterface(String id, String... groups) {
    return new Instance.Interface(id, VPC, true, false, ALLOWED, List.of(groups));
  }

  /**
   * An instance with two interfaces, one of which has two groups, started long before the finding.
   */
  public static Instance instance() {
    return instance(networkInterface("eni-1", WEB, ADMIN), networkInterface("eni-2", WEB));
  }

  public static Instance instance(Instance.Interface... interfaces) {
    return new Instance(
        ID,
        REGION,
        INSTANCE,
        VPC,
        true,
        TestAlerts.AT.minusSeconds(86_400),
        Map.of("Name", "web"),
        List.of(interfaces),
        Optional.empty());
  }

  public static SecurityGroup group(String id, IngressRule... rules) {
    return new SecurityGroup(
        ID, REGION, id, VPC, ALLOWED, List.of(rules), List.of(), rules.length, 2);
  }

  public static IngressRule rule(String id, String protocol, int from, int to, String cidr) {
    return new IngressRule(
        ID, REGION, WEB, id, protocol, from, to, cidr, Optional.of("ssh for the office"));
  }

  public static IngressRule ssh() {
    return rule("sgr-ssh", "tcp", 22, 22, "0.0.0.0/0");
  }

  public static IngressRule https() {
    return rule("sgr-https", "tcp", 443, 443, "0.0.0.0/0");
  }

  /** A network with that instance, its groups, and a quarantine group. */
  public static InMemoryNetwork network() {
    InMemoryNetwork network = new InMemoryNetwork();
    network.run(instance());
    network.have(group(WEB, ssh(), https()));
    network.have(group(ADMIN));
    network.haveForQuarantine(group(QUARANTINE));
    return network;
  }

  public static Target.Builder target() {
    return Target.builder().account(ID).region(REGION).instance(INSTANCE).securityGroup(WEB);
  }

  public static final ObservedConnection SSH =
      new ObservedConnection("203.0.113.9", 51_844, 22, "tcp", "inbound");

  public static Alert finding(String id) {
    return finding(id, target().build(), SSH);
  }

  public static Alert finding(
      String id, Target target, ObservedConnection network, String... traits) {
    return new Alert(
        id,
        AlertClass.RUNTIME,
        "guardduty",
        "UnauthorizedAccess:EC2/SSHBruteForce",
        Severity.HIGH,
        List.of(),
        List.of(),
        List.of(traits),
        target,
        ObservedProcess.UNKNOWN,
        network,
        null,
        TestAlerts.AT,
        1,
        List.of(),
        "{}",
        null,
        List.of());
  }

  /** The same finding at another time. */
  public static Alert at(Alert alert, Instant time) {
    return new Alert(
        alert.id(),
        alert.alertClass(),
        alert.source(),
        alert.rule(),
        alert.severity(),
        alert.tactics(),
        alert.techniques(),
        alert.traits(),
        alert.target(),
        alert.process(),
        alert.network(),
        alert.title(),
        time,
        alert.count(),
        alert.notes(),
        alert.raw(),
        null,
        List.of());
  }

  public static ScoredAlert scored(Alert alert) {
    return new ScoredAlert(
        new AcceptedAlert(alert, "f00d", Acceptance.OPENED, 1, TestAlerts.AT, TestAlerts.AT, 1, 1),
        85,
        List.of(new Points(85, "a test")));
  }
}
