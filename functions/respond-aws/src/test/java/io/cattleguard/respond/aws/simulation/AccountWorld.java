package io.cattleguard.respond.aws.simulation;

import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.InMemoryNetwork;
import io.cattleguard.respond.aws.network.IngressRule;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.SecurityGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * An account whose Auto Scaling groups replace instances, whose EC2 shows changes with a delay, and
 * whose IAM denies calls without permission. It notifies its observer of every change that
 * responders request.
 */
final class AccountWorld implements Network {
  static final String RESPOND = "cattleguard:respond";
  static final String PROTECTED = "cattleguard:protected";
  static final String NODE = "node.k8s.amazonaws.com/instance_id";
  static final String SCALING_GROUP = "aws:autoscaling:groupName";
  private static final String IN_SERVICE = "InService";
  private static final String STANDBY = "Standby";
  private static final String ENTERING = "EnteringStandby";

  /** The time after which a group terminates an instance that fails its health check. */
  private static final Duration UNHEALTHY = Duration.ofMinutes(2);

  /** Is notified of a change before IAM and EC2 decide on it. */
  interface Observer {
    /** A responder replaces the groups of that interface, which has others now. */
    void swapping(Instance instance, Interface now, List<String> groups);

    /** A responder puts that instance into standby. */
    void entering(Membership member);

    /** A responder ends the standby of that instance. */
    void leaving(Membership member);

    /** A responder revokes a rule that exists. */
    void revoking(IngressRule rule);

    /** A responder revokes a rule that something else has just removed. */
    void revokingNothing(IngressRule rule);

    /** A responder restores a rule that does not exist. */
    void authorizing(IngressRule rule);

    /** A responder reads a group. */
    void reading(String group);
  }

  /** An Auto Scaling group. */
  static final class Scaling {
    final String name;
    boolean allowed;
    int desired;
    int max;

    private Scaling(String name, boolean allowed, int desired, int max) {
      this.name = name;
      this.allowed = allowed;
      this.desired = desired;
      this.max = max;
    }
  }

  /** A change that EC2 has accepted and does not show yet. */
  private record Pending(Instant at, Interface one, List<String> groups) {}

  /** The outdated state of a group that EC2 still describes. */
  private record Stale(Instant until, SecurityGroup group) {}

  /** The outdated state of a member that Auto Scaling still describes. */
  private record Moved(Instant until, Membership member) {}

  /** The outdated state of an instance that EC2 still describes after its groups were changed. */
  private record Before(Instant until, Instance instance) {}

  final InMemoryNetwork ec2 = new InMemoryNetwork();
  private final Random random;
  private final Observer observer;
  private final Set<String> instances = new LinkedHashSet<>();
  private final Set<String> groups = new LinkedHashSet<>();
  private final Map<String, Scaling> scalings = new LinkedHashMap<>();
  private final Map<String, Instant> entered = new HashMap<>();
  private final Map<String, Instant> unhealthy = new HashMap<>();
  private final List<Pending> pending = new ArrayList<>();
  private final Map<String, Stale> stale = new HashMap<>();
  private final Map<String, Before> previous = new HashMap<>();
  private final Map<String, Moved> moved = new HashMap<>();

  /** One in that many changes of groups and states is shown late by EC2. */
  private final int perLate;

  private Instant now;
  private int made;

  AccountWorld(Random random, Instant now, Observer observer) {
    this.random = random;
    this.now = now;
    this.observer = observer;
    this.perLate = 1 + random.nextInt(4);
  }

  void add(SecurityGroup group) {
    groups.add(group.id());
    ec2.have(group);
  }

  void addQuarantine(String id) {
    groups.add(id);
    ec2.haveForQuarantine(
        new SecurityGroup(
            Account.ID, Account.REGION, id, Account.VPC, Map.of(), List.of(), List.of(), 0, 0));
  }

  void add(Scaling scaling) {
    scalings.put(scaling.name, scaling);
    for (int i = 0; i < scaling.desired; i++) {
      launch(scaling, now.minus(Duration.ofHours(2)));
    }
  }

  static Scaling scaling(String name, boolean allowed, int desired, int max) {
    return new Scaling(name, allowed, desired, max);
  }

  /** Adds an instance, with interfaces of that many groups. */
  Instance run(Map<String, String> tags, Instant launchedAt, List<Interface> interfaces) {
    return run("i-" + made++, tags, launchedAt, interfaces);
  }

