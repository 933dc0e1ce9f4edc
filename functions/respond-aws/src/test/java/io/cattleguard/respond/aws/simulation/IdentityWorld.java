package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.InMemoryIdentities;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An account whose IAM shows changes with a delay, and denies calls without permission. It notifies
 * its observer of every change that responders request.
 */
final class IdentityWorld implements Identities {
  /** Is notified of a change before IAM decides on it. */
  interface Observer {
    /** A responder changes the status of that key, which exists. */
    void setting(User user, AccessKey now, boolean active);

    /** A responder denies sessions of that role. */
    void denying(Role role, RoleSessions sessions);

    /** A responder removes a policy of that role, which has it. */
    void allowing(Role role, RoleSessions sessions, JsonNode policy);
  }

  /** The outdated state of an object that IAM still shows. */
  private record Stale(Instant until, Optional<?> before) {}

  /** A change that IAM has accepted and does not show yet. */
  private record Pending(Instant at, String object, Runnable change) {}

  final InMemoryIdentities iam = new InMemoryIdentities();
  private final Random random;
  private final Observer observer;
  private final Set<String> roles = new LinkedHashSet<>();
  private final Set<String> names = new LinkedHashSet<>();
  private final List<Pending> pending = new ArrayList<>();
  private final Map<String, Stale> stale = new HashMap<>();

  /** One in that many changes is shown late by IAM. */
  private final int perLate;

  private Instant now;
  private int made;

  IdentityWorld(Random random, Instant now, Observer observer) {
    this.random = random;
    this.now = now;
    this.observer = observer;
    this.perLate = 1 + random.nextInt(4);
  }

  /** Adds a user, or replaces its keys and tags. */
  void have(String name, Map<String, String> tags, List<AccessKey> keys) {
    stale.remove(name);
    names.add(name);
    iam.have(new User(Account.ID, name, tags, keys));
  }

  AccessKey newKey(String user) {
    return new AccessKey(Account.ID, user, "AKIA%016d".formatted(made++), true);
  }

  List<User> users() {
    return names.stream().flatMap(name -> iam.user(name).stream()).toList();
  }

  Optional<AccessKey> key(AccessKey like) {
    return iam.user(like.user()).flatMap(user -> user.key(like.id()));
  }

  /** Lets time pass: changes become visible. */
  void pass(Instant to) {
    now = to;
    for (Iterator<Pending> left = pending.iterator(); left.hasNext(); ) {
      Pending next = left.next();
      if (!next.at.isAfter(now)) {
        left.remove();
        next.change.run();
      }
    }
  }

  /** A person's change is visible immediately, after the changes that were accepted before. */
  void set(AccessKey key, boolean active) {
    settle(key.id());
    stale.remove(key.user());
    iam.setActive(key, active);
  }

  /** The state of an object that IAM shows; sometimes the state before the latest change. */
  @SuppressWarnings("unchecked") // A name always belongs to one type of object.
  private <T> Optional<T> shown(String object, Optional<T> is) {
    Stale before = stale.get(object);
    return before != null && before.until().isAfter(now) && random.nextBoolean()
        ? (Optional<T>) before.before()
        : is;
  }

  /** A change is visible immediately, or after some seconds. */
  private void delay(String object, Optional<?> before) {
    Stale earlier = stale.get(object);
    if ((earlier == null || !earlier.until().isAfter(now)) && random.nextInt(perLate) == 0) {
      stale.put(object, new Stale(now.plusMillis(random.nextInt(25_000)), before));
    }
  }

  /** Changes of one object keep their order. */
  void settle(String object) {
    pending.stream().filter(one -> one.object.equals(object)).forEach(one -> one.change.run());
    pending.removeIf(one -> one.object.equals(object));
  }

  /** Whether a change was accepted that has no effect yet. IAM always makes what it accepted. */
  boolean isPending(String object) {
    return pending.stream().anyMatch(one -> one.object.equals(object));
  }

  /** Makes a change at once, or accepts it and shows it later. */
  private Change make(String object, Supplier<Change> change) {
    if (random.nextInt(8) == 0) {
      pending.add(
          new Pending(
              now.plusMillis(random.nextInt(8_000)),
              object,
              () -> {
                Change unused = change.get();
              }));
      return new Change.Made();
    }
    return change.get();
  }

  /** Adds a role, or replaces it with its policies. */
  void create(Role role) {
    settle(role.name());
    showPolicies(role.name());
    iam.deleteRole(role.name());
    change(role);
  }

  /** Replaces a role, which keeps its policies. */
  void change(Role role) {
    roles.add(role.name());
    iam.have(role);
  }

  /** A person's change of policies is visible immediately. */
  void showPolicies(String role) {
    stale.keySet().removeIf(object -> object.startsWith(role + "/"));
  }

  String newId(String prefix) {
    return "%s%016d".formatted(prefix, made++);
  }

  List<Role> roles() {
    return roles.stream().flatMap(name -> iam.role(name).stream()).toList();
  }

  // What responders do.

  @Override
  public Optional<User> user(String name) {
    return shown(name, iam.user(name));
  }

  @Override
  public boolean isOwnKey(String accessKey) {
    return iam.isOwnKey(accessKey);
  }

  @Override
  public Change setActive(AccessKey key, boolean active) {
    Optional<User> user = iam.user(key.user());
    Optional<AccessKey> is = user.flatMap(one -> one.key(key.id()));
    if (is.isEmpty()) {
      return new Change.Gone();
    }
    settle(key.id());
    observer.setting(user.get(), key(key).orElseThrow(), active);
    if (!"allowed".equals(user.get().tags().get(AccountWorld.RESPOND))) {
      return new Change.Denied("AccessDenied");
    }
    delay(key.user(), user);
    return make(key.id(), () -> iam.setActive(key, active));
  }

  @Override
  public Optional<Role> role(String name) {
    return iam.role(name);
  }

  @Override
  public Optional<JsonNode> inlinePolicy(String role, String policy) {
    return shown(role + "/" + policy, iam.inlinePolicy(role, policy));
  }

  @Override
  public Change deny(RoleSessions sessions) {
    Optional<Role> role = iam.role(sessions.role());
    if (role.isEmpty()) {
      return new Change.Gone();
    }
    settle(sessions.role());
    observer.denying(role.get(), sessions);
    if (mayBeTouched(role.get())) {
      String policy = sessions.policyName();
      delay(sessions.role() + "/" + policy, iam.inlinePolicy(sessions.role(), policy));
    }
    return mayBeTouched(role.get())
        ? make(sessions.role(), () -> iam.deny(sessions))
        : new Change.Denied("AccessDenied");
  }

  @Override
  public Change allow(RoleSessions sessions) {
    Optional<Role> role = iam.role(sessions.role());
    settle(sessions.role());
    Optional<JsonNode> policy = iam.inlinePolicy(sessions.role(), sessions.policyName());
    if (role.isEmpty() || policy.isEmpty()) {
      return new Change.Gone();
    }
    observer.allowing(role.get(), sessions, policy.get());
    if (mayBeTouched(role.get())) {
      delay(sessions.role() + "/" + sessions.policyName(), policy);
    }
    return mayBeTouched(role.get())
        ? make(sessions.role(), () -> iam.allow(sessions))
        : new Change.Denied("AccessDenied");
  }

  private static boolean mayBeTouched(Role role) {
    return "allowed".equals(role.tags().get(AccountWorld.RESPOND));
  }
}
