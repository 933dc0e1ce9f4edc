package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.QuarantineInstance;
import io.cattleguard.respond.aws.actions.RevokeIngress;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.SecurityGroup;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Simulates a random account, findings that are forged, replayed, outdated, duplicated or about an
 * instance that was restarted since, and people who change groups, rules, tags, instances and
 * scaling groups.
 */
final class AccountSimulation extends AwsSimulation implements AccountWorld.Observer {
  private static final String QUARANTINE = "quarantine-instance";
  private static final String REVOKE = "revoke-ingress";
  private static final Set<String> CHANGES =
      Set.of("setGroups", "revoke", "authorize", "enterStandby", "exitStandby");
  private static final List<String> PEERS = List.of("203.0.113.9", "198.51.100.7");
  private static final List<Integer> PORTS = List.of(22, 443, 3389);

  private final AccountWorld world;
  private final Playbooks playbooks;

  /** The groups of an interface before a responder took them, by interface. */
  private final Map<String, List<String>> before = new HashMap<>();

  /** When a responder contained an object, by UID. */
  private final Map<String, Long> contained = new HashMap<>();

  /** The instances that responders put into standby. */
  private final Set<String> standby = new HashSet<>();

  /** The rules that responders revoked and that neither they nor people restored. */
  private final List<IngressRule> revoked = new ArrayList<>();

  private final List<IngressRule> open = new ArrayList<>();

  /** The time of the last honest finding about each instance. */
  private final Map<String, Instant> seenAt = new HashMap<>();

  /** The connections of honest findings, by security group. */
  private final Map<String, Set<ObservedConnection>> connections = new HashMap<>();

  /** The last outcome of which people were notified, by action and object. */
  private final Map<String, Long> receipts = new HashMap<>();

  /** The time of the first action of responders, by action and object. */
  private final Map<String, Long> acted = new HashMap<>();

  /** The rules that people removed. */
  private final List<IngressRule> removed = new ArrayList<>();

  /** The former content of rules that people changed, by id. */
  private final Map<String, IngressRule> edited = new HashMap<>();

  /** When a process read a group for the last time. */
  private final Map<Object, Long> read = new HashMap<>();

  /** The releases that were left to people. */
  private final Set<String> leftToPeople = new HashSet<>();

  private int alerts;

  AccountSimulation(long seed) {
    super(seed);
    Random random = random();
    this.world = new AccountWorld(random, START, this);
    populate();
    Duration lease = random.nextBoolean() ? Duration.ofHours(4) : Duration.ofMinutes(3);
    QuarantineInstance quarantine = new QuarantineInstance(lease, random.nextInt(4) > 0);
    RevokeIngress revoke = new RevokeIngress(lease, 10);
    List<Action<?, ?>> steps =
        switch (random.nextInt(4)) {
          case 0 -> List.of(revoke);
          case 1 -> List.of(revoke, quarantine);
          default -> List.of(quarantine, revoke);
        };
    Playbook playbook =
        new Playbook(
            "contain",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            mode(),
            Duration.ofMinutes(30),
            steps,
            new Budget(
                List.of(Budget.Per.values()).get(random.nextInt(3)),
                1 + random.nextInt(6),
                Duration.ofMinutes(10)),
            Optional.empty(),
            approval());
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private void populate() {
    Random random = random();
    world.addQuarantine(Account.QUARANTINE);
    for (int i = 0; i < 3 + random.nextInt(4); i++) {
      world.add(group("sg-" + i));
    }
    for (int i = 0; i < 2 + random.nextInt(5); i++) {
      runOne();
    }
    for (int i = 0; i < random.nextInt(3); i++) {
      int desired = 1 + random.nextInt(3);
      world.add(
          AccountWorld.scaling(
              "asg-" + i, random.nextInt(6) > 0, desired, desired + random.nextInt(2)));
    }
  }

  private SecurityGroup group(String id) {
    Random random = random();
    List<IngressRule> rules = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      rules.add(rule(id, "sgr-" + id + "-" + i));
    }
    Map<String, String> tags =
        switch (random.nextInt(10)) {
          case 0 -> Map.of();
          case 1 -> Map.of(AccountWorld.RESPOND, "restore");
          case 2 -> Map.of(AccountWorld.RESPOND, "allowed", AccountWorld.PROTECTED, "");
          default -> Account.ALLOWED;
        };
    return new SecurityGroup(
        Account.ID, Account.REGION, id, Account.VPC, tags, rules, List.of(), rules.size(), 0);
  }

