package io.cattleguard.respond.aws.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests that every {@link Network} must pass. */
public abstract class NetworkContract {
  /**
   * A network with an instance of two interfaces, tagged as responses want it, in service in an
   * Auto Scaling group.
   *
   * @param web a group of both interfaces, which lets in tcp 22 from anywhere, with a description,
   *     tcp 443 from an IPv6 range, and everything from one address
   * @param admin a group of the first interface, without rules
   * @param quarantine the group without rules for the instance's VPC
   */
  public record World(
      Network network, String instance, String web, String admin, String quarantine) {
    public Instance seen() {
      return network.instance(instance).orElseThrow();
    }

    public List<IngressRule> rules() {
      return network.group(web).orElseThrow().ingress();
    }

    public IngressRule ssh() {
      return rules().stream().filter(rule -> rule.fromPort() == 22).findFirst().orElseThrow();
    }
  }

  protected abstract World world();

  @Test
  void anInstanceIsReadWithAllOfItsInterfaces() {
    World world = world();
    Instance instance = world.seen();

    assertEquals(world.instance, instance.id());
    assertTrue(instance.account().matches("\\d{12}"), instance.account());
    assertTrue(instance.running());
    assertEquals("allowed", instance.tags().get("cattleguard:respond"));
    assertEquals(2, instance.interfaces().size());
    assertEquals(
        List.of(List.of(world.web), sorted(world.web, world.admin)),
        instance.interfaces().stream()
            .map(Instance.Interface::groups)
            .sorted((a, b) -> a.size() - b.size())
            .toList());
    for (Instance.Interface one : instance.interfaces()) {
      assertTrue(one.ours());
      assertEquals(instance.vpc(), one.vpc());
      assertEquals("allowed", one.tags().get("cattleguard:respond"));
    }
  }

  private static List<String> sorted(String... ids) {
    return List.of(ids).stream().sorted().toList();
  }

  @Test
  void whatIsNotThereIsNotThere() {
    World world = world();

    assertEquals(Optional.empty(), world.network.instance("i-0fedcba9876543210"));
    assertEquals(Optional.empty(), world.network.group("sg-0fedcba9876543210"));
    assertEquals(Optional.empty(), world.network.membership("i-0fedcba9876543210"));
    assertEquals(Optional.empty(), world.network.tagsOfGroup("sg-0fedcba9876543210"));
    assertEquals(Optional.empty(), world.network.quarantineGroup("vpc-0fedcba9876543210"));
  }

  @Test
  void aGroupIsReadWithItsRules() {
    World world = world();
    SecurityGroup web = world.network.group(world.web).orElseThrow();

    assertEquals("allowed", web.tags().get("cattleguard:respond"));
    assertEquals(Optional.of(web.tags()), world.network.tagsOfGroup(world.web));
    assertEquals(world.seen().vpc(), web.vpc());
    assertEquals(world.seen().account(), web.account());
    assertEquals(2, web.interfaces());
    assertEquals(
        List.of(
            "everything from 203.0.113.9/32",
            "tcp 22 from 0.0.0.0/0",
            "tcp 443 from 2001:db8::/32"),
        web.ingress().stream().map(IngressRule::whatItLetsIn).sorted().toList());
    assertEquals(Optional.of("ssh for the office"), world.ssh().description());
    assertFalse(world.ssh().id().isEmpty());
  }

  @Test
  void theGroupForQuarantineHasNoRulesAtAll() {
    World world = world();
    String group = world.network.quarantineGroup(world.seen().vpc()).orElseThrow();

    assertEquals(world.quarantine, group);
    assertEquals(0, world.network.group(group).orElseThrow().rules());
  }

  @Test
  void anInstanceEntersStandbyInItsGroupAndLeavesIt() {
    World world = world();
    Membership member = world.network.membership(world.instance).orElseThrow();
    assertEquals(world.instance, member.instance());
    assertTrue(member.isInService(), member.state());

    assertInstanceOf(Network.Change.Made.class, world.network.enterStandby(member));

    Membership standby = world.network.membership(world.instance).orElseThrow();
    assertTrue(standby.isInStandby(), standby.state());
    assertEquals(member.group(), standby.group());

    assertInstanceOf(Network.Change.Made.class, world.network.exitStandby(standby));
    assertEquals(Optional.of(member), world.network.membership(world.instance));
  }

  @Test
  void oneInterfaceIsSwappedAndTheOtherIsNot() {
    World world = world();
    List<Instance.Interface> before = world.seen().interfaces();

    for (int twice = 0; twice < 2; twice++) {
      assertInstanceOf(
          Network.Change.Made.class,
          world.network.setGroups(before.getFirst(), List.of(world.quarantine)));
    }

    Instance after = world.seen();
    assertEquals(1, after.openTo(world.quarantine).size());
    assertEquals(before.getLast().groups(), after.openTo(world.quarantine).getFirst().groups());
  }

  @Test
  void anInterfaceGetsBackAllThatItHad() {
    World world = world();
    List<Instance.Interface> before = world.seen().interfaces();
    before.forEach(one -> world.network.setGroups(one, List.of(world.quarantine)));
    assertEquals(List.of(), world.seen().openTo(world.quarantine));

    before.forEach(one -> world.network.setGroups(one, one.groups()));

    assertEquals(before, world.seen().interfaces());
  }

  @Test
  protected void aGroupThatIsNotThereIsDenied() {
    World world = world();
    Instance.Interface one = world.seen().interfaces().getFirst();

    assertInstanceOf(
        Network.Change.Denied.class, world.network.setGroups(one, List.of("sg-0fedcba9876543210")));
    assertEquals(one, world.seen().interfaces().getFirst());
  }

  @Test
  void anInterfaceThatIsNotThereIsGone() {
    World world = world();

    assertInstanceOf(
        Network.Change.Gone.class,
        world.network.setGroups(
            Account.networkInterface("eni-0fedcba9876543210"), List.of(world.quarantine)));
  }

  @Test
  void exactlyOneRuleIsClosedOnceAndOpenedAgain() {
    World world = world();
    IngressRule ssh = world.ssh();

    assertInstanceOf(Network.Change.Made.class, world.network.revoke(ssh));
    assertEquals(2, world.rules().size());
    assertTrue(world.rules().stream().noneMatch(ssh::isLike));
    assertInstanceOf(Network.Change.Gone.class, world.network.revoke(ssh));

    for (int twice = 0; twice < 2; twice++) {
      assertInstanceOf(Network.Change.Made.class, world.network.authorize(ssh));
    }
    assertEquals(3, world.rules().size());
    assertTrue(world.ssh().isLike(ssh));
    assertEquals(ssh.description(), world.ssh().description());
  }

  @Test
  void everyKindOfRuleIsClosedAndOpenedAsItWas() {
    World world = world();
    for (IngressRule rule : world.rules()) {
      assertInstanceOf(Network.Change.Made.class, world.network.revoke(rule), rule.inWords());
      assertTrue(world.rules().stream().noneMatch(rule::isLike), rule.whatItLetsIn());
      assertInstanceOf(Network.Change.Made.class, world.network.authorize(rule));
      assertEquals(1, world.rules().stream().filter(rule::isLike).count(), rule.whatItLetsIn());
    }
    assertEquals(3, world.rules().size());
  }
}
