package io.cattleguard.route.digest;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.route.Address;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import io.cattleguard.route.Secrets;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Keeps developers' findings, and sends each owner a digest once a day. A finding is stored before
 * its message counts as handled, and removed after the webhook has taken the message that shows it,
 * so a crash repeats a message and loses no finding.
 */
public final class Digest {
  private static final Duration CLAIM = Duration.ofMinutes(5);

  /** Maximum messages per owner and day; the remaining findings are in the next digest. */
  private static final int MESSAGES = 5;

  private final Owners owners;
  private final DigestStore store;
  private final Secrets secrets;
  private final Webhook webhook;

  /** Keeps findings in route's table. */
  public Digest(Owners owners, VersionedTable table, Secrets secrets, Webhook webhook) {
    this.owners = owners;
    this.store = new DigestStore(table);
    this.secrets = secrets;
    this.webhook = webhook;
  }

  /**
   * Keeps a finding for its owner; any other alert is ignored. Samples, replayed and silenced
   * findings are not kept.
   *
   * @throws io.cattleguard.edge.port.Unavailable if it could not be stored
   */
  public void add(ScoredAlert scored, Instant now) {
    Silenced silenced = scored.accepted().silenced();
    if (scored.accepted().acceptance() == Acceptance.CONTINUING
        || !scored.alert().isReal()
        || (silenced != null && silenced.hides(scored.score()))) {
      return;
    }
    owners
        .of(scored)
        .ifPresent(owner -> store.add(owner.name(), Finding.of(scored, owners.codeTags()), now));
  }

  /**
   * The result of sending.
   *
   * @param troubles problems that a person must fix, without an address
   * @param waiting owners whose digest is due and could not be sent
   * @param age how long the oldest of these waits
   */
  public record Report(List<String> troubles, int waiting, Duration age) {
    /** No digest waits. */
    public static final Report NONE = new Report(List.of(), 0, Duration.ZERO);

    /** Copies the list. */
    public Report {
      troubles = List.copyOf(troubles);
    }
  }

  /** Sends the digests that are due. A later call sends what a webhook did not accept. */
  public Report sendDue(Instant now) {
    List<String> troubles = new ArrayList<>();
    int waiting = 0;
    Duration age = Duration.ZERO;
    for (Owner owner : owners.all()) {
      Waiting its = waiting(owner.name(), () -> sent(owner, now));
      waiting += its.isDue() ? 1 : 0;
      age = its.age().compareTo(age) > 0 ? its.age() : age;
      its.trouble().ifPresent(troubles::add);
    }
    for (String name : former(troubles)) {
      Waiting its = waiting(name, () -> lost(name));
      waiting += its.isDue() ? 1 : 0;
      its.trouble().ifPresent(troubles::add);
    }
    return new Report(troubles, waiting, age);
  }

  /** A digest that waits for one owner, and the reason. */
  private record Waiting(boolean isDue, Duration age, Optional<String> trouble) {}

  /** The failure of one owner must not prevent the messages to the others. */
  private static Waiting waiting(String owner, Supplier<Waiting> attempt) {
    try {
      return attempt.get();
    } catch (RuntimeException e) {
      return new Waiting(
          true, Duration.ZERO, Optional.of("the digest of " + owner + " waits: " + name(e)));
    }
  }

  /** The message of another exception may quote an address. */
  private static String name(RuntimeException e) {
    return e instanceof Unavailable ? String.valueOf(e.getMessage()) : e.getClass().getSimpleName();
  }

  private Waiting sent(Owner owner, Instant now) {
    Optional<String> trouble =
        send(owner, now).map(why -> "the digest of " + owner.name() + " waits: " + why);
    Optional<Instant> since = store.waitingSince(owner.name());
    return new Waiting(
        since.isPresent(),
        since.map(first -> Duration.between(first, now)).orElse(Duration.ZERO),
        trouble);
  }

  /** The owners of findings that a changed policy has renamed or removed. */
  private List<String> former(List<String> troubles) {
    try {
      return store.owners().stream().filter(name -> !isKnown(name)).toList();
    } catch (RuntimeException e) {
      troubles.add("the list of the findings' owners cannot be read: " + name(e));
      return List.of();
    }
  }

  private boolean isKnown(String name) {
    return owners.all().stream().anyMatch(owner -> owner.name().equals(name));
  }

  private Waiting lost(String name) {
    long findings =
        store.all(name).stream()
            .mapToLong(slot -> slot.waiting().findings().size() + slot.waiting().more())
            .sum();
    return new Waiting(
        findings > 0,
        Duration.ZERO,
        findings == 0
            ? Optional.empty()
            : Optional.of(
                findings
                    + (findings == 1 ? " finding waits" : " findings wait")
                    + " for owner "
                    + name
                    + ", which owners.yaml does not have; add it again"));
  }

  private Optional<String> send(Owner owner, Instant now) {
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    if (now.isBefore(today.atTime(owners.at()).toInstant(ZoneOffset.UTC))
        || !store.claim(owner.name(), today.toString(), now, CLAIM)) {
      return Optional.empty();
    }
    List<DigestStore.Slot> slots = store.all(owner.name());
    if (!slots.isEmpty()) {
      Outcome outcome = post(owner, slots, now);
      if (!(outcome instanceof Outcome.Delivered)) {
        return Optional.of(reason(outcome));
      }
    }
    store.done(owner.name(), today.toString(), now);
    return Optional.empty();
  }

  private Outcome post(Owner owner, List<DigestStore.Slot> slots, Instant now) {
    Optional<String> written;
    try {
      written = owner.url().value(secrets);
    } catch (Unavailable e) {
      return RetryPolicy.ofNoAnswer("the secret " + owner.url().described() + " cannot be read");
    }
    if (written.isEmpty()) {
      return new Outcome.NotConfigured(owner.url().described() + " is not set");
    }
    Optional<URI> address = Address.checked(written.get());
    if (address.isEmpty()) {
      return owner.url().unusable();
    }
    List<Finding> left =
        new ArrayList<>(
            slots.stream().flatMap(slot -> slot.waiting().findings().stream()).toList());
    long more = slots.stream().mapToLong(slot -> slot.waiting().more()).sum();
    for (int part = 1; part <= MESSAGES; part++) {
      DigestText.Message message = DigestText.of(owner.name(), left, more, part, MESSAGES);
      Outcome outcome = webhook.post(address.get(), message.body(), now);
      if (!(outcome instanceof Outcome.Delivered)) {
        return outcome;
      }
      Set<Finding> told = new HashSet<>(message.told());
      left.removeIf(told::contains);
      boolean isLast = left.isEmpty() || part == MESSAGES;
      for (DigestStore.Slot slot : slots) {
        store.remove(slot.only(told, isLast), now);
      }
      if (isLast) {
        break;
      }
    }
    return new Outcome.Delivered();
  }

  private static String reason(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Blocked blocked -> blocked.reason();
      case Outcome.NotConfigured not -> not.reason();
      case Outcome.Rejected rejected -> rejected.reason();
      case Outcome.TryAgain again -> again.reason();
      case Outcome.Delivered delivered -> delivered.word();
      case Outcome.Skipped skipped -> skipped.reason();
    };
  }
}
