package io.cattleguard.models;

import io.cattleguard.events.HostileText;
import io.cattleguard.events.Target;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.Activity.Deed;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.Origin;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns the events of Tetragon, Falco and KubeArmor into observations, alerts or not. */
public final class Observations {
  /** How long a container's start takes. */
  public static final Duration STARTUP = Duration.ofMinutes(2);

  /** The cluster of an event that was recorded without one. */
  public static final String UNKNOWN_CLUSTER = "unknown";

  private static final int LONGEST_NAME = 253;
  private static final int SHORT_ID = 12;

  /** An asterisk in a name, written as {@link HostileText} writes what is not visible. */
  private static final String ASTERISK = "\\u002a";

  private final AlertReader reader;
  private final Peers peers;
  private final Volumes volumes;

  /** Creates a reader that knows neither services nor volumes. */
  public Observations() {
    this(new AlertReader(), Peers.UNKNOWN, Volumes.UNKNOWN);
  }

  /** Reads events with that reader, whose envelopes are opened already. */
  public Observations(AlertReader reader, Peers peers, Volumes volumes) {
    this.reader = reader;
    this.peers = peers;
    this.volumes = volumes;
  }

  /**
   * The behaviour that an event shows. Empty if it shows nothing that models cover, or if its
   * source refused the attempt. Never throws because of the event's content.
   *
   * @param raw the event's text, without envelopes
   */
  public List<Observation> of(String raw, Origin origin) {
    List<Observation> observations = new ArrayList<>(2);
    for (Activity activity : reader.activities(raw, origin)) {
      if (activity.deed() == Deed.STARTED_SOMEWHERE) {
        continue;
      }
      Workload workload = workload(activity.target(), origin);
      entry(workload, activity)
          .ifPresent(entry -> observations.add(observation(workload, entry, activity, origin)));
    }
    return observations;
  }

  /**
   * The programs that an event shows in processes which its source lost, so that their workload is
   * unknown. They are never learned, but an engine that compares in the kernel stops them too.
   *
   * @param raw the event's text, without envelopes
   */
  public List<Executable> lost(String raw, Origin origin) {
    return reader.activities(raw, origin).stream()
        .filter(activity -> activity.deed() == Deed.STARTED_SOMEWHERE)
        .flatMap(activity -> executable(activity).stream())
        .toList();
  }

  private static Observation observation(
      Workload workload, Entry entry, Activity activity, Origin origin) {
    Target target = activity.target();
    Instant at = Objects.requireNonNullElse(activity.observedAt(), origin.receivedAt());
    String instance = workload.kind().equals(Workload.NODE) ? target.node() : target.pod();
    String image = target.image();
    int digest = image == null ? -1 : image.indexOf('@');
    return new Observation(
        workload,
        entry,
        // A profile of system calls is the same during the start and after it.
        entry instanceof SystemCall ? Phase.UNKNOWN : phase(activity.containerStartedAt(), at),
        at,
        bounded(instance == null ? target.containerId() : instance),
        shortened(target.containerId()),
        image == null ? null : bounded(digest < 0 ? image : image.substring(0, digest)),
        digest(activity, image),
        activity.count());
  }

  private static @Nullable String digest(Activity activity, @Nullable String image) {
    String digest = activity.digest() == null ? Activity.digestOf(image) : activity.digest();
    return digest == null ? null : bounded(digest);
  }

  private static Phase phase(@Nullable Instant started, Instant at) {
    if (started == null) {
      return Phase.UNKNOWN;
    }
    return at.isBefore(started.plus(STARTUP)) ? Phase.STARTUP : Phase.RUNNING;
  }

  /** The workload of an alert's target, under the name that its model has. */
  public static Workload workload(Target target, Origin origin) {
    String cluster =
        bounded(
            Objects.requireNonNullElse(
                origin.cluster() == null ? target.cluster() : origin.cluster(), UNKNOWN_CLUSTER));
    String container = target.containerName();
    String owner = target.workload();
    if (owner == null && target.pod() != null) {
      owner = "Pod/" + target.pod();
    }
    if (owner == null) {
      String id = target.containerId();
      return id == null
          ? Workload.ofNodes(cluster)
          : new Workload(cluster, "", Workload.CONTAINER, image(target, id), bounded(container));
    }
    int slash = owner.indexOf('/');
    String kind = owner.substring(0, Math.max(0, slash));
    String name = Ephemeral.owned(kind, owner.substring(slash + 1));
    return new Workload(
        cluster, bounded(target.namespace()), bounded(kind), bounded(name), bounded(container));
  }