  Instance run(
      String id, Map<String, String> tags, Instant launchedAt, List<Interface> interfaces) {
    Instance one =
        new Instance(
            Account.ID,
            Account.REGION,
            id,
            Account.VPC,
            true,
            launchedAt,
            tags,
            interfaces,
            Optional.empty());
    instances.add(id);
    ec2.run(one);
    return one;
  }

  String next() {
    return "i-" + made++;
  }

  Interface networkInterface(Map<String, String> tags, List<String> in) {
    return new Interface("eni-" + made++, Account.VPC, true, false, tags, in);
  }

  /** Some of the groups that exist, without the quarantine group. */
  List<String> someGroups() {
    List<String> all =
        groups.stream()
            .filter(id -> !id.equals(Account.QUARANTINE))
            .filter(id -> ec2.group(id).isPresent())
            .toList();
    String one = all.get(random.nextInt(all.size()));
    String other = all.get(random.nextInt(all.size()));
    return one.equals(other) ? List.of(one) : List.of(one, other);
  }

  List<Instance> running() {
    return instances.stream().flatMap(id -> ec2.instance(id).stream()).toList();
  }

  List<SecurityGroup> securityGroups() {
    return groups.stream().flatMap(id -> ec2.group(id).stream()).toList();
  }

  List<Scaling> scalings() {
    return List.copyOf(scalings.values());
  }

  Optional<Instance> byUid(String uid) {
    return running().stream().filter(one -> one.uid().equals(uid)).findFirst();
  }

  void terminate(String id) {
    ec2.terminate(id);
    ec2.leave(id);
    instances.remove(id);
    unhealthy.remove(id);
  }

  /** Lets time pass: changes show, standbys are reached, groups replace and terminate. */
  void pass(Instant to) {
    now = to;
    for (Iterator<Pending> left = pending.iterator(); left.hasNext(); ) {
      Pending next = left.next();
      if (!next.at.isAfter(now)) {
        left.remove();
        ec2.setGroups(next.one, next.groups);
      }
    }
    for (Instance one : running()) {
      ec2.membership(one.id()).ifPresent(member -> pass(one, member));
    }
    for (Scaling scaling : scalings.values()) {
      List<Membership> inService = inService(scaling);
      for (int i = inService.size(); i < scaling.desired; i++) {
        launch(scaling, now);
      }
      if (inService.size() > scaling.desired) {
        terminate(inService.getFirst().instance());
      }
    }
  }

  private void pass(Instance one, Membership member) {
    if (member.isEnteringStandby() && !entered.getOrDefault(one.id(), now).isAfter(now)) {
      ec2.join(new Membership(one.id(), member.group(), STANDBY));
    }
    boolean healthy = one.openTo(Account.QUARANTINE).size() > 0;
    if (healthy || !member.isInService()) {
      unhealthy.remove(one.id());
    } else if (unhealthy.computeIfAbsent(one.id(), id -> now).plus(UNHEALTHY).isBefore(now)) {
      terminate(one.id());
    }
  }

  private List<Membership> inService(Scaling scaling) {
    return running().stream()
        .flatMap(one -> ec2.membership(one.id()).stream())
        .filter(one -> one.group().equals(scaling.name) && one.isInService())
        .toList();
  }

