package io.cattleguard.respond.aws.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A simulated network for the demo, dry runs and tests. */
public final class InMemoryNetwork implements Network {
  private final Map<String, Instance> instances = new LinkedHashMap<>();
  private final Map<String, SecurityGroup> groups = new LinkedHashMap<>();
  private final Map<String, String> quarantines = new LinkedHashMap<>();
  private final Map<String, Membership> members = new LinkedHashMap<>();
  private int made;

  /** Creates an empty network. */
  public InMemoryNetwork() {}

  /** Adds an instance. */
  public synchronized void run(Instance instance) {
    instances.put(instance.id(), instance);
  }

  /** Removes an instance. */
  public synchronized void terminate(String id) {
    instances.remove(id);
  }

  /** Adds a security group. */
  public synchronized void have(SecurityGroup group) {
    groups.put(group.id(), group);
  }

  /** Adds a security group as the quarantine group of its VPC. */
  public synchronized void haveForQuarantine(SecurityGroup group) {
    have(group);
    quarantines.put(group.vpc(), group.id());
  }

  /** Puts an instance into an Auto Scaling group, in that state. */
  public synchronized void join(Membership member) {
    members.put(member.instance(), member);
  }

  /** Takes an instance out of its Auto Scaling group. */
  public synchronized void leave(String instance) {
    members.remove(instance);
  }

  @Override
  public synchronized Optional<Membership> membership(String instance) {
    return Optional.ofNullable(members.get(instance));
  }

  @Override
  public synchronized Change enterStandby(Membership member) {
    return move(member, Membership.IN_SERVICE, Membership.STANDBY);
  }

  @Override
  public synchronized Change exitStandby(Membership member) {
    return move(member, Membership.STANDBY, Membership.IN_SERVICE);
  }

  private Change move(Membership member, String from, String to) {
    Membership now = members.get(member.instance());
    if (now == null || !now.group().equals(member.group())) {
      return new Change.Denied(member.instance() + " is not in " + member.group());
    }
    if (!now.state().equals(from)) {
      return new Change.Denied(member.instance() + " is not " + from);
    }
    join(new Membership(now.instance(), now.group(), to));
    return new Change.Made();
  }

  @Override
  public synchronized Optional<Instance> instance(String id) {
    return Optional.ofNullable(instances.get(id));
  }

  @Override
  public synchronized Optional<SecurityGroup> group(String id) {
    return Optional.ofNullable(groups.get(id));
  }

  @Override
  public synchronized Optional<Map<String, String>> tagsOfGroup(String id) {
    return group(id).map(SecurityGroup::tags);
  }

  @Override
  public synchronized Optional<String> quarantineGroup(String vpc) {
    return Optional.ofNullable(quarantines.get(vpc));
  }

  @Override
  public synchronized Change setGroups(Instance.Interface networkInterface, List<String> ids) {
    for (String id : ids) {
      if (!groups.containsKey(id)) {
        return new Change.Denied("there is no group " + id);
      }
    }
    for (Instance instance : instances.values()) {
      List<Instance.Interface> all = new ArrayList<>(instance.interfaces());
      for (int i = 0; i < all.size(); i++) {
        Instance.Interface one = all.get(i);
        if (one.id().equals(networkInterface.id())) {
          if (!one.ours()) {
            return new Change.Denied(one.id() + " belongs to a managed service");
          }
          all.set(
              i, new Instance.Interface(one.id(), one.vpc(), true, one.trunk(), one.tags(), ids));
          run(with(instance, all));
          return new Change.Made();
        }
      }
    }
    return new Change.Gone();
  }

  private static Instance with(Instance instance, List<Instance.Interface> interfaces) {
    return new Instance(
        instance.account(),
        instance.region(),
        instance.id(),
        instance.vpc(),
        instance.running(),
        instance.launchedAt(),
        instance.tags(),
        interfaces,
        instance.quarantine(),
        instance.standby());
  }

  /** Removes one rule: that with the id, if it still allows the same, or an equal one. */
  @Override
  public synchronized Change revoke(IngressRule rule) {
    SecurityGroup group = groups.get(rule.group());
    List<IngressRule> equal =
        group == null ? List.of() : group.ingress().stream().filter(rule::isLike).toList();
    if (group == null || equal.isEmpty()) {
      return new Change.Gone();
    }
    IngressRule removed =
        equal.stream()
            .filter(one -> one.id().equals(rule.id()))
            .findFirst()
            .orElseGet(equal::getFirst);
    List<IngressRule> left = new ArrayList<>(group.ingress());
    left.remove(removed);
    have(with(group, left));
    return new Change.Made();
  }

  @Override
  public synchronized Change authorize(IngressRule rule) {
    SecurityGroup group = groups.get(rule.group());
    if (group == null) {
      return new Change.Gone();
    }
    List<IngressRule> all = new ArrayList<>(group.ingress());
    if (all.stream().noneMatch(rule::isLike)) {
      made++;
      all.add(
          new IngressRule(
              rule.account(),
              rule.region(),
              rule.group(),
              "sgr-made-" + made,
              rule.protocol(),
              rule.fromPort(),
              rule.toPort(),
              rule.cidr(),
              rule.description()));
      have(with(group, all));
    }
    return new Change.Made();
  }

  private static SecurityGroup with(SecurityGroup group, List<IngressRule> ingress) {
    return new SecurityGroup(
        group.account(),
        group.region(),
        group.id(),
        group.vpc(),
        group.tags(),
        ingress,
        group.opaque(),
        group.rules() + ingress.size() - group.ingress().size(),
        group.interfaces());
  }
}
