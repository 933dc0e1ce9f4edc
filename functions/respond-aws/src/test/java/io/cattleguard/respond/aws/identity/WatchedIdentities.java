package io.cattleguard.respond.aws.identity;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.network.Network.Change;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Identities that record each change, and fail on demand. */
public final class WatchedIdentities {
  private static final Set<String> READS = Set.of("user", "isOwnKey", "role", "inlinePolicy");

  public final InMemoryIdentities simulated;
  public final List<String> changes = new ArrayList<>();

  /** Events that happen before the next changes, in order. */
  public final List<Runnable> instead = new ArrayList<>();

  /** Events that happen after a key was read and before the decision, in order. */
  public final List<Runnable> meanwhile = new ArrayList<>();

  /** The outdated state that IAM shows in the next responses, by method. */
  public final Map<String, List<Optional<?>>> stale = new HashMap<>();

  public Optional<String> denied = Optional.empty();
  public boolean down;

  /** Whether accepted changes are never seen. */
  public boolean deaf;

  public WatchedIdentities(InMemoryIdentities simulated) {
    this.simulated = simulated;
  }

  /** Intercepts all methods of the port. */
  public Identities port() {
    return (Identities)
        Proxy.newProxyInstance(
            Identities.class.getClassLoader(),
            new Class<?>[] {Identities.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("isOwnKey") && !meanwhile.isEmpty()) {
                meanwhile.removeFirst().run();
              }
              return READS.contains(method.getName())
                  ? ask(method, arguments)
                  : change(method, arguments);
            });
  }

  private Object ask(Method method, Object[] arguments) {
    if (down) {
      throw new Unavailable("IAM is away");
    }
    List<Optional<?>> before = stale.getOrDefault(method.getName(), List.of());
    if (!before.isEmpty()) {
      return before.removeFirst();
    }
    try {
      return method.invoke(simulated, arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private Object change(Method method, Object[] arguments) {
    changes.add(
        arguments[0] instanceof AccessKey key
            ? key.id() + " -> " + (arguments[1].equals(true) ? "active" : "inactive")
            : method.getName() + " " + ((RoleSessions) arguments[0]).policyName());
    if (!instead.isEmpty()) {
      instead.removeFirst().run();
    }
    if (denied.isPresent()) {
      return new Change.Denied(denied.get());
    }
    return deaf ? new Change.Made() : ask(method, arguments);
  }
}
