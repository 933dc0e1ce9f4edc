package io.cattleguard.sources.parsing;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An action of a process, whether or not its event is an alert. An attempt that the source refused
 * is not an activity.
 *
 * @param deed the action
 * @param process the process that did it; for {@link Deed#STARTED} the one that started
 * @param parentExecutable the path of the process's parent, if the source has more than its name
 * @param network the connection, for {@link Deed#LISTENED}, {@link Deed#CONNECTED} and {@link
 *     Deed#LOOKED_UP}
 * @param file the file, for {@link Deed#WROTE}
 * @param digest the digest of the container's image, {@code sha256:…}
 * @param containerStartedAt when the container started
 * @param observedAt event time, absent if the event has none
 * @param count number of equal events that it represents, at least 1
 * @param call the system call, for {@link Deed#CALLED}
 */
public record Activity(
    Deed deed,
    Target target,
    ObservedProcess process,
    @Nullable String parentExecutable,
    ObservedConnection network,
    @Nullable String file,
    @Nullable String digest,
    @Nullable Instant containerStartedAt,
    @Nullable Instant observedAt,
    long count,
    @Nullable Call call) {
  private static final String DIGEST = "sha256:";

  /** The actions of processes. */
  public enum Deed {
    /** A program started. */
    STARTED,
    /** The process accepts connections on a port. */
    LISTENED,
    /** The process connected to a peer. */
    CONNECTED,
    /** The process looked up a name. */
    LOOKED_UP,
    /** The process wrote a file, or created, truncated, renamed or removed it. */
    WROTE,
    /** A program started in a process that the source lost, so its workload is unknown. */
    STARTED_SOMEWHERE,
    /** The process called the kernel. */
    CALLED,
    /** The container started while a tracer recorded all of its system calls. */
    STARTED_RECORDED
  }

  /**
   * A system call.
   *
   * @param name its name, or {@link #UNKNOWN}
   * @param abi {@code x64}, {@code i386}, {@code arm64} or {@code arm32}; empty if the source does
   *     not tell
   */
  public record Call(String name, String abi) {
    /** The name of a call whose number is in no table, or has no known ABI. */
    public static final String UNKNOWN = "unknown";
  }

  /** An action that is no system call. */
  public Activity(
      Deed deed,
      Target target,
      ObservedProcess process,
      @Nullable String parentExecutable,
      ObservedConnection network,
      @Nullable String file,
      @Nullable String digest,
      @Nullable Instant containerStartedAt,
      @Nullable Instant observedAt,
      long count) {
    this(
        deed,
        target,
        process,
        parentExecutable,
        network,
        file,
        digest,
        containerStartedAt,
        observedAt,
        count,
        null);
  }

  /** A copy with another action. */
  public Activity as(Deed other) {
    return new Activity(
        other,
        target,
        process,
        parentExecutable,
        network,
        file,
        digest,
        containerStartedAt,
        observedAt,
        count,
        call);
  }

  /** The system call that this process made. */
  public Activity calling(Call made) {
    return new Activity(
        Deed.CALLED,
        target,
        process,
        parentExecutable,
        network,
        file,
        digest,
        containerStartedAt,
        observedAt,
        count,
        made);
  }

  /** The digest at the end of an image's name, or null. */
  public static @Nullable String digestOf(@Nullable String image) {
    int at = image == null ? -1 : image.indexOf(DIGEST);
    return image == null || at < 0 ? null : image.substring(at);
  }
}
