package io.cattleguard.models;

import io.cattleguard.events.HostileText;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.sources.parsing.Programs;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares observations with a model. Behaviour that is not in the model is a deviation, even if
 * the model is full: frequent behaviour is not accepted automatically.
 */
public final class Deviations {
  /** Written by people instead of a network: every address of the internet. */
  public static final String PUBLIC = "public";

  private Deviations() {}

  /**
   * The deviation of an observation from its workload's model, if it is one. In {@link
   * Mode#LEARNING}, and for a kind of behaviour that no source reported during learning, only
   * typical behaviour of intruders is a deviation, and not while the container starts. A system
   * call is only one if the model has a complete record of calls.
   */
  public static Optional<Deviation> of(Model model, Observation seen) {
    if (seen.entry() instanceof SystemCall call) {
      return of(model, call, seen);
    }
    Optional<Map.Entry<Entry, Sighting>> known = find(model, seen.entry());
    Risk risk = Risk.of(seen.entry());
    if (known.isPresent()) {
      Sighting sighting = known.get().getValue();
      if (seen.entry() instanceof Executable
          && sighting.startupOnly()
          && !sighting.accepted()
          && mayRun(seen.phase(), risk)) {
        return Optional.of(
            deviation(
                model,
                seen,
                risk.rule().isRisky() ? risk : Risk.of(DeviationRule.STARTUP_PROGRAM),
                "the container only runs it while it starts"));
      }
      return risk.rule().isRisky() && !sighting.isConfirmed() && !sighting.startupOnly()
          ? Optional.of(
              deviation(
                  model,
                  seen,
                  risk,
                  "only one start of the container did this while the model was learned"))
          : Optional.empty();
    }
    boolean learns = model.mode() == Mode.LEARNING || !model.covers().contains(seen.entry().kind());
    if (learns && (!risk.rule().isRisky() || seen.phase() == Phase.STARTUP)) {
      return Optional.empty();
    }
    if (!risk.rule().isRisky()
        && seen.entry() instanceof Executable executable
        && model.entries().keySet().stream()
            .anyMatch(
                entry ->
                    entry instanceof Executable other && isSame(other.path(), executable.path()))) {
      return Optional.of(
          deviation(
              model, seen, Risk.of(DeviationRule.PARENT), "the model has it with other parents"));
    }
    return Optional.of(deviation(model, seen, risk, why(model)));
  }

  private static Optional<Deviation> of(Model model, SystemCall call, Observation seen) {
    Sighting known = known(model, call);
    Risk risk = Risk.of(call);
    boolean isUnconfirmed = known != null && risk.rule().isRisky() && !known.isConfirmed();
    boolean deviates =
        !call.equals(SystemCall.RECORDED)
            && model.mode() != Mode.LEARNING
            && (known == null || isUnconfirmed)
            && new CallRecord(model).isComplete();
    return deviates
        ? Optional.of(
            deviation(
                model,
                seen,
                risk,
                isUnconfirmed
                    ? "only one start of the container did this while the model was learned"
                    : "the model has all calls of "
                        + model.traced().size()
                        + " starts, and not this one"))
        : Optional.empty();
  }

