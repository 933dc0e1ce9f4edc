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
 */
record Published(String opener, Map<String, OnObject> objects, List<String> repeated) {
  /** Nothing was published. */
  static final Published NOTHING = new Published("", Map.of(), List.of());

  /** Copies the collections. */
  Published {
    objects = Map.copyOf(objects);
    repeated = List.copyOf(repeated);
  }

  /**
   * What was published about one object: 16 bytes and an id in the store.
   *
   * @param first id of the object's first alert
   * @param latestAt event time of the latest published alert, in whole seconds; the epoch if an
   *     earlier version stored the object
   * @param continuing trace of the latest alert that was published as continuing, 0 for none
   */
  record OnObject(String first, Instant latestAt, long continuing) {
    /** An object whose first alert was published at that time. */
    static OnObject of(String first, Instant at) {
      return new OnObject(first, seconds(at), 0);
    }

    /** The same object after a further alert was published. */
    OnObject and(Instant at) {
      return at.isAfter(latestAt) ? new OnObject(first, seconds(at), continuing) : this;
    }

    /** The same object after an alert was published as continuing. */
    OnObject andContinuing(Instant at, long trace) {
      return new OnObject(first, seconds(at), trace);
    }

    private static Instant seconds(Instant at) {
      return Instant.ofEpochSecond(at.getEpochSecond());
    }
  }
}
