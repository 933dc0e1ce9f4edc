package io.cattleguard.deduplicate;

import java.time.Instant;
import java.util.Arrays;
import java.util.Set;

/**
 * The stored state of one problem, about 2 kB. Immutable: nothing in this package writes to an
 * array that a sighting has. It makes no copies, because it is made for every alert.
 */
public final class Sighting {
  /** Number of alerts whose copies are recognised. SQS redelivers within minutes. */
  static final int RECENT = 48;

  /** The same for one large batch, which may be redelivered as a whole. */
  static final int RECENT_OF_A_BATCH = 1_024;

  private final String fingerprint;
  private final long version;
  private final Instant firstAt;
  private final Instant lastAt;
  private final long count;
  private final Published published;
  private final long[] recent;

  /**
   * Takes the whole state.
   *
   * @param version number of writes; a write names the version that it is based on
   * @param count number of alerts, without copies
   * @param published what was published of it
   * @param recent the {@link #trace} of the latest alerts, oldest first
   */
  Sighting(
      String fingerprint,
      long version,
      Instant firstAt,
      Instant lastAt,
      long count,
      Published published,
      long[] recent) {
    this.fingerprint = fingerprint;
    this.version = version;
    this.firstAt = firstAt;
    this.lastAt = lastAt;
    this.count = count;
    this.published = published;
    this.recent = recent;
  }

  /** The problem. */
  public String fingerprint() {
    return fingerprint;
  }

  /** The number of writes. */
  public long version() {
    return version;
  }

  /** Event time of the first alert. */
  public Instant firstAt() {
    return firstAt;
  }

  /** Event time of the latest alert. */
  public Instant lastAt() {
    return lastAt;
  }

  /** The number of alerts. */
  public long count() {
    return count;
  }

  /** The keys of the objects that it was seen on. */
  public Set<String> targets() {
    return published.objects().keySet();
  }

  /** What was published of it. */
  Published published() {
    return published;
  }

  /** Traces of the latest alerts, oldest first. */
  long[] recent() {
    return recent;
  }

  /** The state of a problem that was never seen or was deleted from the store. */
  static Sighting none(String fingerprint) {
    return new Sighting(
        fingerprint, 0, Instant.EPOCH, Instant.EPOCH, 0, Published.NOTHING, new long[0]);
  }

  /** Whether this is the empty state. */
  boolean isNone() {
    return version == 0;
  }

  /**
   * A 64-bit trace of an alert's id: its first hex digits, or the FNV-1a hash of an id of another
   * form.
   */
  static long trace(String alertId) {
    long hex = 0;
    int digits = 0;
    while (digits < 16 && digits < alertId.length()) {
      int digit = Character.digit(alertId.charAt(digits), 16);
      if (digit < 0) {
        return fnv1a(alertId);
      }
      hex = hex << 4 | digit;
      digits++;
    }
    return digits == 16 ? hex : fnv1a(alertId);
  }

  private static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sighting that
        && fingerprint.equals(that.fingerprint)
        && version == that.version
        && firstAt.equals(that.firstAt)
        && lastAt.equals(that.lastAt)
        && count == that.count
        && published.equals(that.published)
        && Arrays.equals(recent, that.recent);
  }

  @Override
  public int hashCode() {
    return fingerprint.hashCode() * 31 + Long.hashCode(version);
  }

  @Override
  public String toString() {
    return fingerprint + " v" + version + ": " + count + " alerts on " + targets();
  }
}
