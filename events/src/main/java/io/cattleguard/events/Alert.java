package io.cattleguard.events;

import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
 * @param traits names of {@link Trait}s, and those that a newer step wrote; parsers set constants,
 *     and only a decoder may use the constructor with names
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
      List<Trait> traits,
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
        Trait.ids(traits),
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

  /** An alert about one object, without a title. */
  public Alert(
      String id,
      AlertClass alertClass,
      String source,
      @Nullable String rule,
      @Nullable Severity severity,
      List<String> tactics,
      List<String> techniques,
      List<Trait> traits,
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

  /** Whether it has that trait. */
  public boolean has(Trait trait) {
    return traits.contains(trait.id());
  }

  /** Whether it reports something that happens now: it is neither replayed nor a sample. */
  public boolean isReal() {
    return !has(Trait.REPLAYED) && !has(Trait.SAMPLE);
  }

  /** A copy that represents that many events. */
  public Alert withCount(long events) {
    return with(copy -> copy.newCount = events);
  }

  /** A copy that is marked as {@link Trait#REPLAYED}. */
  public Alert asReplayed() {
    return with(copy -> copy.newTraits = and(traits, Trait.REPLAYED.id()));
  }

  /**
   * A copy that comes from that node, which the sender's credential proves. It replaces the node
   * that the event names; a difference is noted.
   */
  public Alert seenOnNode(String node) {
    String named = target.node();
    return with(
        copy -> {
          copy.newTraits = and(traits, Trait.NODE_VERIFIED.id());
          copy.newTarget = target.toBuilder().node(node).build();
          if (named != null && !named.equals(node)) {
            copy.newNotes =
                and(
                    notes,
                    "node: the event names "
                        + named
                        + ", but the sender's credential proves that it comes from "
                        + node);
          }
        });
  }

  /** A copy that comes from that sensor, whose pod the sender's credential proves. */
  public Alert sentBy(SensorSource.Pod sensor) {
    return with(copy -> copy.newTarget = target.toBuilder().sensor(sensor.toString()).build());
  }

  /** Whether the sender's credential proves the alert's node. */
  public boolean nodeVerified() {
    return has(Trait.NODE_VERIFIED);
  }

  /** A copy that happened at another time. */
  public Alert observedAt(Instant time) {
    return with(copy -> copy.newObservedAt = time);
  }

  /** A copy that reports these tactics and techniques instead. */
  public Alert withAttack(List<String> newTactics, List<String> newTechniques) {
    return with(
        copy -> {
          copy.newTactics = newTactics;
          copy.newTechniques = newTechniques;
        });
  }

  /** A copy that spans these objects. */
  public Alert withRelated(List<String> objects) {
    return with(copy -> copy.newRelated = objects);
  }

  /** A copy without the raw event, the notes and the related objects, for stores of messages. */
  public Alert bare() {
    return with(
        copy -> {
          copy.newNotes = List.of();
          copy.newRaw = "";
          copy.newRelated = List.of();
        });
  }

  /** A copy with one more note. */
  public Alert withNote(String note) {
    return with(copy -> copy.newNotes = and(notes, note));
  }

  private static List<String> and(List<String> texts, String one) {
    List<String> more = new ArrayList<>(texts);
    more.add(one);
    return more;
  }

  private Alert with(Consumer<Copy> change) {
    Copy copy = new Copy();
    change.accept(copy);
    return copy.finished();
  }

  /** A builder of a copy, in which some fields can be changed. */
  private final class Copy {
    private List<String> newTactics = tactics;
    private List<String> newTechniques = techniques;
    private List<String> newTraits = traits;
    private Target newTarget = target;
    private @Nullable Instant newObservedAt = observedAt;
    private long newCount = count;
    private List<String> newNotes = notes;
    private String newRaw = raw;
    private List<String> newRelated = related;

    private Alert finished() {
      return new Alert(
          id,
          alertClass,
          source,
          rule,
          severity,
          newTactics,
          newTechniques,
          newTraits,
          newTarget,
          process,
          network,
          file,
          newObservedAt,
          newCount,
          newNotes,
          newRaw,
          title,
          newRelated);
    }
  }
}
