package io.cattleguard.respond.aws.actions.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.LateCheck;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.Drill;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.InMemoryBlocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.blocklist.Lists;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.ledger.Containment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class BlockAddressTest {
  private static final String ATTACKER = "203.0.113.9";
  private static final Duration LEASE = Duration.ofHours(25);

  private final InMemoryBlocklists simulated = new InMemoryBlocklists();
  private final List<String> changes = new ArrayList<>();
  private final List<Runnable> before = new ArrayList<>();
  private final List<ListArn> listed =
      new ArrayList<>(List.of(Lists.WEB, Lists.WEB_6, Lists.FIREWALL));
  private List<Cidr> neverDeny = List.of(Lists.network("198.51.100.0/24"));
  private Optional<ListArn> denied = Optional.empty();
  private boolean down;
  private BlockAddress step = new BlockAddress();

  private final Drill drill =
      new Drill(
          () -> step,
          () -> AwsScope.of(new NoNetwork()).with(new Addresses(new Watched(), listed, neverDeny)),
          new Budget(Budget.Per.WORKLOAD, 1_000, Duration.ofHours(1)));

  /** Lists that record each change, and fail on demand. */
  private final class Watched implements Blocklists {
    @Override
    public Optional<Blocklist> list(ListArn arn) {
      if (down) {
        throw new Unavailable("AWS WAF is away");
      }
      return simulated.list(arn);
    }

    @Override
    public Uses uses(ListArn arn, Cidr network) {
      return simulated.uses(arn, network);
    }

    @Override
    public Optional<String> own(Cidr network) {
      return simulated.own(network);
    }

    @Override
    public Change add(Blocklist read, Cidr network, String note) {
      changes.add("+" + network.inWords());
      if (!before.isEmpty()) {
        before.removeFirst().run();
      }
      return denied.filter(read.arn()::equals).isPresent()
          ? new Change.Denied("AccessDenied")
          : simulated.add(read, network, note);
    }

    @Override
    public Change remove(Blocklist read, Cidr network) {
      changes.add("-" + network.inWords());
      return denied.filter(read.arn()::equals).isPresent()
          ? new Change.Denied("AccessDenied")
          : simulated.remove(read, network);
    }
  }

  @BeforeEach
  void haveLists() {
    simulated.have(Lists.list(Lists.WEB, 10_000), Lists.BLOCKED);
    simulated.have(Lists.list(Lists.WEB_6, 10_000), Lists.BLOCKED);
    simulated.have(Lists.list(Lists.FIREWALL, 1_000), Lists.UNCLEAR);
    simulated.own(Lists.network("198.18.7.0/24"), "has addresses of VPC vpc-1");
  }

  private static Alert from(String peer) {
    return from(peer, "inbound");
  }

  private static Alert from(String peer, @Nullable String direction) {
    return from(peer, direction, behindAWebAcl());
  }

  /** A load balancer or an API, which no GuardDuty finding names today. */
  private static Target.Builder behindAWebAcl() {
    return Account.target().instance(null);
  }

  private static Alert from(String peer, @Nullable String direction, Target.Builder target) {
    return Account.finding(
        "f-" + peer, target.build(), new ObservedConnection(peer, 51_844, 443, "tcp", direction));
  }

  private List<String> blocked(ListArn arn) {
    return simulated.list(arn).orElseThrow().entries().stream()
        .map(one -> one.network().inWords())
        .toList();
  }

  @Test
  void theAddressIsInEachListOfItsFamilyAndTheReaderIsToldHowManyAndUntilWhen() {
    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals("network 203.0.113.9/32 (account 111122223333, eu-central-1)", decided.target());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.WEB));
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.FIREWALL));
    assertEquals(List.of(), blocked(Lists.WEB_6));
    for (String part :
        List.of(
            "203.0.113.9 is in IP set web (1 entries), prefix list pl-0123456789abcdef0 (1"
                + " entries) until "
                + drill.now().plus(Duration.ofHours(24)),
            "web requests are blocked by rule blocked of web ACL shop",
            "everyone behind this address is blocked too")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertEquals(
        "cattleguard until " + drill.now().plus(Duration.ofHours(24)),
        simulated.list(Lists.FIREWALL).orElseThrow().entries().getFirst().note());
  }

  @Test
  void anAttackerOfIpv6IsBlockedWithTheNetworkOfItsSite() {
    assertEquals(ResponseOutcome.REQUESTED, drill.enforce(from("2001:db8:0:1:dead::7")).outcome());

    assertEquals(List.of("2001:db8:0:1::/64"), blocked(Lists.WEB_6));
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  @Test
  void promise11WithoutAWebAclThatBlocksItIsOnlyRequested() {
    simulated.have(Lists.list(Lists.WEB, 10_000), Lists.UNCLEAR);

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertTrue(decided.explanation().contains("not known whether it blocks"), decided::explanation);
    assertEquals(1, drill.ledger.live().size());
  }

  private static Alert at(int port, @Nullable String protocol, Target.Builder target) {
    return Account.finding(
        "f-" + port,
        target.build(),
        new ObservedConnection(ATTACKER, 51_844, port, protocol, "inbound"));
  }

  /** A row: a sentence, the alert, and the expected message. */
  static Stream<Arguments> unseen() {
    return Stream.of(
        Arguments.of("SSH", at(22, "tcp", behindAWebAcl()), "the alert is about tcp port 22"),
        Arguments.of("RDP", at(3_389, null, behindAWebAcl()), "the alert is about port 3389"),
        Arguments.of("QUIC", at(443, "udp", behindAWebAcl()), "about udp port 443"),
        Arguments.of(
            "an instance", at(443, "tcp", Account.target()), "instance i-0123456789abcdef0 itself"),
        Arguments.of(
            "no port",
            Account.finding(
                "f-none",
                behindAWebAcl().build(),
                new ObservedConnection(ATTACKER, 51_844, null, "tcp", "inbound")),
            "the alert does not name a port"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unseen")
  void promise11PeopleReadThatAnAttackPassesNoWebAcl(String sentence, Alert alert, String told) {
    ResponseDecided decided = drill.enforce(alert);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), sentence);
    assertTrue(decided.explanation().contains(told), decided::explanation);
    assertTrue(
        decided.explanation().contains("that does not stop this attack"), decided::explanation);
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.WEB), "it may come back on the web");
  }

  /** The entry also counts as the response to each later alert about the address. */
  @Test
  void promise11EvenWhatAWebAclMaySeeIsNotToldAsTaken() {
    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertFalse(decided.explanation().contains("this attack"), decided::explanation);
    assertTrue(
        decided.explanation().contains("sees only web requests to load balancers and APIs"),
        decided::explanation);
  }

  @Test
  void promise11AnAddressThatWasListedBeforeIsToldAsBlockedOnlyIfItIs() {
    simulated.have(Lists.list(Lists.WEB, 10_000, ATTACKER), Lists.UNCLEAR);
    simulated.have(Lists.list(Lists.FIREWALL, 1_000, ATTACKER), Lists.UNCLEAR);

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("nothing to do"), decided::explanation);
  }

  @Test
  void promise11AListThatBlocksNothingFromNowOnIsAFailureWithALease() {
    listed.remove(Lists.FIREWALL);
    before.add(() -> simulated.have(Lists.list(Lists.WEB, 10_000), Lists.IDLE));

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.explanation().contains("nothing blocks with these lists; without effect: rule"),
        decided::explanation);
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  @Test
  void promise11ABlockThatLostItsEffectDoesNotAnswerTheNextAlert() {
    listed.remove(Lists.FIREWALL);
    assertEquals(ResponseOutcome.REQUESTED, drill.enforce(from(ATTACKER)).outcome());
    for (Blocklists.Uses uses :
        List.of(
            Lists.IDLE, new Blocklists.Uses(List.of("rule office of web ACL shop"), List.of()))) {
      simulated.have(simulated.list(Lists.WEB).orElseThrow(), uses);
      AwsScope scope =
          AwsScope.of(new NoNetwork()).with(new Addresses(simulated, listed, List.of()));

      assertFalse(
          new BlockAddress().holds(scope, drill.ledger.live().getFirst().subject()),
          uses::toString);
    }
  }

  @Test
  void promise10TheEntryIsRemovedWhenTheLeaseEndsAndNoOther() {
    simulated.have(Lists.list(Lists.WEB, 10_000, "192.0.2.0/24", ATTACKER), Lists.BLOCKED);
    simulated.have(Lists.list(Lists.FIREWALL, 10, "192.0.2.7"), Lists.UNCLEAR);
    assertEquals(ResponseOutcome.REQUESTED, drill.enforce(from(ATTACKER)).outcome());

    ResponseDecided released = drill.release(LEASE);

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertEquals(List.of("192.0.2.0/24", "203.0.113.9/32"), blocked(Lists.WEB), "a person's");
    assertEquals(List.of("192.0.2.7/32"), blocked(Lists.FIREWALL));
    assertEquals(List.of(), drill.ledger.live());
  }

  /** A row: a sentence, the alert, the changes before it, and the expected objection. */
  static Stream<Arguments> objections() {
    return Stream.of(
        row("through a sensor", Account.target().cluster("blue"), "came from the sensor of blue"),
        row("no account named", Account.target().account(null), "does not name its account"),
        row("another account", Account.target().account("444455556666"), "about account 4444"),
        row("another region", Account.target().region("us-east-1"), "acts only in eu-central-1"),
        row("everyone", "0.0.0.0/0", "0.0.0.0/0 is not an address on the internet"),
        row("everyone, of IPv6", "::/0", "::/0 is not an address on the internet"),
        row("half of the internet", "128.0.0.0/1", "the playbook step blocks at most /32"),
        row("a network", "203.0.113.0/24", "the playbook step blocks at most /32"),
        row("a large network of IPv6", "2001:db8::/32", "the playbook step blocks at most /64"),
        row("no address", "attacker.example", "does not name the address of a peer"),
        row("unspecified", "0.0.0.0", "is not an address on the internet"),
        row("a private address", "10.0.0.7", "10.0.0.7/32 is not an address on the internet"),
        row("one of the VPC, mapped", "::ffff:10.0.0.7", "10.0.0.7/32 is not an address"),
        row("a carrier's", "100.64.0.7", "is not an address on the internet"),
        row("loopback", "127.0.0.1", "is not an address on the internet"),
        row("loopback of IPv6", "::1", "is not an address on the internet"),
        row("the metadata service", "169.254.169.254", "is not an address on the internet"),
        row("link-local of IPv6", "fe80::1", "is not an address on the internet"),
        row("a VPC's IPv6, unique local", "fd00:ec2::254", "is not an address on the internet"),
        row("translated", "64:ff9b::a00:7", "is not an address on the internet"),
        row("multicast", "224.0.0.1", "is not an address on the internet"),
        row("broadcast", "255.255.255.255", "is not an address on the internet"),
        row("never denied", "198.51.100.7", "198.51.100.0/24, which never-deny"),
        row("never denied, mapped", "::ffff:198.51.100.7", "198.51.100.0/24, which never-deny"),
        row(
            "a process chose the peer",
            from(ATTACKER, "outbound"),
            "not about an inbound connection"),
        row("no direction", from(ATTACKER, null), "not about an inbound connection"),
        row(
            "one of a public VPC",
            test -> test.simulated.own(Lists.network("203.0.113.0/24"), "has addresses of VPC v"),
            "203.0.113.9/32 has addresses of VPC v"),
        row(
            "a NAT gateway or load balancer",
            test -> test.simulated.own(Lists.network(ATTACKER), "has the public address of eni-1"),
            "203.0.113.9/32 has the public address of eni-1"),
        row(
            "the monitoring's",
            test -> test.neverDeny = List.of(Lists.network(ATTACKER)),
            "203.0.113.9/32, which never-deny"),
        row("no list", test -> test.listed.clear(), "no block list for addresses of IPv4"),
        row(
            "a list of who is let in",
            test -> {
              test.listed.remove(Lists.WEB);
              test.simulated.have(
                  Lists.list(Lists.FIREWALL, 10),
                  new Blocklists.Uses(List.of("a rule of security group sg-1"), List.of()));
            },
            "prefix list pl-0123456789abcdef0 would let the address in: a rule of"),
        row(
            "a web ACL that protects nothing",
            test -> {
              test.listed.remove(Lists.FIREWALL);
              test.simulated.have(Lists.list(Lists.WEB, 10_000), Lists.IDLE);
            },
            "IP set web blocks nothing: rule blocked of web ACL shop, which protects no resource"),
        row(
            "no web ACL",
            test -> {
              test.listed.remove(Lists.FIREWALL);
              test.simulated.have(Lists.list(Lists.WEB, 10_000), Lists.UNUSED);
            },
            "IP set web blocks nothing: no rule of a web ACL blocks it"),
        row(
            "the list is gone",
            test -> {
              test.listed.remove(Lists.FIREWALL);
              test.simulated.delete(Lists.WEB);
            },
            "no block list can be used: IP set web does not exist"),
        row("AWS away", test -> test.down = true, "cannot read the block lists: AWS WAF is away"),
        row(
            "a full prefix list",
            test -> {
              test.listed.remove(Lists.WEB);
              test.simulated.have(
                  Lists.list(Lists.FIREWALL, 2, "192.0.2.1", "192.0.2.2"), Lists.UNCLEAR);
            },
            "has 2 entries; it can have 2"),
        row(
            "as many entries as the step allows",
            test -> {
              test.step = new BlockAddress(Duration.ofHours(24), 32, 64, 2);
              test.listed.remove(Lists.FIREWALL);
              test.simulated.have(
                  Lists.list(Lists.WEB, 10_000, "192.0.2.1", "192.0.2.2"), Lists.BLOCKED);
            },
            "IP set web has 2 entries; the playbook step allows 2"));
  }

  private static Arguments row(String sentence, Target.Builder target, String objection) {
    return row(sentence, from(ATTACKER, "inbound", target), objection);
  }

  private static Arguments row(String sentence, String peer, String objection) {
    return row(sentence, from(peer), objection);
  }

  private static Arguments row(String sentence, Alert alert, String objection) {
    Consumer<BlockAddressTest> nothing = test -> {};
    return Arguments.of(sentence, alert, nothing, objection);
  }

  private static Arguments row(
      String sentence, Consumer<BlockAddressTest> before, String objection) {
    return Arguments.of(sentence, from(ATTACKER), before, objection);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objections")
  void promise6WhatMayNotBeBlockedIsNot(
      String sentence, Alert alert, Consumer<BlockAddressTest> first, String objection) {
    first.accept(this);

    ResponseDecided decided = drill.enforce(alert);

    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        sentence + ": " + decided.objections());
    assertEquals(List.of(), changes);
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void whatIsToldAboutOneAddressIsToldAboutEach() {
    listed.clear();

    ResponseDecided first = drill.enforce(from(ATTACKER));
    ResponseDecided second = drill.enforce(from("203.0.113.10"));

    assertEquals("network 203.0.113.9/32 (account 111122223333, eu-central-1)", first.target());
    assertEquals(ResponseOutcome.REFUSED, second.outcome(), "the same target, another address");
    assertEquals(
        "address 203.0.113.9", new BlockAddress().named(from(ATTACKER)), "named in the ledger");
  }

  @Test
  void aNetworkAroundTheAttackerIsComparedAsAWhole() {
    step = new BlockAddress(Duration.ofHours(24), 24, 48, 100);
    neverDeny = List.of(Lists.network("203.0.113.200"));
    assertTrue(
        drill.enforce(from(ATTACKER)).objections().getFirst().contains("never-deny"),
        "one partner in the /24");
    simulated.own(Lists.network("2001:db8:0:ff00::/56"), "has addresses of VPC v");
    assertTrue(
        drill.enforce(from("2001:db8::7")).objections().getFirst().contains("VPC v"),
        "a VPC in the /48");
    assertEquals(List.of(), changes);
  }

  @Test
  void aFloodOfAttackersFillsNoQuotaAndPushesNobodyOut() {
    simulated.have(Lists.list(Lists.WEB, 10_000, "192.0.2.1"), Lists.BLOCKED);
    for (int i = 1; i <= 60; i++) {
      ResponseDecided unused = drill.enforce(from("203.0.113." + i));
    }

    assertEquals(11, blocked(Lists.WEB).size(), "the hourly cap of 10");
    assertTrue(blocked(Lists.WEB).contains("192.0.2.1/32"));
    for (int hour = 1; hour <= 12; hour++) {
      drill.pass(Duration.ofMinutes(61));
      for (int i = 1; i <= 12; i++) {
        Alert alert =
            Account.at(from("203.0." + (100 + hour) + "." + i), drill.now().minusSeconds(60));
        ResponseDecided unused = drill.enforce(alert);
      }
    }
    assertEquals(100, blocked(Lists.WEB).size(), "the limit of the step");
  }

  @Test
  void noAlertBlocksForLongerThanTheLease() {
    Alert future = Account.at(from(ATTACKER), TestAlerts.AT.plus(Duration.ofDays(3_650)));
    ResponseDecided unused = drill.enforce(future);
    ResponseDecided again = drill.enforce(from(ATTACKER));

    assertFalse(drill.ledger.live().isEmpty(), again.explanation());
    assertTrue(
        drill.ledger.live().stream()
            .allMatch(one -> !one.until().isAfter(drill.now().plus(Duration.ofHours(24)))),
        drill.ledger.live()::toString);
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  @Test
  void anAddressThatIsBlockedAlreadyIsNeverOpened() {
    for (ListArn arn : List.of(Lists.WEB, Lists.FIREWALL)) {
      simulated.have(Lists.list(arn, 10, "203.0.113.0/24"), Lists.BLOCKED);
    }

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertTrue(decided.explanation().contains("nothing to do"), decided.explanation());
    assertEquals(List.of(), changes);
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void aListThatLosesTheAddressMeanwhileGetsItBackWithTheLease() {
    simulated.have(Lists.list(Lists.WEB, 10_000, ATTACKER), Lists.BLOCKED);
    before.add(() -> simulated.have(Lists.list(Lists.WEB, 10_000), Lists.BLOCKED));

    assertEquals(ResponseOutcome.REQUESTED, drill.enforce(from(ATTACKER)).outcome());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.WEB));
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  @Test
  void anEntryIsWithdrawnFromAListThatWouldNowLetItIn() {
    before.add(() -> {});
    before.add(
        () ->
            simulated.have(
                simulated.list(Lists.WEB).orElseThrow(),
                new Blocklists.Uses(List.of("rule office of web ACL shop"), List.of())));

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided.explanation().contains("IP set web (it would let the address in: rule office"),
        decided.explanation());
    assertEquals(List.of(), blocked(Lists.WEB));
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.FIREWALL));
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.FIREWALL));
  }

  /** The release has removed the entries since the check began. */
  @Test
  void promise14ACheckOfAnEndedBlockAddsAndWithdrawsNothing() {
    drill.enforce(from(ATTACKER));
    Containment before = drill.ledger.live().getFirst();
    AddressBlock block = AddressBlock.read(before.subject());
    JsonNode state =
        assertInstanceOf(
                Progress.Pending.class,
                new PendingBlock(block, block.lists(), Map.of(), "", "").progress())
            .state();
    drill.release(LEASE);
    AwsScope scope =
        AwsScope.of(new NoNetwork()).with(new Addresses(new Watched(), listed, neverDeny));
    UndoRecord undo = LateCheck.of(drill.ledger, before, 0);
    changes.clear();

    assertThrows(Unavailable.class, () -> step.verify(scope, state, undo, Duration.ofSeconds(5)));

    assertEquals(List.of(), changes);
    assertEquals(List.of(), drill.ledger.live());

    drill.ledger.remember(before);
    assertThrows(Unavailable.class, () -> step.verify(scope, state, undo, Duration.ofSeconds(5)));
    assertEquals(List.of(), changes, "another list would not get it either");

    simulated.have(
        Lists.list(Lists.WEB, 10_000, ATTACKER),
        new Blocklists.Uses(List.of("rule office of web ACL shop"), List.of()));
    assertThrows(Unavailable.class, () -> step.verify(scope, state, undo, Duration.ofSeconds(5)));
    assertEquals(List.of(), changes, "the entry may be a person's by now");
  }

  @Test
  void aListThatSomebodyChangedMeanwhileIsReadAgain() {
    before.add(() -> simulated.have(Lists.list(Lists.WEB, 10_000, "192.0.2.1"), Lists.BLOCKED));

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(List.of("192.0.2.1/32", "203.0.113.9/32"), blocked(Lists.WEB));
  }

  @Test
  void aListThatWasFilledMeanwhileGetsNoEntry() {
    String[] others =
        IntStream.range(0, 100).mapToObj(i -> "198.51.100." + i).toArray(String[]::new);
    before.add(() -> simulated.have(Lists.list(Lists.WEB, 10_000, others), Lists.BLOCKED));

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(
        decided
            .explanation()
            .contains("not in IP set web (it has 100 entries; the playbook step allows 100)"),
        decided.explanation());
    assertEquals(100, blocked(Lists.WEB).size());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.FIREWALL));
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.FIREWALL));
  }

  @Test
  void promise11AListThatIsDeniedIsNamedAndTheOtherIsLeased() {
    denied = Optional.of(Lists.FIREWALL);

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(
        decided.explanation().contains("not in prefix list pl-0123456789abcdef0 (AccessDenied)"),
        decided.explanation());
    denied = Optional.empty();
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  @Test
  void aChangeThatIsDeniedEverywhereIsAFailureWithoutALease() {
    listed.remove(Lists.FIREWALL);
    denied = Optional.of(Lists.WEB);

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals("not taken: IP set web (AccessDenied)", decided.explanation());
    assertEquals(List.of(), drill.ledger.live());
  }

  @Test
  void aDeniedReleaseIsRetried() {
    ResponseDecided unused = drill.enforce(from(ATTACKER));
    denied = Optional.of(Lists.WEB);
    assertEquals(ResponseOutcome.FAILED, drill.release(LEASE).outcome());
    denied = Optional.empty();

    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
    assertEquals(List.of(), blocked(Lists.FIREWALL));
  }

  @Test
  void promise5AnAttemptThatWasKilledBetweenTwoListsIsFinished() {
    before.add(() -> {});
    before.add(
        () -> {
          throw new Drill.Killed();
        });
    assertThrows(Drill.Killed.class, () -> drill.enforce(from(ATTACKER)).toString());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.WEB));
    assertEquals(List.of(), blocked(Lists.FIREWALL));

    drill.pass(Duration.ofMinutes(3));
    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.FIREWALL));
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
    assertEquals(List.of(), blocked(Lists.WEB));
    assertEquals(List.of(), blocked(Lists.FIREWALL));
  }

  @Test
  void anEntryThatAPersonMadeItsOwnIsLeft() {
    ResponseDecided unused = drill.enforce(from(ATTACKER));
    Blocklist is = simulated.list(Lists.FIREWALL).orElseThrow();
    Change made = simulated.add(is, Lists.network(ATTACKER), "keep, see ticket 4711");
    assertEquals(new Change.Made(), made);

    ResponseDecided released = drill.release(LEASE);

    assertEquals(ResponseOutcome.RELEASED, released.outcome());
    assertTrue(released.explanation().contains("was left in"), released.explanation());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.FIREWALL));
    assertEquals(List.of(), blocked(Lists.WEB));
  }

  /** A row: a sentence, the fault of one list, and the reported outcome. */
  static Stream<Arguments> oneOfTwo() {
    return Stream.of(
        one(
            "full",
            test ->
                test.simulated.have(
                    Lists.list(Lists.FIREWALL, 2, "192.0.2.1", "192.0.2.2"), Lists.UNCLEAR),
            "prefix list pl-0123456789abcdef0 has 2 entries; it can have 2"),
        one(
            "gone",
            test -> test.simulated.delete(Lists.FIREWALL),
            "prefix list pl-0123456789abcdef0 does not exist"),
        one(
            "in another region",
            test ->
                test.listed.add(
                    ListArn.read(Lists.FIREWALL.arn().replace(Account.REGION, "us-east-1"))
                        .orElseThrow()),
            "is in account 111122223333, us-east-1"),
        one(
            "a list of who is let in",
            test ->
                test.simulated.have(
                    Lists.list(Lists.FIREWALL, 10),
                    new Blocklists.Uses(List.of("a rule of security group sg-1"), List.of())),
            "would let the address in: a rule of security group sg-1"));
  }

  private static Arguments one(String sentence, Consumer<BlockAddressTest> first, String told) {
    return Arguments.of(sentence, first, told);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oneOfTwo")
  void aListThatCannotBeUsedDoesNotKeepTheOthersFromBlocking(
      String sentence, Consumer<BlockAddressTest> first, String told) {
    first.accept(this);

    ResponseDecided decided = drill.enforce(from(ATTACKER));

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(List.of("203.0.113.9/32"), blocked(Lists.WEB));
    assertTrue(
        decided.explanation().contains("; left out: ") && decided.explanation().contains(told),
        decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, drill.release(LEASE).outcome());
  }
}
