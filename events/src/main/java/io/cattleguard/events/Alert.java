package io.cattleguard.events;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A normalised security event, independent of its source.
 *
 * <p>Its text is untrusted. Parsers bound it and make control characters visible ({@link
 * HostileText}); every output escapes it for its own format.
 *
 * @param id deterministic: the same event read twice has the same id
 * @param source {@code falco}, {@code tetragon}, {@code guardduty}, …
 * @param rule the source's rule name, absent if the event has none
 * @param severity absent if the source reports none or an unknown one
 * @param tactics MITRE ATT&amp;CK tactics, {@code TA0002}
 * @param techniques MITRE ATT&amp;CK techniques, {@code T1059.004}
 * @param traits properties of the container or process: {@code privileged}, {@code
 *     dropped-executable}, …
 * @param file the path of the accessed file
 * @param observedAt event time, absent if the event has none
 * @param count number of equal events that it represents, at least 1
 * @param notes fields that could not be read, one sentence each
 * @param raw the event's original text
 * @param title what happened, in the source's words, absent if it repeats the rule
 * @param related the objects of an alert that spans several, as {@code
 *     instance/i-0123456789abcdef0}, {@code principal/alice} or {@code
 *     workload/shop/Deployment/web}
 */
public record Alert(
    String id,
    AlertClass alertClass,
    String source,
    @Nullable String rule,
    @Nullable Severity severity,
    List<String> tactics,
    List<String> techniques,
    List<String> traits,
    Target target,
    ObservedProcess process,
    ObservedConnection network,
    @Nullable String file,
    @Nullable Instant observedAt,
    long count,
    List<String> notes,
    String raw,
    @Nullable String title,
    List<String> related) {
  /**
   * Trait of an alert that its source made up as an example. Such an alert never causes an action.
   */
  public static final String SAMPLE = "sample";

  /** Trait of an alert that was replayed from an archive. Such an alert never causes an action. */
  public static final String REPLAYED = "replayed";

  /** Trait of an alert whose source stopped the process or refused the call already. */
  public static final String BLOCKED = "blocked";

  /**
   * Trait of an alert that speaks of an intrusion, rather than of a habit that intruders share. If
   * its severity is high, people see it whatever the weights.
   */
  public static final String INTRUSION = "intrusion";

  /**
   * Trait of an alert whose node is proved by the sender's credential. Only {@link
   * #seenOnNode(String)} sets it.
   */
  public static final String NODE_VERIFIED = "node-verified";

  /** Copies the lists and rejects a count below 1. */
  public Alert {
    tactics = List.copyOf(tactics);
    techniques = List.copyOf(techniques);
    traits = List.copyOf(traits);
    notes = List.copyOf(notes);
    related = List.copyOf(related);
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, is " + count);
    }
  }

  /** An alert about one object. */
  public Alert(
      String id,
      AlertClass alertClass,
      String source,
      @Nullable String rule,
      @Nullable Severity severity,
      List<String> tactics,
      List<String> techniques,
      List<String> traits,
      Target target,
      ObservedProcess process,
      ObservedConnection network,
      @Nullable String file,
      @Nullable Instant observedAt,
      long count,
      List<String> notes,
      String raw,
      @Nullable String title) {
    this(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        notes,
        raw,
        title,
        List.of());
  }

  /** An alert without a title. */
  public Alert(
      String id,
      AlertClass alertClass,
      String source,
      @Nullable String rule,
      @Nullable Severity severity,
      List<String> tactics,
      List<String> techniques,
      List<String> traits,
      Target target,
      ObservedProcess process,
      ObservedConnection network,
      @Nullable String file,
      @Nullable Instant observedAt,
      long count,
      List<String> notes,
      String raw) {
    this(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        notes,
        raw,
        null);
  }

  /** Whether it reports something that happens now: it is neither replayed nor a sample. */
  public boolean isReal() {
    return !traits.contains(REPLAYED) && !traits.contains(SAMPLE);
  }

  /** A copy that represents that many events. */
  public Alert withCount(long events) {
    return copy(traits, target, observedAt, events, notes);
  }

  /** A copy that is marked as {@link #REPLAYED}. */
  public Alert asReplayed() {
    return copy(with(traits, REPLAYED), target, observedAt, count, notes);
  }

  /**
   * A copy that comes from that node, which the sender's credential proves. It replaces the node
   * that the event names; a difference is noted.
   */
  public Alert seenOnNode(String node) {
    String named = target.node();
    List<String> newNotes =
        named == null || named.equals(node)
            ? notes
            : with(
                notes,
                "node: the event names "
                    + named
                    + ", but the sender's credential proves that it comes from "
                    + node);
    return copy(
        with(traits, NODE_VERIFIED),
        target.toBuilder().node(node).build(),
        observedAt,
        count,
        newNotes);
  }

  /** A copy that comes from that sensor, whose pod the sender's credential proves. */
  public Alert sentBy(SensorSource.Pod sensor) {
    return copy(
        traits, target.toBuilder().sensor(sensor.toString()).build(), observedAt, count, notes);
  }

  /** Whether the sender's credential proves the alert's node. */
  public boolean nodeVerified() {
    return traits.contains(NODE_VERIFIED);
  }

  /** A copy that happened at another time. */
  public Alert observedAt(Instant time) {
    return copy(traits, target, time, count, notes);
  }

  /** A copy that reports these tactics and techniques instead. */
  public Alert withAttack(List<String> newTactics, List<String> newTechniques) {
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        newTactics,
        newTechniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        notes,
        raw,
        title,
        related);
  }

  /** A copy that spans these objects. */
  public Alert withRelated(List<String> objects) {
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        notes,
        raw,
        title,
        objects);
  }

  /** A copy without the raw event, the notes and the related objects, for stores of messages. */
  public Alert bare() {
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        traits,
        target,
        process,
        network,
        file,
        observedAt,
        count,
        List.of(),
        "",
        title);
  }

  /** A copy with one more note. */
  public Alert withNote(String note) {
    return copy(traits, target, observedAt, count, with(notes, note));
  }

  private static List<String> with(List<String> texts, String one) {
    List<String> more = new ArrayList<>(texts);
    more.add(one);
    return more;
  }

  private Alert copy(
      List<String> newTraits,
      Target newTarget,
      @Nullable Instant newObservedAt,
      long newCount,
      List<String> newNotes) {
    return new Alert(
        id,
        alertClass,
        source,
        rule,
        severity,
        tactics,
        techniques,
        newTraits,
        newTarget,
        process,
        network,
        file,
        newObservedAt,
        newCount,
        newNotes,
        raw,
        title,
        related);
  }
}
