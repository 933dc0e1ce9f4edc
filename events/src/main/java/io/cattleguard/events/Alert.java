package io.cattleguard.events;

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
   * Trait of an alert that its source generated as a sample. Such an alert never causes an action.
   */
  public static final String SAMPLE = "sample";

  /** Trait of an alert that was replayed from an archive. Such an alert never causes an action. */
  public static final String REPLAYED = "replayed";

  /** Trait of an alert whose source stopped the process or refused the call already. */
  public static final String BLOCKED = "blocked";

  /**
   * Trait of a deviation from a model that people still review. Such an alert never causes an
   * action.
   */
  public static final String UNDER_REVIEW = "model-under-review";

  /**
   * Trait of an alert that reports an intrusion, not just behaviour that intruders also show. If
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

  /** An alert about one object, without a title. */
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
        null,
        List.of());
  }

  /** Whether it reports something that happens now: it is neither replayed nor a sample. */
  public boolean isReal() {
    return !traits.contains(REPLAYED) && !traits.contains(SAMPLE);
  }

  /** A copy that represents that many events. */
  public Alert withCount(long events) {
    return with(copy -> copy.newCount = events);
  }

  /** A copy that is marked as {@link #REPLAYED}. */
  public Alert asReplayed() {
    return with(copy -> copy.newTraits = and(traits, REPLAYED));
  }

  /**
   * A copy that comes from that node, which the sender's credential proves. It replaces the node
   * that the event names; a difference is noted.
   */
  public Alert seenOnNode(String node) {
    String named = target.node();
    return with(
        copy -> {
          copy.newTraits = and(traits, NODE_VERIFIED);
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
    return traits.contains(NODE_VERIFIED);
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
