package io.cattleguard.respond.aws.simulation;

import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.InMemoryIdentities;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * An account whose IAM needs a while until a change is seen, and denies what the role may not. It
 * tells its observer of every change that responders ask for.
 */
final class IdentityWorld implements Identities {
  /** Hears of a change before IAM decides on it. */
  interface Observer {
    /** A responder changes the status of that key, which exists. */
    void setting(User user, AccessKey now, boolean active);
  }

  /** A change that IAM has accepted and does not show yet. */
  private record Pending(Instant at, AccessKey key, boolean active) {}

  final InMemoryIdentities iam = new InMemoryIdentities();
  private final Random random;
  private final Observer observer;
  private final Set<String> names = new LinkedHashSet<>();
  private final List<Pending> pending = new ArrayList<>();
  private Instant now;
  private int made;

  IdentityWorld(Random random, Instant now, Observer observer) {
    this.random = random;
    this.now = now;
    this.observer = observer;
  }

  /** Adds a user, or replaces its keys and tags. */
  void have(String name, Map<String, String> tags, List<AccessKey> keys) {
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

  /** Lets time pass: changes show. */
  void pass(Instant to) {
    now = to;
    for (Iterator<Pending> left = pending.iterator(); left.hasNext(); ) {
      Pending next = left.next();
      if (!next.at.isAfter(now)) {
        left.remove();
        iam.setActive(next.key, next.active);
      }
    }
  }

  /** A person's change shows at once, after those that were accepted before. */
  void set(AccessKey key, boolean active) {
    settle(key);
    iam.setActive(key, active);
  }

  private void settle(AccessKey key) {
    pending.stream()
        .filter(one -> one.key.id().equals(key.id()))
        .forEach(one -> iam.setActive(one.key, one.active));
    pending.removeIf(one -> one.key.id().equals(key.id()));
  }

  // What responders do.

  @Override
  public Optional<User> user(String name) {
    return iam.user(name);
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
    settle(key);
    observer.setting(user.get(), key(key).orElseThrow(), active);
    if (!"allowed".equals(user.get().tags().get(AccountWorld.RESPOND))) {
      return new Change.Denied("AccessDenied");
    }
    if (random.nextInt(8) == 0) {
      pending.add(new Pending(now.plusMillis(random.nextInt(8_000)), key, active));
      return new Change.Made();
    }
    return iam.setActive(key, active);
  }
}
