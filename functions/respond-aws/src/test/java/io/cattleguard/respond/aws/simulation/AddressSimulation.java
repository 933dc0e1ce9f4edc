package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.address.BlockAddress;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.InMemoryBlocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.blocklist.Lists;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Simulates attackers of an account with three block lists, findings about them that are forged,
 * replayed, outdated or duplicated, or that name an address of the account itself, and people who
 * change the lists.
 */
final class AddressSimulation extends AwsSimulation {
  private static final String BLOCK = "block-address";
  private static final int MOST = 12;
  private static final int WEB_PORT = 443;
  private static final String LEFT_OUT = "; left out: ";
  private static final Set<String> CHANGES = Set.of("add", "remove");
  private static final List<ListArn> ALL = List.of(Lists.WEB, Lists.WEB_6, Lists.FIREWALL);

  /** Addresses of the account itself, of its partner, or of no host on the internet. */
  private static final List<String> NEVER =
      List.of("198.51.100.7", "192.0.2.7", "10.0.0.7", "::ffff:10.0.0.7", "0.0.0.0", "0.0.0.0/0");

  private final InMemoryBlocklists lists = new InMemoryBlocklists();
  private final List<String> attackers = new ArrayList<>();
  private final Playbooks playbooks;

  /**
   * The entries that responders added and that were not removed since, with later changes by
   * people.
   */
  private final Map<String, Boolean> added = new HashMap<>();

  /** The time at which a responder blocked a network, by network. */
  private final Map<String, Long> blocked = new HashMap<>();

  private int alerts;