  /** The repository of a container's image, else the start of the container's id. */
  private static String image(Target target, String id) {
    String image = target.image();
    if (image == null) {
      return shortened(id);
    }
    int tag = image.indexOf(':', image.lastIndexOf('/') + 1);
    int digest = image.indexOf('@');
    int end = digest >= 0 && (tag < 0 || digest < tag) ? digest : tag;
    return bounded(end < 0 ? image : image.substring(0, end));
  }

  private Optional<Entry> entry(Workload workload, Activity activity) {
    return switch (activity.deed()) {
      case STARTED, STARTED_SOMEWHERE -> executable(activity).map(program -> program);
      case LISTENED ->
          Optional.ofNullable(activity.network().localPort())
              .map(port -> new Listener(protocol(activity), Ephemeral.port(port)));
      case CONNECTED -> peer(activity);
      case LOOKED_UP ->
          Optional.ofNullable(activity.network().domain())
              .map(name -> new Peer(PeerKind.DNS, domain(name), Entry.NO_PORT));
      case WROTE -> file(workload, activity.file());
      case CALLED ->
          Optional.ofNullable(activity.call()).map(made -> new SystemCall(made.name(), made.abi()));
      case STARTED_RECORDED -> Optional.of(SystemCall.RECORDED);
    };
  }

  private static Optional<Executable> executable(Activity activity) {
    String program = activity.process().executable();
    String parent = activity.parentExecutable();
    if (parent == null) {
      parent = activity.process().parent();
    }
    String from = parent == null ? "" : Ephemeral.program(literal(parent));
    return Optional.ofNullable(program == null ? activity.process().name() : program)
        .map(path -> new Executable(Ephemeral.program(literal(path)), from));
  }

  private Optional<Entry> peer(Activity activity) {
    String address = activity.network().peer();
    Integer port = activity.network().port();
    int stable = port == null ? Entry.NO_PORT : Ephemeral.port(port);
    String domain = activity.network().domain();
    if (domain != null) {
      return Optional.of(new Peer(PeerKind.DNS, domain(domain), stable));
    }
    if (address == null || Addresses.isLoopback(address)) {
      return Optional.empty();
    }
    Optional<String> service = peers.service(address);
    return service.isPresent()
        ? Optional.of(new Peer(PeerKind.SERVICE, bounded(service.get()), stable))
        : Networks.peer(address, stable);
  }

  private Optional<Entry> file(Workload workload, @Nullable String path) {
    if (path == null
        || !path.startsWith("/")
        || path.startsWith("/dev/null")
        || path.startsWith("/dev/pts/")
        || path.startsWith("/dev/tty")) {
      return Optional.empty();
    }
    WrittenFile file = new WrittenFile(Ephemeral.file(literal(path)));
    return ClusterFacts.isOrdinaryOnVolume(workload, new WrittenFile(path), volumes)
        ? Optional.empty()
        : Optional.of(file);
  }

  /** A path without characters that a model reads as a pattern: an intruder may choose its name. */
  private static String literal(String path) {
    return HostileText.visible(path).replace(Ephemeral.ANY, ASTERISK);
  }

  private static String protocol(Activity activity) {
    return activity.network().protocol() == null ? "tcp" : bounded(activity.network().protocol());
  }

  private static String domain(String name) {
    String lower = bounded(name).toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** Sources cut a container's id at different lengths. */
  private static String shortened(@Nullable String id) {
    String bare = bounded(id);
    return bare.length() > SHORT_ID ? bare.substring(0, SHORT_ID) : bare;
  }

  private static String bounded(@Nullable String text) {
    return text == null ? "" : HostileText.visible(text, LONGEST_NAME);
  }
}
