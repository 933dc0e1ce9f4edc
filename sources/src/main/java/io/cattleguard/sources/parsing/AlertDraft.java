package io.cattleguard.sources.parsing;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A builder of an alert: fields that its parser does not set are absent. */
public final class AlertDraft {
  private final String source;
  private final Origin origin;
  private final String raw;
  private final List<String> notes;
  private String id;
  private AlertClass alertClass = AlertClass.RUNTIME;
  private @Nullable String rule;
  private @Nullable Severity severity;
  private Behaviour behaviour = Behaviour.NONE;
  private List<Trait> traits = List.of();
  private Target.Builder target = Target.builder();
  private ObservedProcess process = ObservedProcess.UNKNOWN;
  private ObservedConnection network = ObservedConnection.UNKNOWN;
  private @Nullable String file;
  private @Nullable Instant observedAt;
  private long count = 1;
  private @Nullable String title;

  /** A draft of a runtime alert, whose id is that of the event's text. */
  public AlertDraft(String source, Origin origin, String raw, List<String> notes) {
    this.source = source;
    this.origin = origin;
    this.raw = raw;
    this.notes = notes;
    this.id = "";
  }

  /** Sets the text from which the id is computed, for a source that names its own events. */
  @CanIgnoreReturnValue
  public AlertDraft identity(String text) {
    this.id = text;
    return this;
  }

  /** Sets the class. */
  @CanIgnoreReturnValue
  public AlertDraft alertClass(AlertClass value) {
    this.alertClass = value;
    return this;
  }

  /** Sets the rule. */
  @CanIgnoreReturnValue
  public AlertDraft rule(@Nullable String value) {
    this.rule = value;
    return this;
  }

  /** Sets the severity. */
  @CanIgnoreReturnValue
  public AlertDraft severity(@Nullable Severity value) {
    this.severity = value;
    return this;
  }

  /** Adds the known behaviour. Its traits are not added. */
  @CanIgnoreReturnValue
  public AlertDraft behaviour(Behaviour value) {
    this.behaviour = behaviour.and(value);
    return this;
  }

  /** Adds traits. */
  @CanIgnoreReturnValue
  public AlertDraft traits(List<Trait> value) {
    this.traits = Behaviour.joined(traits, value);
    return this;
  }

  /** Adds a trait, if it applies. */
  @CanIgnoreReturnValue
  public AlertDraft trait(Trait value, boolean applies) {
    return applies ? traits(List.of(value)) : this;
  }

  /** Sets the target; its cluster is the origin's. */
  @CanIgnoreReturnValue
  public AlertDraft target(Target.Builder value) {
    this.target = value;
    return this;
  }

  /** Sets the process. */
  @CanIgnoreReturnValue
  public AlertDraft process(ObservedProcess value) {
    this.process = value;
    return this;
  }

  /** Sets the connection. */
  @CanIgnoreReturnValue
  public AlertDraft network(ObservedConnection value) {
    this.network = value;
    return this;
  }

  /** Sets the file. */
  @CanIgnoreReturnValue
  public AlertDraft file(@Nullable String value) {
    this.file = value;
    return this;
  }

  /** Sets the event time. */
  @CanIgnoreReturnValue
  public AlertDraft observedAt(@Nullable Instant value) {
    this.observedAt = value;
    return this;
  }

  /** Sets the number of events, at least 1. */
  @CanIgnoreReturnValue
  public AlertDraft count(long value) {
    this.count = Math.max(1, value);
    return this;
  }

  /** Sets the title, which a rule of the same text makes needless. */
  @CanIgnoreReturnValue
  public AlertDraft title(@Nullable String value) {
    this.title = value;
    return this;
  }

  /** The reading. */
  public Reading.Read read() {
    return new Reading.Read(
        new Alert(
            EventId.of(source, origin.cluster(), id.isEmpty() ? raw : id),
            alertClass,
            source,
            rule,
            severity,
            behaviour.tactics(),
            behaviour.techniques(),
            traits,
            target.cluster(origin.cluster()).build(),
            process,
            network,
            file,
            observedAt,
            count,
            notes.stream().distinct().toList(),
            raw,
            title != null && title.equals(rule) ? null : title));
  }
}