  private IngressRule rule(String group, String id) {
    Random random = random();
    int port = PORTS.get(random.nextInt(PORTS.size()));
    return new IngressRule(
        Account.ID,
        Account.REGION,
        group,
        id,
        "tcp",
        port,
        port,
        List.of("0.0.0.0/0", "203.0.113.0/24", "198.51.100.0/24").get(random.nextInt(3)),
        Optional.of("a test"));
  }

  /** An ordinary instance, an EKS node, or a protected one. */
  private void runOne() {
    Random random = random();
    String id = world.next();
    Map<String, String> tags = new HashMap<>();
    List<Interface> interfaces = new ArrayList<>();
    interfaces.add(world.networkInterface(Account.ALLOWED, world.someGroups()));
    int kind = random.nextInt(10);
    if (kind < 4) {
      tags.putAll(Account.ALLOWED);
      tags.put("kubernetes.io/cluster/blue", "owned");
      for (int i = 0; i < 1 + random.nextInt(2); i++) {
        interfaces.add(world.networkInterface(Map.of(AccountWorld.NODE, id), world.someGroups()));
      }
    } else if (kind < 6) {
      interfaces.add(world.networkInterface(Account.ALLOWED, world.someGroups()));
    } else if (kind == 6) {
      interfaces.add(world.networkInterface(Map.of(), world.someGroups()));
    } else if (kind == 7) {
      tags.put(random.nextBoolean() ? AccountWorld.PROTECTED : "k8s.io/role/master", "");
    }
    if (random.nextInt(6) == 0) {
      Interface one = interfaces.getLast();
      boolean trunk = random.nextBoolean();
      interfaces.add(
          new Interface(
              one.id() + "-more", one.vpc(), trunk, trunk, Account.ALLOWED, world.someGroups()));
    }
    world.run(id, tags, START.minus(Duration.ofHours(2)), interfaces);
  }

  @Override
  protected Playbooks playbooks() {
    return playbooks;
  }

  @Override
  protected Places places() {
    return Places.of(AwsScope.class, AwsScope.of(faulty(Network.class, world, Set.of(), CHANGES)));
  }

  @Override
  protected void passed() {
    world.pass(now());
  }

  @Override
  protected Object denied() {
    return new Network.Change.Denied("UnauthorizedOperation: a policy was changed");
  }

  // The findings that GuardDuty and attackers send.

