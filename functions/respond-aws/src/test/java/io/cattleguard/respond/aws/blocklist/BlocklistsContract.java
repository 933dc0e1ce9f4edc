package io.cattleguard.respond.aws.blocklist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests that every implementation of the block list port must pass. */
public abstract class BlocklistsContract {
  /**
   * What a test has.
   *
   * @param ipv4 an IP set of IPv4 with the entry 198.51.100.0/24
   * @param ipv6 an IP set of IPv6 without entries
   * @param prefixList a prefix list of IPv4 for at most 5 entries, with the entry 198.51.100.0/24
   */
  public record World(Blocklists lists, ListArn ipv4, ListArn ipv6, ListArn prefixList) {}

  protected static final String THEIRS = "198.51.100.0/24";

  protected abstract World world();

  private static Blocklist read(World world, ListArn arn) {
    return world.lists().list(arn).orElseThrow();
  }

  private static List<String> networks(Blocklist list) {
    return list.entries().stream()
        .map(one -> one.network().inWords())
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  @Test
  void anEntryIsAddedAndRemovedAndTheOthersStay() {
    World world = world();
    Cidr network = Lists.network("203.0.113.9");
    for (ListArn arn : List.of(world.ipv4(), world.prefixList())) {
      assertTrue(read(world, arn).isIpv4());
      assertEquals(List.of(THEIRS), networks(read(world, arn)));

      assertInstanceOf(
          Change.Made.class, world.lists().add(read(world, arn), network, "cattleguard"));
      assertEquals(List.of(THEIRS, "203.0.113.9/32"), networks(read(world, arn)));
      assertEquals(
          Optional.of(arn.isIpSet() ? "" : "cattleguard"),
          read(world, arn).entry(network).map(Blocklist.Entry::note));

      assertInstanceOf(Change.Made.class, world.lists().remove(read(world, arn), network));
      assertEquals(List.of(THEIRS), networks(read(world, arn)));
    }
  }

  @Test
  void aNetworkOfIpv6IsOneEntryHoweverItIsWritten() {
    World world = world();
    Cidr network = Lists.network("2001:db8:0:1::/64");
    assertFalse(read(world, world.ipv6()).isIpv4());

    assertInstanceOf(Change.Made.class, world.lists().add(read(world, world.ipv6()), network, ""));
    assertTrue(read(world, world.ipv6()).covers(Lists.network("2001:db8:0:1::7")));
    assertInstanceOf(Change.Made.class, world.lists().remove(read(world, world.ipv6()), network));
    assertEquals(List.of(), networks(read(world, world.ipv6())));
  }

  @Test
  void aListThatWasChangedMeanwhileIsNotOverwritten() {
    World world = world();
    Blocklist before = read(world, world.ipv4());
    assertInstanceOf(
        Change.Made.class, world.lists().add(before, Lists.network("203.0.113.9"), ""));

    assertThrows(
        Unavailable.class,
        () -> world.lists().add(before, Lists.network("203.0.113.10"), "").toString());
    assertEquals(List.of(THEIRS, "203.0.113.9/32"), networks(read(world, world.ipv4())));
  }

  @Test
  void aListThatDoesNotExistIsAbsent() {
    World world = world();
    assertEquals(
        Optional.empty(),
        world.lists().list(ListArn.read(Lists.WEB.arn().replace("web", "nobody")).orElseThrow()));
    assertEquals(
        Optional.empty(),
        world
            .lists()
            .list(
                ListArn.read(Lists.FIREWALL.arn().replace("pl-0123456789abcdef0", "pl-0fffffff"))
                    .orElseThrow()));
  }
}
