package io.cattleguard.respond.aws.network;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class InMemoryNetworkTest extends NetworkContract {
  @Override
  protected World world() {
    InMemoryNetwork network = new InMemoryNetwork();
    Instance like = Account.instance();
    network.run(
        new Instance(
            like.account(),
            like.region(),
            like.id(),
            like.vpc(),
            true,
            like.launchedAt(),
            Account.ALLOWED,
            like.interfaces(),
            Optional.empty()));
    network.join(new Membership(Account.INSTANCE, "web", "InService"));
    network.have(
        new SecurityGroup(
            Account.ID,
            Account.REGION,
            Account.WEB,
            Account.VPC,
            Map.copyOf(Account.ALLOWED),
            List.of(
                Account.ssh(),
                Account.rule("sgr-6", "tcp", 443, 443, "2001:db8::/32"),
                Account.rule("sgr-all", "-1", -1, -1, "203.0.113.9/32")),
            List.of(),
            3,
            2));
    network.have(Account.group(Account.ADMIN));
    network.haveForQuarantine(Account.group(Account.QUARANTINE));
    return new World(network, Account.INSTANCE, Account.WEB, Account.ADMIN, Account.QUARANTINE);
  }

  /** As EC2 Auto Scaling does; moto allows each. */
  @Test
  void onlyAnInstanceInServiceEntersStandbyAndOnlyOneInStandbyLeavesIt() {
    Network network = world().network();
    Membership member = network.membership(Account.INSTANCE).orElseThrow();

    assertInstanceOf(Network.Change.Denied.class, network.exitStandby(member));
    network.enterStandby(member);
    assertInstanceOf(Network.Change.Denied.class, network.enterStandby(member));
    assertInstanceOf(
        Network.Change.Denied.class,
        network.exitStandby(new Membership(Account.INSTANCE, "other", "Standby")));
    assertTrue(network.membership(Account.INSTANCE).orElseThrow().isInStandby());
  }
}