  @Override
  protected void alert() {
    List<Instance> running = world.running();
    if (running.isEmpty()) {
      return;
    }
    Random random = random();
    Instant now = now();
    Instance one = running.get(random.nextInt(running.size()));
    Target.Builder target = target(one);
    String source = "guardduty";
    Instant at = now.minusMillis(random.nextInt(60_000));
    boolean replayed = false;
    boolean honest = true;
    String[] traits = {};
    switch (random.nextInt(14)) {
      case 0 -> {
        target.cluster("blue");
        honest = false;
      }
      case 1 -> {
        source = "falco";
        honest = false;
      }
      case 2 -> {
        target.account("444455556666");
        honest = false;
      }
      case 3 -> {
        target.region("us-east-1");
        honest = false;
      }
      case 4 -> {
        at = now.minus(Duration.ofMinutes(31 + random.nextInt(100)));
        honest = false;
      }
      case 5 -> {
        replayed = true;
        honest = false;
      }
      case 6 -> {
        traits = new String[] {Trait.REPLAYED.id()};
        honest = false;
      }
      case 7 -> at = now.minus(Duration.ofMinutes(random.nextInt(25)));
      case 8 -> {
        traits = new String[] {"sample"};
        honest = false;
      }
      default -> {}
    }
    ObservedConnection connection =
        new ObservedConnection(
            PEERS.get(random.nextInt(PEERS.size())),
            51_844,
            PORTS.get(random.nextInt(PORTS.size())),
            "tcp",
            "inbound");
    if (honest) {
      see(one, target.build(), connection, at);
    }
    String id = "f" + alerts++;
    ScoredAlert scored = scored(id, source, target.build(), connection, at, traits);
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(now.plusMillis(random.nextInt(5_000)), scored, replayed);
    }
  }

  /**
   * An instance that was restarted is not the instance of the finding, but the rule may still be
   * the same.
   */
  private void see(Instance one, Target target, ObservedConnection connection, Instant at) {
    if (!one.launchedAt().isAfter(at)) {
      see(one.uid());
      seenAt.merge(one.uid(), at, (a, b) -> a.isAfter(b) ? a : b);
    }
    connections
        .computeIfAbsent(String.valueOf(target.securityGroup()), id -> new HashSet<>())
        .add(connection);
  }

  private Target.Builder target(Instance one) {
    List<String> groups = before.getOrDefault(one.interfaces().getFirst().id(), one.groups());
    return Target.builder()
        .account(Account.ID)
        .region(Account.REGION)
        .instance(one.id())
        .securityGroup(groups.get(random().nextInt(groups.size())));
  }

  private static ScoredAlert scored(
      String id,
      String source,
      Target target,
      ObservedConnection connection,
      Instant at,
      String... traits) {
    Alert made = Account.finding(id, target, connection, traits);
    Alert alert =
        new Alert(
            id,
            made.alertClass(),
            source,
            made.rule(),
            made.severity(),
            made.tactics(),
            made.techniques(),
            made.traits(),
            target,
            made.process(),
            connection,
            made.title(),
            at,
            1,
            List.of(),
            "{}",
            null,
            List.of());
    return new ScoredAlert(
        new AcceptedAlert(alert, "f00d", Acceptance.OPENED, 1, at, at, 1, 1),
        85,
        List.of(new Points(85, "a test")));
  }

  // What people do.

  @Override
  protected void interfere(int what) {
    List<Instance> running = world.running();
    Random random = random();
    switch (what) {
      case 5 -> {
        if (!running.isEmpty()) {
          changeInstance(running.get(random.nextInt(running.size())));
        }
      }
      case 6 -> {
        List<SecurityGroup> groups = world.securityGroups();
        changeGroup(groups.get(random.nextInt(groups.size())));
      }
      default -> changeScaling();
    }
  }

  private void changeInstance(Instance one) {
    Random random = random();
    List<Interface> interfaces = new ArrayList<>(one.interfaces());
    trace("a person changes " + inWords(one));
    disturb(one.uid());
    undone(inWords(one));
    switch (random.nextInt(6)) {
      case 0 -> {
        world.terminate(one.id());
        runOne();
      }
      case 1 -> world.change(AccountWorld.with(one, now(), interfaces));
      case 2 -> {
        interfaces.add(world.networkInterface(Account.ALLOWED, world.someGroups()));
        world.change(AccountWorld.with(one, one.launchedAt(), interfaces));
      }
      case 3 -> {
        if (interfaces.size() > 1) {
          interfaces.removeLast();
          world.change(AccountWorld.with(one, one.launchedAt(), interfaces));
        }
      }
      default -> {
        int which = random.nextInt(interfaces.size());
        Interface is = interfaces.get(which);
        interfaces.set(
            which,
            new Interface(is.id(), is.vpc(), is.ours(), is.trunk(), is.tags(), world.someGroups()));
        world.change(AccountWorld.with(one, one.launchedAt(), interfaces));
      }
    }
  }

  private void changeGroup(SecurityGroup group) {
    if (group.id().equals(Account.QUARANTINE)) {
      return;
    }
    Random random = random();
    trace("a person changes " + group.id());
    disturb(group.id());
    List<IngressRule> back =
        revoked.stream().filter(one -> one.group().equals(group.id())).toList();
    switch (random.nextInt(6)) {
      case 4 -> {
        if (!group.ingress().isEmpty()) {
          IngressRule rule = group.ingress().get(random.nextInt(group.ingress().size()));
          edited.putIfAbsent(rule.id(), rule);
          world.edit(group, rule, narrowed(rule));
        }
      }
      case 5 -> {
        for (IngressRule rule : group.ingress()) {
          if (edited.containsKey(rule.id())) {
            undone(IngressRule.inWords(rule.uid()));
            world.edit(group, rule, edited.remove(rule.id()));
            return;
          }
        }
      }
      case 0 -> {
        for (IngressRule rule : back) {
          if (group.ingress().stream().noneMatch(rule::isLike)) {
            undone(IngressRule.inWords(rule.uid()));
            open.removeIf(rule::equals);
            world.addRule(group, addedAgain(rule));
            return;
          }
        }
      }
      case 1 -> world.addRule(group, rule(group.id(), "sgr-by-hand-" + ordinal()));
      case 2 -> {
        if (!group.ingress().isEmpty()) {
          IngressRule rule = group.ingress().get(random.nextInt(group.ingress().size()));
          removed.add(rule);
          // Other releases did not restore equal rules because of this one; only a person may
          // remove it.
          open.removeIf(rule::isLike);
          world.removeRule(group, rule);
        }
      }
      default -> world.tag(group, group.tags().isEmpty() ? Account.ALLOWED : Map.of());
    }
  }

  /** A rule that was revoked never comes back under its id. */
  private IngressRule addedAgain(IngressRule rule) {
    return new IngressRule(
        rule.account(),
        rule.region(),
        rule.group(),
        rule.id() + "-again-" + ordinal(),
        rule.protocol(),
        rule.fromPort(),
        rule.toPort(),
        rule.cidr(),
        rule.description());
  }

  /** The same rule for one person's address. */
  private static IngressRule narrowed(IngressRule rule) {
    return new IngressRule(
        rule.account(),
        rule.region(),
        rule.group(),
        rule.id(),
        rule.protocol(),
        rule.fromPort(),
        rule.toPort(),
        "192.0.2.7/32",
        rule.description());
  }

  private void changeScaling() {
    Random random = random();
    for (AccountWorld.Scaling scaling : world.scalings()) {
      if (random.nextBoolean()) {
        scaling.desired = Math.max(1, scaling.desired - 1 + random.nextInt(2));
        scaling.max = scaling.desired + random.nextInt(2);
      }
    }
    List<Membership> members =
        world.running().stream().flatMap(one -> world.ec2.membership(one.id()).stream()).toList();
    if (!members.isEmpty() && random.nextInt(4) == 0) {
      Membership one = members.get(random.nextInt(members.size()));
      if (one.isInService() || one.isInStandby()) {
        trace("a person moves " + one.instance());
        disturb(one.instance());
        standby.remove(one.instance());
        world.move(one);
      }
    }
  }

  /** People give the role its permissions back, and the groups room. */
  @Override
  protected void repair() {
    for (SecurityGroup group : world.securityGroups()) {
      if (!group.id().equals(Account.QUARANTINE) && !group.tags().containsKey("fixed")) {
        world.tag(group, Account.ALLOWED);
        disturb(group.id());
      }
    }
    for (AccountWorld.Scaling scaling : world.scalings()) {
      scaling.max = scaling.desired + 100;
      scaling.allowed = true;
    }
  }

  // What must hold.

  @Override
  public void swapping(Instance instance, Interface now, List<String> to) {
    String what = "set " + now.inWords() + " of " + instance.id() + " to " + to;
    if (to.equals(List.of(Account.QUARANTINE))) {
      acting(QUARANTINE, instance, what);
      if (!world.mayBeTouched(instance, now) && !isDisturbed(instance.uid())) {
        violate(what + ", which has no tag");
      }
      Optional<Interface> stored =
          stored(instance)
              .flatMap(
                  had ->
                      had.interfaces().stream()
                          .filter(one -> one.id().equals(now.id()))
                          .findFirst());
      if (!now.isOnlyIn(Account.QUARANTINE)) {
        containing(what, new Ledger.Key(QUARANTINE, instance.uid()));
        if (stored.filter(had -> had.groups().equals(now.groups())).isEmpty()
            && !isDisturbed(instance.uid())) {
          violate(what + " without having stored its groups");
        }
        // EC2 has no conditional write: a change of a person in this very moment is lost.
        before.put(now.id(), stored.map(Interface::groups).orElse(now.groups()));
      }
      contained.put(instance.uid(), ordinal());
      return;
    }
    releasing(what, new Ledger.Key(QUARANTINE, instance.uid()));
    if (!to.equals(before.get(now.id()))
        && !to.equals(now.groups())
        && !isDisturbed(instance.uid())) {
      violate(what + ", but it had " + before.get(now.id()));
    }
    if (!now.isOnlyIn(Account.QUARANTINE)
        && !now.groups().equals(to)
        && !isDisturbed(instance.uid())) {
      violate(what + " over groups that a person gave it");
    }
    ended(instance);
  }

  private void ended(Instance instance) {
    disturb(instance.uid());
    undone(inWords(instance));
  }

  private Optional<Instance> stored(Instance instance) {
    return ledger()
        .remembered(new Ledger.Key(QUARANTINE, instance.uid()))
        .map(containment -> Instance.read(containment.subject()));
  }

  private static String inWords(Instance instance) {
    return Instance.inWords(instance.uid());
  }

  private void acting(String action, Instance instance, String what) {
    approved(what, new Ledger.Key(action, instance.uid()));
    acted.putIfAbsent(action + " " + inWords(instance), ordinal());
    acting(
        what,
        instance.uid(),
        instance.workload(),
        instance.neighbourhood(),
        instance.tags().containsKey(AccountWorld.PROTECTED)
            || instance.tags().containsKey("k8s.io/role/master"));
    if (stored(instance).isEmpty()) {
      violate(what + " without a lease");
    }
    if (instance.launchedAt().isAfter(seenAt.getOrDefault(instance.uid(), Instant.MIN))
        && !isDisturbed(instance.uid())) {
      violate(what + ", which was restarted after every finding");
    }
  }

  @Override
  public void entering(Membership member) {
    Instance instance = world.actualInstance(member.instance()).orElseThrow();
    String what = "put " + instance.id() + " into standby";
    acting(QUARANTINE, instance, what);
    if (stored(instance).flatMap(Instance::standby).isEmpty()) {
      violate(what + " without having stored it");
    }
    standby.add(member.instance());
  }

  /** A call without an answer may have begun the standby, so the release ends what it stored. */
  @Override
  public void leaving(Membership member) {
    Instance instance = world.actualInstance(member.instance()).orElseThrow();
    if (!standby.contains(member.instance())
        && !isDisturbed(member.instance())
        && stored(instance).flatMap(Instance::standby).isEmpty()) {
      violate("ended a standby of " + member.instance() + " that a person began");
    }
  }

  @Override
  public void revoking(IngressRule rule) {
    String what = "revoke " + rule.id() + ", " + rule.whatItLetsIn() + " of " + rule.group();
    SecurityGroup group = world.actual(rule.group()).orElseThrow();
    List<ObservedConnection> honest =
        connections.getOrDefault(rule.group(), Set.of()).stream()
            .filter(one -> letsIn(rule, one))
            .toList();
    if (!honest.isEmpty()) {
      see(rule.uid());
    }
    approved(what, new Ledger.Key(REVOKE, rule.uid()));
    acted.putIfAbsent(REVOKE + " " + IngressRule.inWords(rule.uid()), ordinal());
    acting(
        what,
        rule.uid(),
        rule.workload(),
        rule.neighbourhood(),
        group.tags().containsKey(AccountWorld.PROTECTED));
    if (honest.stream()
            .noneMatch(one -> group.ingress().stream().filter(r -> letsIn(r, one)).count() == 1)
        && !world.wasStale(rule.group(), began())
        && !isDisturbed(rule.group())) {
      violate(what + ", which is not the only one");
    }
    if (!"allowed".equals(group.tags().get(AccountWorld.RESPOND)) && !isDisturbed(rule.group())) {
      violate(what + ", whose group has no tag");
    }
    containing(what, new Ledger.Key(REVOKE, rule.uid()));
    if (ledger().remembered(new Ledger.Key(REVOKE, rule.uid())).isEmpty()) {
      violate(what + " without a lease");
    }
    disturb(rule.group());
    contained.put(rule.uid(), ordinal());
    revoked.add(rule);
    if ("allowed".equals(group.tags().get(AccountWorld.RESPOND))) {
      open.add(rule);
    }
  }

  /**
   * An attempt that is killed before it stores this response leaves a containment. Its release
   * cannot know who removed the rule and restores it, because the attempt may have revoked it.
   */
  @Override
  public void revokingNothing(IngressRule rule) {
    revoked.add(rule);
  }

  @Override
  public void reading(String group) {
    read.put(List.of(process(), group), ordinal());
  }

  private static boolean letsIn(IngressRule rule, ObservedConnection one) {
    return rule.letsIn(
        String.valueOf(one.peer()),
        Optional.ofNullable(one.localPort()).orElseThrow(),
        Optional.ofNullable(one.protocol()));
  }

  @Override
  public void authorizing(IngressRule rule) {
    // EC2 does not say who removed a rule while an attempt had no answer.
    if (revoked.stream().noneMatch(rule::equals) && removed.stream().noneMatch(rule::equals)) {
      violate("restored " + rule + ", which no responder revoked");
    }
    releasing("restored " + rule, new Ledger.Key(REVOKE, rule.uid()));
    open.removeIf(rule::equals);
    disturb(rule.uid());
    disturb(rule.group());
    undone(IngressRule.inWords(rule.uid()));
  }

  @Override
  protected void heard(ResponseDecided decided) {
    receipts.put(decided.action() + " " + decided.target(), ordinal());
    if (decided.outcome() == ResponseOutcome.REFUSED
        && (decided.explanation().contains("were changed since the quarantine")
            || decided.explanation().contains("was changed and not revoked"))) {
      leftToPeople.add(decided.target());
      undone(decided.target());
    }
  }

  @Override
  protected String objectOf(ResponseDecided decided) {
    return decided.target();
  }

  /** A redelivery, or a sweep, reports the stored outcome of a killed attempt with its time. */
  private boolean isNew(ResponseDecided decided) {
    return !decided.decidedAt().isBefore(began());
  }

  @Override
  protected void checkTaken(ResponseDecided decided) {
    if (decided.action().equals(QUARANTINE)) {
      for (Instance one : world.running()) {
        if (inWords(one).equals(decided.target())
            && !isDisturbedSince(one.uid(), contained.getOrDefault(one.uid(), 0L))) {
          checkTaken(one, decided);
        }
      }
      return;
    }
    for (IngressRule rule : revoked) {
      Long readAt = read.get(List.of(process(), rule.group()));
      if (IngressRule.inWords(rule.uid()).equals(decided.target())
          && (!isDisturbedSince(rule.group(), contained.getOrDefault(rule.uid(), 0L) + 1)
              || (readAt != null && isNew(decided) && !isDisturbedSince(rule.group(), readAt)))
          && world.actual(rule.group()).stream()
              .anyMatch(group -> group.ingress().stream().anyMatch(rule::isLike))) {
        violate("told as revoked, and is not: " + decided.target());
      }
    }
    ObservedConnection connection = decided.scored().alert().network();
    String group = String.valueOf(decided.scored().alert().target().securityGroup());
    Long readAt = read.get(List.of(process(), group));
    if (readAt != null
        && isNew(decided)
        && !isDisturbedSince(group, readAt)
        && !world.isStale(group)
        && world.actual(group).stream()
            .flatMap(one -> one.ingress().stream())
            .anyMatch(one -> letsIn(one, connection))) {
      violate("told as revoked, and another rule lets it in: " + decided.target());
    }
  }

  private void checkTaken(Instance one, ResponseDecided decided) {
    if (!one.openTo(Account.QUARANTINE).isEmpty()) {
      violate("told as quarantined, and is not: " + decided.target());
    }
    if (!one.foreign().isEmpty() || one.interfaces().stream().anyMatch(Interface::trunk)) {
      violate("told as quarantined, and is so in part: " + decided.target());
    }
    if (decided.explanation().contains("was put into standby")
        && world.ec2.membership(one.id()).filter(Membership::isInService).isPresent()
        && !isDisturbedSince(one.id(), contained.getOrDefault(one.uid(), 0L))) {
      violate("told as in standby, and is not: " + decided.target());
    }
  }

  private boolean isQuarantined(Instance one) {
    return one.openTo(Account.QUARANTINE).isEmpty();
  }

  /** Each honest finding about an instance gets a response: an effect or a message. */
  @Override
  protected void answer() {
    List<Instance> running = new ArrayList<>(world.running());
    Collections.shuffle(running, random());
    for (Instance one : running.subList(0, Math.min(4, running.size()))) {
      if (world.byUid(one.uid()).isEmpty() || hasViolations()) {
        continue;
      }
      boolean quarantined = isQuarantined(one);
      Target target = target(one).build();
      ObservedConnection connection =
          new ObservedConnection(
              PEERS.get(random().nextInt(2)), 51_844, PORTS.getFirst(), "tcp", "inbound");
      see(one, target, connection, now());
      boolean answered =
          isAnswered(scored("last-" + one.id(), "guardduty", target, connection, now()));
      if (!answered
          && !quarantined
          && !isToldNotAgain(
              object ->
                  object.equals(inWords(one))
                      || object.contains(" of " + target.securityGroup() + " "))) {
        violate("nothing came of the alert about " + inWords(one));
      }
    }
  }

  /** A terminated instance has only the name that the finding contains. */
  private boolean isHeardByName(String what, long since) {
    String name = what.replaceFirst(" [(]account .*", "");
    return what.startsWith(QUARANTINE)
        && world.running().stream().noneMatch(one -> what.endsWith(inWords(one)))
        && receipts.getOrDefault(name, -1L) > since;
  }

  @Override
  protected void checkEnd() {
    acted.forEach(
        (what, at) -> {
          if (!receipts.containsKey(what) && !isHeardByName(what, at)) {
            violate("no one heard of " + what);
          }
        });
    for (Instance one : world.running()) {
      if (leftToPeople.contains(inWords(one))) {
        continue;
      }
      for (Interface its : one.interfaces()) {
        if (its.isOnlyIn(Account.QUARANTINE)) {
          violate("still in quarantine at the end: " + its.id() + " of " + one.id());
        }
      }
      if (standby.contains(one.id())
          && world.ec2.membership(one.id()).filter(m -> !m.isInService()).isPresent()) {
        violate("still in standby at the end: " + one.id());
      }
    }
    for (IngressRule rule : open) {
      if (world.actual(rule.group()).stream()
          .anyMatch(group -> group.ingress().stream().noneMatch(rule::isLike))) {
        violate("still revoked at the end: " + rule.id() + " of " + rule.group());
      }
    }
  }
}
