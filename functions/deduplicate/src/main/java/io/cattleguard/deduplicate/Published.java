package io.cattleguard.deduplicate;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What was published of one problem. The next alert is compared with it, and a copy of a published
 * alert is published again.
 *
 * @param opener id of the alert that opened the problem
 * @param objects the objects that it was seen on, by target key
 * @param repeated ids of the latest alerts that were published as repeated
 * @param escalated traces of the alerts that were published as escalated
 * @param graver traces of the latest alerts that were published as continuing because they were
 *     more severe than what was published of their object
 * @param gravity what was published, of all objects together
 * @param hidden traces of the latest alerts that were published as opened, spread or repeated, but
 *     hidden from people
 */
record Published(
    String opener,
    Map<String, OnObject> objects,
    List<String> repeated,
    List<Long> escalated,
    List<Long> graver,
    EscalationLevel gravity,
    List<Long> hidden) {
  /** Nothing was published. */
  static final Published NOTHING =
      new Published("", Map.of(), List.of(), List.of(), List.of(), EscalationLevel.NONE, List.of());

  /** Copies the collections. */
  Published {
    objects = Map.copyOf(objects);
    repeated = List.copyOf(repeated);
    escalated = List.copyOf(escalated);
    graver = List.copyOf(graver);
    hidden = List.copyOf(hidden);
  }

  /**
   * What was published about one object: 24 bytes and an id in the store.
   *
   * @param first id of the object's first alert
   * @param latestAt event time of the latest published alert, in whole seconds; the epoch if an
   *     earlier version stored the object
   * @param continuing trace of the latest alert that was published as continuing because the
   *     problem went on, 0 for none
   * @param gravity the bits of what was published, 0 if an earlier version stored the object
   * @param untold whether the latest alert for people about it was hidden from them
   */
  record OnObject(String first, Instant latestAt, long continuing, long gravity, boolean untold) {
    /** An object whose first alert was published at that time. */
    static OnObject of(String first, Instant at, EscalationLevel gravity, boolean untold) {
      return new OnObject(first, seconds(at), 0, gravity.bits(), untold);
    }

    /** The same object after a further alert was published. */
    OnObject and(Instant at, EscalationLevel more, boolean isUntold) {
      return new OnObject(
          first,
          at.isAfter(latestAt) ? seconds(at) : latestAt,
          continuing,
          gravity | more.bits(),
          isUntold);
    }

    /** The same object after an alert was published as continuing. */
    OnObject andContinuing(Instant at, EscalationLevel more, long trace) {
      OnObject next = and(at, more, untold);
      return new OnObject(first, next.latestAt, trace, next.gravity, untold);
    }

    private static Instant seconds(Instant at) {
      return Instant.ofEpochSecond(at.getEpochSecond());
    }
  }
}
