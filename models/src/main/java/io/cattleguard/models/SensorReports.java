package io.cattleguard.models;

import io.cattleguard.events.HostileText;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes observations as a sensor reports them, and reads its reports. */
public final class SensorReports {
  /** Of an image; anything else would only take room. */
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  private SensorReports() {}

  /** Writes sightings of an entry. */
  public static ObservedBehaviour write(
      Entry entry, Phase phase, Instant at, String instance, String start, long count) {
    return new ObservedBehaviour(
        kind(entry),
        bounded(entry.subject()),
        bounded(entry.detail()),
        entry.port(),
        hyphenated(phase),
        at,
        bounded(instance),
        bounded(start),
        count);
  }

  /** The kind of an entry in a report. */
  public static String kind(Entry entry) {
    return hyphenated(entry.kind());
  }

  private static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String bounded(String text) {
    return text.length() <= ObservedBehaviour.LONGEST
        ? text
        : text.substring(0, ObservedBehaviour.LONGEST);
  }

  /**
   * The observations of a report, with visible texts. What an unknown kind of behaviour or of peer
   * says is left out, because a later version's sensor may report more.
   *
   * @param cluster the cluster that the report's envelope names
   * @param clockOffset our clock minus the node's
   */
  public static List<Observation> read(
      WorkloadObserved report, String cluster, Duration clockOffset) {
    List<Observation> observations = new ArrayList<>();
    for (ObservedWorkload one : report.workloads()) {
      for (ObservedBehaviour behaviour : one.behaviour()) {
        entry(behaviour)
            .ifPresent(
                entry ->
                    observations.add(
                        new Observation(
                            workload(one, cluster),
                            entry,
                            Phase.valueOf(behaviour.phase().toUpperCase(Locale.ROOT)),
                            corrected(behaviour.at(), clockOffset),
                            HostileText.visible(behaviour.instance()),
                            HostileText.visible(behaviour.start()),
                            given(HostileText.visible(one.image())),
                            DIGEST.matcher(one.digest()).matches() ? one.digest() : null,
                            behaviour.count())));
      }
    }
    return observations;
  }

  /** The workload of a report. */
  public static Workload workload(ObservedWorkload reported, String cluster) {
    return new Workload(
        cluster,
        HostileText.visible(reported.namespace()),
        HostileText.visible(reported.kind()),
        HostileText.visible(reported.name()),
        HostileText.visible(reported.container()));
  }

  private static @Nullable String given(String text) {
    return text.isEmpty() ? null : text;
  }

  private static Instant corrected(Instant at, Duration offset) {
    try {
      return at.plus(offset);
    } catch (DateTimeException | ArithmeticException e) {
      return at;
    }
  }

  /** The kind of entries that a report means by a name. */
  public static Entry.Kind kind(String reported) {
    return Entry.Kind.valueOf(reported.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The entry that a behaviour is; empty if it is none that a sensor writes. */
  public static Optional<Entry> entry(ObservedBehaviour behaviour) {
    String subject = HostileText.visible(behaviour.subject());
    return switch (behaviour.kind()) {
      case "executable" ->
          Optional.of(new Executable(subject, HostileText.visible(behaviour.detail())));
      case "listener" -> Optional.of(new Listener(subject, behaviour.port()));
      case "peer" ->
          peerKind(behaviour.detail()).map(kind -> new Peer(kind, subject, behaviour.port()));
      // An older sensor reports each temporary file.
      case "written-file" -> Optional.of(new WrittenFile(Ephemeral.file(subject)));
      case "system-call" -> call(subject, behaviour.detail());
      default -> Optional.empty();
    };
  }

  private static Optional<Entry> call(String name, String abi) {
    SystemCall call = new SystemCall(name, abi);
    return call.equals(SystemCall.RECORDED)
        ? Optional.of(call)
        : EntryText.parse(EntryText.of(call)).filter(call::equals);
  }

  private static Optional<PeerKind> peerKind(String name) {
    for (PeerKind kind : PeerKind.values()) {
      if (kind.name().equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