  AddressSimulation(long seed) {
    super(seed);
    Random random = random();
    for (int i = 1; i <= 4; i++) {
      attackers.add("203.0.113." + i);
    }
    attackers.add("2001:db8:0:1::7");
    for (ListArn arn : ALL) {
      lists.have(
          Lists.list(arn, arn.equals(Lists.FIREWALL) ? MOST : 10_000),
          arn.isIpSet()
              ? List.of(Lists.BLOCKED, Lists.BLOCKED, Lists.IDLE, Lists.UNCLEAR)
                  .get(random.nextInt(4))
              : Lists.UNCLEAR);
    }
    lists.own(Lists.network("192.0.2.0/24"), "has addresses of VPC vpc-1");
    Duration lease = random.nextBoolean() ? Duration.ofHours(4) : Duration.ofMinutes(3);
    Playbook playbook =
        new Playbook(
            "contain",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            mode(),
            Duration.ofMinutes(30),
            List.of(new BlockAddress(lease, 32, 64, MOST)),
            new Budget(Budget.Per.WORKLOAD, 1 + random.nextInt(6), Duration.ofMinutes(10)),
            Optional.empty(),
            approval());
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private static Cidr network(String attacker) {
    return Lists.network(attacker.indexOf(':') >= 0 ? "2001:db8:0:1::/64" : attacker);
  }

  private static AddressBlock block(Cidr network) {
    return new AddressBlock(Account.ID, Account.REGION, network, List.of());
  }

  private static String key(ListArn arn, Cidr network) {
    return arn.inWords() + " " + network.inWords();
  }

  private Blocklist list(ListArn arn) {
    return lists.list(arn).orElseThrow();
  }

  /** Reports the changes of responders. */
  private final class Watched implements Blocklists {
    @Override
    public Optional<Blocklist> list(ListArn arn) {
      return lists.list(arn);
    }

    @Override
    public Uses uses(ListArn arn, Cidr network) {
      return lists.uses(arn, network);
    }

    @Override
    public Optional<String> own(Cidr network) {
      return lists.own(network);
    }

    @Override
    public Network.Change add(Blocklist read, Cidr network, String note) {
      adding(read, network);
      Network.Change change = lists.add(read, network, note);
      if (change instanceof Network.Change.Made) {
        added.put(key(read.arn(), network), false);
        blocked.put(network.inWords(), ordinal());
      }
      return change;
    }

    @Override
    public Network.Change remove(Blocklist read, Cidr network) {
      removing(read.arn(), network);
      Network.Change change = lists.remove(read, network);
      if (change instanceof Network.Change.Made) {
        added.remove(key(read.arn(), network));
        undone(block(network).inWords());
        disturb(network.inWords());
      }
      return change;
    }
  }

  private void adding(Blocklist read, Cidr network) {
    AddressBlock block = block(network);
    String what = "block-address of " + block.inWords() + " in " + read.arn().inWords();
    Ledger.Key key = new Ledger.Key(BLOCK, block.uid());
    approved(what, key);
    acting(what, block.uid(), block.workload(), block.neighbourhood(), false);
    containing(what, key);
    if (attackers.stream().noneMatch(one -> network(one).equals(network))) {
      violate(what + ", which is no attacker");
    }
    Blocklists.Uses uses = lists.uses(read.arn(), network);
    if (!uses.allowing().isEmpty() && !isDisturbed(read.arn().arn())) {
      violate(what + ", which would let it in");
    }
    if (uses.isIdle() && !isDisturbed(read.arn().arn()) && !isContinued(key)) {
      violate(what + ", which blocks nothing");
    }
    if (read.entries().size() >= MOST && !isDisturbed(read.arn().arn())) {
      violate(what + ", which is full");
    }
    if (ledger().remembered(key).isEmpty()) {
      violate(what + " without a lease");
    }
  }

  /**
   * An earlier attempt began it. A call without an answer may still add the entry, so each list of
   * that attempt gets it, also one that blocks nothing since.
   */
  private boolean isContinued(Ledger.Key key) {
    return ledger().remembered(key).filter(one -> one.since().isBefore(began())).isPresent();
  }

  private void removing(ListArn arn, Cidr network) {
    String what = "unblock " + network.inWords() + " in " + arn.inWords();
    Ledger.Key key = new Ledger.Key(BLOCK, block(network).uid());
    if (ledger()
        .remembered(key)
        .filter(one -> AddressBlock.read(one.subject()).lists().contains(arn))
        .isEmpty()) {
      violate(what + ", which no responder blocked");
    }
    if (ledger().remembered(key).filter(one -> one.isInTurn(now())).isPresent()) {
      releasing(what, key);
    } else if (lists.uses(arn, network).allowing().isEmpty() && !isDisturbed(arn.arn())) {
      violate(what + ", which is no release, and the list does not let the address in");
    }
  }

  @Override
  protected Playbooks playbooks() {
    return playbooks;
  }

  @Override
  protected Places places() {
    return Places.of(
        AwsScope.class,
        AwsScope.of(new NoNetwork())
            .with(
                new Addresses(
                    faulty(Blocklists.class, new Watched(), Set.of(), CHANGES),
                    ALL,
                    List.of(Lists.network("198.51.100.0/24")))));
  }

  @Override
  protected void alert() {
    Random random = random();
    String attacker = attackers.get(random.nextInt(attackers.size()));
    Target.Builder target = Account.target();
    String peer = attacker;
    String direction = "inbound";
    boolean replayed = false;
    boolean honest = false;
    switch (random.nextInt(10)) {
      case 0 -> target.cluster("blue");
      case 1 -> target.account("444455556666");
      case 2 -> direction = "outbound";
      case 3 -> replayed = true;
      case 4, 5 -> peer = NEVER.get(random.nextInt(NEVER.size()));
      default -> honest = true;
    }
    if (honest) {
      see(block(network(attacker)).uid());
    }
    // A finding about an instance, or about what a web ACL may protect, on a port of the web or
    // not.
    if (random.nextBoolean()) {
      target.instance(null);
    }
    int port = random.nextInt(3) == 0 ? 22 : 443;
    ScoredAlert scored = scored("f" + alerts++, target.build(), peer, port, direction);
    for (int i = 0; i < (random.nextInt(8) == 0 ? 2 : 1); i++) {
      post(now().plusMillis(random.nextInt(5_000)), scored, replayed);
    }
  }

  private ScoredAlert scored(String id, Target target, String peer, int port, String direction) {
    ScoredAlert made =
        Account.scored(
            Account.finding(
                id, target, new ObservedConnection(peer, 51_844, port, "tcp", direction)));
    return Account.scored(Account.at(made.alert(), now()));
  }

  @Override
  protected void interfere(int what) {
    Random random = random();
    ListArn arn = ALL.get(random.nextInt(ALL.size()));
    Cidr network = network(attackers.get(random.nextInt(attackers.size())));
    if (list(arn).isIpv4() != network.isIpv4()) {
      return;
    }
    disturb(arn.arn());
    switch (what) {
      case 5 -> {
        change(lists.remove(list(arn), network));
        added.computeIfPresent(key(arn, network), (key, touched) -> true);
        disturb(network.inWords());
        undone(block(network).inWords());
      }
      case 6 -> {
        change(lists.add(list(arn), network, "of a person"));
        added.computeIfPresent(key(arn, network), (key, touched) -> true);
        disturb(network.inWords());
      }
      default -> {
        lists.have(
            list(arn),
            switch (random.nextInt(6)) {
              case 0, 1 -> new Blocklists.Uses(List.of("rule office of web ACL shop"), List.of());
              case 2 -> arn.isIpSet() ? Lists.IDLE : Lists.UNCLEAR;
              case 3 -> Lists.UNCLEAR;
              default -> arn.isIpSet() ? Lists.BLOCKED : Lists.UNCLEAR;
            });
        // A list that lets in what it contains loses our entries, and one that blocks again gets
        // them with the next alert, so each address may be told as blocked once more.
        attackers.forEach(one -> undone(block(network(one)).inWords()));
      }
    }
  }

  private static void change(Network.Change change) {
    if (change instanceof Network.Change.Gone) {
      throw new Unavailable("no list");
    }
  }

  @Override
  protected void repair() {
    for (ListArn arn : ALL) {
      disturb(arn.arn());
      lists.have(list(arn), arn.isIpSet() ? Lists.BLOCKED : Lists.UNCLEAR);
    }
  }

  /** Also of an entry that a person had removed before. */
  @Override
  protected void heard(ResponseDecided decided) {
    if (decided.outcome() == ResponseOutcome.RELEASED) {
      undone(decided.target());
    }
    for (String attacker : attackers) {
      Cidr network = network(attacker);
      if (decided.outcome() == ResponseOutcome.REQUESTED
          && block(network).inWords().equals(decided.target())) {
        checkSaid(decided, network, blocked.getOrDefault(network.inWords(), 0L));
      }
    }
  }

  @Override
  protected String objectOf(ResponseDecided decided) {
    return decided.target();
  }

  /** An entry in a list never means that the attack has ended. */
  @Override
  protected void checkTaken(ResponseDecided decided) {
    violate("told as taken: " + decided.explanation());
  }

  /** Each list that is named has the entry, and what is said to block it does. */
  private void checkSaid(ResponseDecided decided, Cidr network, long since) {
    if (isDisturbedSince(network.inWords(), since)) {
      return;
    }
    String said = decided.explanation();
    String leftOut =
        said.contains(LEFT_OUT) ? said.substring(said.indexOf(LEFT_OUT)).split(": ", 2)[1] : "";
    List<ListArn> its = ALL.stream().filter(arn -> list(arn).isIpv4() == network.isIpv4()).toList();
    boolean blocks = false;
    boolean mayBlock = false;
    boolean changed = false;
    for (ListArn arn : its) {
      boolean covers = list(arn).covers(network);
      Blocklists.Uses uses = lists.uses(arn, network);
      changed |= isDisturbedSince(arn.arn(), since);
      blocks |= covers && !uses.blocking().isEmpty();
      mayBlock |= covers && !uses.isIdle();
      if (!covers
          && said.contains(arn.inWords())
          && !leftOut.contains(arn.inWords())
          && !isDisturbedSince(arn.arn(), since)) {
        violate("told as listed, and is not in " + arn.inWords() + ": " + said);
      }
    }
    if (!changed && !mayBlock) {
      violate("told as requested, and nothing can block it: " + said);
    }
    if (!changed && !blocks && said.contains("web requests are blocked by")) {
      violate("told as blocked, and nothing blocks it: " + said);
    }
    boolean isUnseen =
        decided.scored().alert().target().instance() != null
            || !Objects.equals(decided.scored().alert().network().localPort(), WEB_PORT);
    boolean isTold =
        said.contains("AWS WAF sees only web requests")
            || said.contains("that does not stop this attack")
            || !said.contains("web requests are blocked by");
    if (isUnseen && !isTold && !isShort(said)) {
      violate("not told what is not stopped: " + said);
    }
  }

  /** Repeats no effect. */
  private static boolean isShort(String said) {
    return said.contains(" changed nothing: ");
  }

  private boolean isBlocked(Cidr network) {
    return ALL.stream()
        .map(this::list)
        .filter(list -> list.isIpv4() == network.isIpv4())
        .allMatch(list -> list.covers(network));
  }

  /**
   * A list that could not be used at first gets the entry with the next block, not with this one.
   */
  private boolean isInItsLists(Cidr network) {
    return ledger()
        .remembered(new Ledger.Key(BLOCK, block(network).uid()))
        .filter(
            one ->
                AddressBlock.read(one.subject()).lists().stream()
                    .allMatch(arn -> list(arn).covers(network)))
        .isPresent();
  }

  /** Each honest finding about an attacker gets a response: an effect or a message. */
  @Override
  protected void answer() {
    Set<String> all = new TreeSet<>(attackers);
    for (String attacker : all) {
      if (hasViolations()) {
        return;
      }
      Cidr network = network(attacker);
      see(block(network).uid());
      String object = block(network).inWords();
      boolean isBlocked = isBlocked(network) || isUndone(object) || isInItsLists(network);
      ScoredAlert last =
          scored("last-" + attacker, Account.target().build(), attacker, WEB_PORT, "inbound");
      if (!isAnswered(last) && !isBlocked && !isToldNotAgain(object::equals)) {
        violate("nothing came of the alert about " + attacker);
      }
    }
  }

  @Override
  protected void checkEnd() {
    added.forEach(
        (key, touched) -> {
          if (!touched) {
            violate("still blocked at the end: " + key);
          }
        });
  }
}
