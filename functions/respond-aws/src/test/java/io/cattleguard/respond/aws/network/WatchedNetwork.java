package io.cattleguard.respond.aws.network;

import io.cattleguard.respond.Unavailable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A network that writes down what was changed, and fails where a test wants it to. */
public final class WatchedNetwork implements Network {
  public final InMemoryNetwork simulated;
  public final List<String> changes = new ArrayList<>();

  /** By the interface or group that is to be changed: what happens instead, how often. */
  public final Map<String, List<Runnable>> instead = new HashMap<>();

  public final Map<String, String> denied = new HashMap<>();
  public boolean down;
  public boolean deaf;

  public WatchedNetwork(InMemoryNetwork simulated) {
    this.simulated = simulated;
  }

  private InMemoryNetwork asked() {
    if (down) {
      throw new Unavailable("EC2 is away");
    }
    return simulated;
  }

  @Override
  public Optional<Instance> instance(String id) {
    return asked().instance(id);
  }

  @Override
  public Optional<SecurityGroup> group(String id) {
    return asked().group(id);
  }

  @Override
  public Optional<String> quarantineGroup(String vpc) {
    return asked().quarantineGroup(vpc);
  }

  @Override
  public Change setGroups(Instance.Interface one, List<String> groups) {
    return change(one.id(), one.id() + " -> " + groups, () -> asked().setGroups(one, groups));
  }

  @Override
  public Change revoke(IngressRule rule) {
    return change(rule.group(), "revoke " + rule.id(), () -> asked().revoke(rule));
  }

  @Override
  public Change authorize(IngressRule rule) {
    return change(rule.group(), "authorize " + rule.whatItLetsIn(), () -> asked().authorize(rule));
  }

  private Change change(String what, String inWords, java.util.function.Supplier<Change> make) {
    changes.add(inWords);
    List<Runnable> planned = instead.getOrDefault(what, List.of());
    if (!planned.isEmpty()) {
      planned.removeFirst().run();
    }
    if (denied.containsKey(what)) {
      return new Change.Denied(denied.get(what));
    }
    return deaf ? new Change.Made() : make.get();
  }
}