  private void launch(Scaling scaling, Instant at) {
    List<Interface> interfaces = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(2); i++) {
      interfaces.add(networkInterface(Account.ALLOWED, someGroups()));
    }
    Instance one = run(Map.of(SCALING_GROUP, scaling.name), at, interfaces);
    ec2.join(new Membership(one.id(), scaling.name, IN_SERVICE));
  }

  // What people do.

  void change(Instance instance) {
    previous.remove(instance.id());
    ec2.run(instance);
  }

  static Instance with(Instance is, Instant launchedAt, List<Interface> interfaces) {
    return new Instance(
        is.account(),
        is.region(),
        is.id(),
        is.vpc(),
        is.running(),
        launchedAt,
        is.tags(),
        interfaces,
        is.quarantine());
  }

  void tag(SecurityGroup group, Map<String, String> tags) {
    stale.remove(group.id());
    ec2.have(with(group, tags, group.ingress()));
  }

  /** EC2 rejects a rule that the group has already. */
  void addRule(SecurityGroup group, IngressRule rule) {
    stale.remove(group.id());
    if (group.ingress().stream().anyMatch(rule::isLike)) {
      return;
    }
    List<IngressRule> all = new ArrayList<>(group.ingress());
    all.add(rule);
    ec2.have(with(group, group.tags(), all));
  }

  void removeRule(SecurityGroup group, IngressRule rule) {
    stale.remove(group.id());
    ec2.have(
        with(
            group,
            group.tags(),
            group.ingress().stream().filter(one -> !one.equals(rule)).toList()));
  }

  /** Changes what a rule allows; it keeps its id. */
  void edit(SecurityGroup group, IngressRule is, IngressRule edited) {
    removeRule(group, is);
    addRule(ec2.group(group.id()).orElseThrow(), edited);
  }

  private static SecurityGroup with(
      SecurityGroup group, Map<String, String> tags, List<IngressRule> ingress) {
    return new SecurityGroup(
        group.account(),
        group.region(),
        group.id(),
        group.vpc(),
        tags,
        ingress,
        group.opaque(),
        ingress.size(),
        group.interfaces());
  }

  /** Moves an instance of a group, as a person does in the console. */
  void move(Membership member) {
    moved.remove(member.instance());
    ec2.join(
        new Membership(
            member.instance(), member.group(), member.isInService() ? STANDBY : IN_SERVICE));
    Scaling scaling = scalings.get(member.group());
    if (scaling != null && !member.isInService()) {
      scaling.desired++;
      scaling.max = Math.max(scaling.max, scaling.desired);
    }
  }

  // What responders do.

  /** The instance as EC2 describes it, which may be the state before its groups were changed. */
  @Override
  public Optional<Instance> instance(String id) {
    Before before = previous.get(id);
    Optional<Instance> now = ec2.instance(id);
    return before != null && before.until().isAfter(now()) && random.nextBoolean()
        ? now.map(is -> with(before.instance(), is.launchedAt(), before.instance().interfaces()))
        : now;
  }

  private Instant now() {
    return now;
  }

  /** The instance as it is. */
  Optional<Instance> actualInstance(String id) {
    return ec2.instance(id);
  }

  /** A change of an instance's groups is visible immediately, or after some seconds. */
  private void delay(Instance before) {
    Before earlier = previous.get(before.id());
    if ((earlier == null || !earlier.until().isAfter(now)) && random.nextInt(perLate) == 0) {
      previous.put(before.id(), new Before(now.plusMillis(random.nextInt(25_000)), before));
    }
  }

  /**
   * The state that EC2 describes. It is eventually consistent: a change may be visible only after
   * seconds, and may be missing in a response after one that showed it.
   */
  @Override
  public Optional<SecurityGroup> group(String id) {
    observer.reading(id);
    Stale before = stale.get(id);
    return before != null && isStale(id) && random.nextBoolean()
        ? used(Optional.of(before.group()))
        : actual(id);
  }

  /** Whether EC2 does not show the latest change of the group yet. */
  boolean isStale(String id) {
    Stale before = stale.get(id);
    return before != null && before.until().isAfter(now);
  }

  /** Whether EC2 may have shown an older state of the group at that time, or later. */
  boolean wasStale(String id, Instant since) {
    Stale before = stale.get(id);
    return before != null && before.until().isAfter(since);
  }

  /** The group as it is. */
  Optional<SecurityGroup> actual(String id) {
    return used(ec2.group(id));
  }

  private Optional<SecurityGroup> used(Optional<SecurityGroup> group) {
    return group.map(
        is ->
            new SecurityGroup(
                is.account(),
                is.region(),
                is.id(),
                is.vpc(),
                is.tags(),
                is.ingress(),
                is.opaque(),
                is.rules(),
                using(is.id())));
  }

  /** A change of a group is visible immediately, or after some seconds. */
  private void delay(SecurityGroup before) {
    if (!isStale(before.id()) && random.nextInt(4) == 0) {
      stale.put(before.id(), new Stale(now.plusMillis(random.nextInt(12_000)), before));
    }
  }

  private int using(String group) {
    return (int)
        running().stream()
            .flatMap(one -> one.interfaces().stream())
            .filter(one -> one.groups().contains(group))
            .count();
  }

  @Override
  public Optional<Map<String, String>> tagsOfGroup(String id) {
    return ec2.tagsOfGroup(id);
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    return ec2.quarantineGroup(vpc);
  }

  /**
   * The member as Auto Scaling describes it, which may be the state before a responder moved it.
   */
  @Override
  public Optional<Membership> membership(String instance) {
    Moved before = moved.get(instance);
    Optional<Membership> now = ec2.membership(instance);
    return before != null && before.until().isAfter(now()) && random.nextBoolean()
        ? now.map(is -> before.member())
        : now;
  }

  private void delay(Membership before) {
    if (random.nextInt(perLate) == 0) {
      moved.put(before.instance(), new Moved(now.plusMillis(random.nextInt(8_000)), before));
    }
  }

  @Override
  public Change enterStandby(Membership member) {
    Optional<Membership> is = ec2.membership(member.instance());
    if (is.filter(one -> one.equals(member)).isEmpty() || !is.get().isInService()) {
      return new Change.Denied(member.instance() + " is not in service in " + member.group());
    }
    observer.entering(member);
    if (!isAllowed(member)) {
      return new Change.Denied("AccessDenied");
    }
    delay(is.get());
    boolean atOnce = random.nextBoolean();
    entered.put(member.instance(), now.plusSeconds(random.nextInt(60)));
    ec2.join(new Membership(member.instance(), member.group(), atOnce ? STANDBY : ENTERING));
    return new Change.Made();
  }

  private boolean isAllowed(Membership member) {
    Scaling scaling = scalings.get(member.group());
    return scaling != null && scaling.allowed;
  }

  @Override
  public Change exitStandby(Membership member) {
    Optional<Membership> is = ec2.membership(member.instance());
    if (is.filter(Membership::isInStandby).isEmpty()) {
      return new Change.Denied(member.instance() + " is not in Standby");
    }
    observer.leaving(member);
    Scaling scaling = scalings.get(member.group());
    if (scaling == null || !scaling.allowed) {
      return new Change.Denied("AccessDenied");
    }
    if (scaling.desired >= scaling.max) {
      return new Change.Denied("the desired capacity would exceed the maximum of the group");
    }
    scaling.desired++;
    delay(is.get());
    ec2.join(new Membership(member.instance(), member.group(), IN_SERVICE));
    return new Change.Made();
  }

  @Override
  public Change setGroups(Interface networkInterface, List<String> to) {
    Optional<Instance> instance =
        running().stream()
            .filter(
                one ->
                    one.interfaces().stream()
                        .anyMatch(its -> its.id().equals(networkInterface.id())))
            .findFirst();
    if (instance.isEmpty()) {
      return new Change.Gone();
    }
    Interface is =
        instance.get().interfaces().stream()
            .filter(one -> one.id().equals(networkInterface.id()))
            .findFirst()
            .orElseThrow();
    // Changes of one interface keep their order.
    pending.stream().filter(one -> one.one.id().equals(is.id())).forEach(this::show);
    pending.removeIf(one -> one.one.id().equals(is.id()));
    observer.swapping(ec2.instance(instance.get().id()).orElseThrow(), is, to);
    if (!mayBeTouched(instance.get(), is) || !to.stream().allMatch(this::mayBeGiven)) {
      return new Change.Denied("UnauthorizedOperation");
    }
    if (random.nextInt(8) == 0) {
      pending.add(new Pending(now.plusMillis(random.nextInt(8_000)), is, to));
      return new Change.Made();
    }
    delay(ec2.instance(instance.get().id()).orElseThrow());
    return ec2.setGroups(is, to);
  }

  private void show(Pending one) {
    ec2.setGroups(one.one, one.groups);
  }

  boolean mayBeTouched(Instance instance, Interface one) {
    return "allowed".equals(one.tags().get(RESPOND))
        || ("allowed".equals(instance.tags().get(RESPOND))
            && instance.id().equals(one.tags().get(NODE)));
  }

  private boolean mayBeGiven(String group) {
    return group.equals(Account.QUARANTINE)
        || ec2.tagsOfGroup(group).orElse(new TreeMap<>()).containsKey(RESPOND);
  }

  @Override
  public Change revoke(IngressRule rule) {
    Optional<SecurityGroup> group = ec2.group(rule.group());
    if (group.isPresent() && group.get().ingress().stream().anyMatch(rule::isLike)) {
      observer.revoking(rule);
      if (!"allowed".equals(group.get().tags().get(RESPOND))) {
        return new Change.Denied("UnauthorizedOperation");
      }
      delay(group.get());
    } else {
      observer.revokingNothing(rule);
    }
    return ec2.revoke(rule);
  }

  @Override
  public Change authorize(IngressRule rule) {
    Optional<SecurityGroup> group = ec2.group(rule.group());
    if (group.isPresent() && group.get().ingress().stream().noneMatch(rule::isLike)) {
      observer.authorizing(rule);
      if (!"allowed".equals(group.get().tags().get(RESPOND))) {
        return new Change.Denied("UnauthorizedOperation");
      }
      delay(group.get());
    }
    return ec2.authorize(rule);
  }
}