  /** Not every source tells the ABI. */
  private static @Nullable Sighting known(Model model, SystemCall call) {
    Sighting exact = model.entries().get(call);
    if (exact != null) {
      return exact;
    }
    return model.entries().entrySet().stream()
        .filter(
            known ->
                known.getKey() instanceof SystemCall other
                    && other.name().equals(call.name())
                    && (call.abi().isEmpty() || other.abi().isEmpty()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  /** If the source does not report the phase, risky behaviour counts as done after the start. */
  private static boolean mayRun(Phase phase, Risk risk) {
    return phase == Phase.RUNNING || (phase == Phase.UNKNOWN && risk.rule().isRisky());
  }

  private static String why(Model model) {
    return model.isComplete()
        ? "the model does not have it"
        : "the model does not have it, and had no room for all that was observed";
  }

  private static Deviation deviation(Model model, Observation seen, Risk risk, String why) {
    return new Deviation(
        seen,
        model.mode(),
        risk.rule().ruleName(),
        risk.severity(),
        risk.behaviour().tactics(),
        risk.behaviour().techniques(),
        risk.behaviour().traits(),
        words(seen.entry()) + ": " + why);
  }

  /** An entry as a text for people, without control characters. */
  public static String words(Entry entry) {
    return switch (entry) {
      case Executable executable ->
          "runs "
              + HostileText.visible(executable.path(), 120)
              + (executable.parent().isEmpty()
                  ? ""
                  : ", started by " + HostileText.visible(executable.parent(), 120));
      case Listener listener ->
          "listens on "
              + listener.protocol()
              + (listener.port() == Entry.EPHEMERAL
                  ? ", a port that the kernel chose"
                  : "/" + listener.port());
      case Peer peer ->
          "connects to "
              + peer.peerKind().name().toLowerCase(Locale.ROOT)
              + " "
              + HostileText.visible(peer.name(), 120)
              + port(peer.port());
      case WrittenFile file -> "writes " + HostileText.visible(file.path(), 120);
      case SystemCall call ->
          "calls "
              + HostileText.visible(call.name(), 40)
              + (call.abi().isEmpty() ? "" : " (" + HostileText.visible(call.abi(), 10) + ")");
    };
  }

  private static String port(int port) {
    return switch (port) {
      case Entry.NO_PORT -> "";
      case Entry.ANY_PORT -> ", any port";
      case Entry.EPHEMERAL -> ", a port that the kernel chose";
      default -> ", port " + port;
    };
  }

  /**
   * The observation of a peer as the reviewed model names it: if people wrote that the workload may
   * connect to the whole internet or to every port, its networks and ports would only fill a model.
   */
  public static Observation asReviewed(Model reviewed, Observation seen) {
    return seen.entry() instanceof Peer peer && !reviewed.entries().containsKey(peer)
        ? find(reviewed, peer)
            .map(Map.Entry::getKey)
            .filter(
                known ->
                    known instanceof Peer wide
                        && (wide.name().equals(PUBLIC) || wide.port() == Entry.ANY_PORT))
            .map(seen::of)
            .orElse(seen)
        : seen;
  }

  /** The model's entry that covers another entry, if it has one. */
  static Optional<Map.Entry<Entry, Sighting>> find(Model model, Entry entry) {
    Sighting exact = model.entries().get(entry);
    if (exact != null) {
      return Optional.of(Map.entry(entry, exact));
    }
    return switch (entry) {
      case Executable executable ->
          model.entries().entrySet().stream()
              .filter(
                  known ->
                      known.getKey() instanceof Executable other
                          && isSame(other.path(), executable.path())
                          && (executable.parent().isEmpty()
                              || other.parent().isEmpty()
                              || isSame(other.parent(), executable.parent())))
              .findFirst();
      case Peer peer ->
          peers(peer).stream()
              .flatMap(wider -> known(model, wider).stream())
              .findFirst()
              .or(() -> service(model, peer));
      case Listener ignored -> Optional.empty();
      case WrittenFile file -> named(model, file);
      case SystemCall ignored -> Optional.empty();
    };
  }

  /**
   * An older model has the names of temporary and dated files that were seen. A model with many
   * files in a folder has a pattern, which covers no file that starts programs or grants access.
   */
  private static Optional<Map.Entry<Entry, Sighting>> named(Model model, WrittenFile file) {
    boolean isRisky = Risk.of(file).rule().isRisky();
    return model.entries().entrySet().stream()
        .filter(
            known ->
                known.getKey() instanceof WrittenFile other
                    && (Ephemeral.file(other.path()).equals(file.path())
                        || (!isRisky && Ephemeral.covers(other.path(), file.path()))))
        .findFirst();
  }

  private static Optional<Map.Entry<Entry, Sighting>> known(Model model, Entry entry) {
    return Optional.ofNullable(model.entries().get(entry))
        .map(sighting -> Map.entry(entry, sighting));
  }

  /** Wider entries: those that only people write, and private addresses of a service. */
  private static List<Peer> peers(Peer peer) {
    Peer onAnyPort = new Peer(peer.peerKind(), peer.name(), Entry.ANY_PORT);
    if (peer.peerKind() == PeerKind.SERVICE) {
      return List.of(
          onAnyPort,
          new Peer(PeerKind.NETWORK, Networks.PRIVATE, peer.port()),
          new Peer(PeerKind.NETWORK, Networks.PRIVATE, Entry.ANY_PORT));
    }
    return Networks.isPublic(peer)
        ? List.of(
            onAnyPort,
            new Peer(PeerKind.NETWORK, PUBLIC, peer.port()),
            new Peer(PeerKind.NETWORK, PUBLIC, Entry.ANY_PORT))
        : List.of(onAnyPort);
  }

  /** A private address may be that of a service, where the source does not name services. */
  private static Optional<Map.Entry<Entry, Sighting>> service(Model model, Peer peer) {
    if (peer.peerKind() != PeerKind.NETWORK || !peer.name().equals(Networks.PRIVATE)) {
      return Optional.empty();
    }
    return model.entries().entrySet().stream()
        .filter(
            known ->
                known.getKey() instanceof Peer other
                    && other.peerKind() == PeerKind.SERVICE
                    && (other.port() == peer.port() || other.port() == Entry.ANY_PORT))
        .findFirst();
  }

  /**
   * Whether two texts are the same program: a source that has only its name cannot tell its folder.
   * A program in a temporary folder or in memory is none of the image's.
   */
  private static boolean isSame(String known, String seen) {
    if (known.equals(seen)) {
      return true;
    }
    boolean nameOnly = known.indexOf('/') < 0 || seen.indexOf('/') < 0;
    return nameOnly
        && !Ephemeral.isTemporary(known)
        && !Ephemeral.isTemporary(seen)
        && !Programs.isInMemory(known)
        && !Programs.isInMemory(seen)
        && Objects.equals(Programs.name(known), Programs.name(seen));
  }
}
