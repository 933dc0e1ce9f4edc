package io.cattleguard.route.digest;

import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Address;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps developers' findings, and tells each owner of them once a day. A finding is stored before
 * its message counts as handled, and removed after the webhook has taken it, so a crash repeats a
 * digest and loses none.
 */
public final class Digest {
  private static final Duration CLAIM = Duration.ofMinutes(5);

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
   * findings are told to nobody.
   *
   * @throws io.cattleguard.edge.port.Unavailable if it could not be stored
   */
  public void add(ScoredAlert scored, Instant now) {
    if (scored.accepted().acceptance() == Acceptance.CONTINUING
        || !scored.alert().isReal()
        || scored.accepted().silenced() != null) {
      return;
    }
    owners
        .of(scored)
        .ifPresent(owner -> store.add(owner.name(), Finding.of(scored, owners.codeTags()), now));
  }

  /**
   * Sends the digests that are due. What is not taken is sent at the next call.
   *
   * @return what a person must repair, without an address
   * @throws io.cattleguard.edge.port.Unavailable if the table does not answer
   */
  public List<String> sendDue(Instant now) {
    List<String> troubles = new ArrayList<>();
    for (Owner owner : owners.all()) {
      send(owner, now).ifPresent(troubles::add);
    }
    return troubles;
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
        return Optional.of("the digest of " + owner.name() + " waits: " + reason(outcome));
      }
      slots.forEach(slot -> store.remove(slot, now));
    }
    store.done(owner.name(), today.toString(), now);
    return Optional.empty();
  }

  private Outcome post(Owner owner, List<DigestStore.Slot> slots, Instant now) {
    Optional<String> written = owner.url().value(secrets);
    if (written.isEmpty()) {
      return new Outcome.NotConfigured(owner.url().described() + " is not set");
    }
    Optional<URI> address = Address.checked(written.get());
    if (address.isEmpty()) {
      return owner.url().unusable();
    }
    List<Finding> findings =
        slots.stream().flatMap(slot -> slot.waiting().findings().stream()).toList();
    long more = slots.stream().mapToLong(slot -> slot.waiting().more()).sum();
    return webhook.post(address.get(), DigestText.body(owner.name(), findings, more), now);
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
