package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.port.Unavailable;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A network that records each change, and fails on demand. */
public final class WatchedNetwork {
  public final InMemoryNetwork simulated;
  public final List<String> changes = new ArrayList<>();

  /**
   * Events that happen before a change, and how often, by the interface or group that is changed,
   * or by method such as {@code enterStandby}.
   */
  public final Map<String, List<Runnable>> instead = new HashMap<>();

  public final Map<String, String> denied = new HashMap<>();

  /** The outdated state of a group that EC2 still describes after a change. */
  public final Map<String, SecurityGroup> stale = new HashMap<>();

  /** The outdated state of an instance that EC2 describes in the next responses. */
  public final List<Instance> staleInstances = new ArrayList<>();

  public boolean down;
  public boolean deaf;

  public WatchedNetwork(InMemoryNetwork simulated) {
    this.simulated = simulated;
  }

  /** Intercepts all methods of the port. */
  public Network port() {
    return (Network)
        Proxy.newProxyInstance(
            Network.class.getClassLoader(),
            new Class<?>[] {Network.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "setGroups" -> {
                    Instance.Interface one = (Instance.Interface) arguments[0];
                    yield change(
                        one.id(), one.id() + " -> " + arguments[1], () -> ask(method, arguments));
                  }
                  case "revoke", "authorize" -> {
                    IngressRule rule = (IngressRule) arguments[0];
                    boolean closes = method.getName().equals("revoke");
                    yield change(
                        rule.group(),
                        closes ? "revoke " + rule.id() : "authorize " + rule.whatItLetsIn(),
                        () -> ask(method, arguments));
                  }
                  case "enterStandby", "exitStandby" ->
                      change(
                          method.getName(),
                          method.getName() + " " + ((Membership) arguments[0]).group(),
                          () -> ask(method, arguments));
                  case "group" -> {
                    planned("group");
                    Object now = ask(method, arguments);
                    SecurityGroup before = stale.get(arguments[0]);
                    yield before == null ? now : Optional.of(before);
                  }
                  case "instance" -> {
                    planned("instance");
                    Object now = ask(method, arguments);
                    yield staleInstances.isEmpty()
                        ? now
                        : Optional.of(staleInstances.removeFirst());
                  }
                  default -> {
                    planned(method.getName());
                    yield ask(method, arguments);
                  }
                });
  }

  private Object ask(Method method, Object[] arguments) {
    if (down) {
      throw new Unavailable("EC2 is away");
    }
    try {
      return method.invoke(simulated, arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private void planned(String what) {
    List<Runnable> planned = instead.getOrDefault(what, List.of());
    if (!planned.isEmpty()) {
      planned.removeFirst().run();
    }
  }

  private Object change(String what, String inWords, Supplier<Object> make) {
    changes.add(inWords);
    planned(what);
    if (denied.containsKey(what)) {
      return new Network.Change.Denied(denied.get(what));
    }
    return deaf ? new Network.Change.Made() : make.get();
  }
}
