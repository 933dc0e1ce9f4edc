package io.cattleguard.sensor.http;

import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Writes the requests of several clients to disk in one commit, then answers them together. Runs on
 * the thread that serves connections, because handing over to another thread and back costs more
 * than the write.
 */
final class HttpCommits {
  /** How long a group waits once, if the last one was larger; flushing a disk takes longer. */
  private static final long GATHER_NANOS = TimeUnit.MICROSECONDS.toNanos(60);

  /**
   * A group with this many characters or observations is written at once, without waiting for
   * others.
   */
  private static final int MOST_CHARACTERS = 512 << 10;

  private static final int MOST_OBSERVATIONS = 2_048;

  private final GroupCommit spool;
  private final Later later;
  private List<Waiting> waiting = new ArrayList<>();
  private int characters;
  private int observationCount;
  private boolean writing;
  private int lastGroup = 1;
  private boolean gathered;

  private record Waiting(
      List<Observation> observations, Runnable kept, Consumer<SpoolUnavailable> notKept) {}

  /** Runs something on this thread. */
  interface Later {
    /**
     * Runs after the current read and, if asked, after everything that can be read then.
     *
     * @param afterAnotherLook whether to look at the connections first
     */
    void run(Runnable action, boolean afterAnotherLook);
  }

  HttpCommits(GroupCommit spool, Later later) {
    this.spool = spool;
    this.later = later;
  }

  /** Keeps observations; one of the two is called when that is done. */
  void add(List<Observation> observations, Runnable kept, Consumer<SpoolUnavailable> notKept) {
    waiting.add(new Waiting(observations, kept, notKept));
    if (waiting.size() == 1) {
      gathered = false;
      later.run(this::flush, false);
    }
    observationCount += observations.size();
    for (Observation observation : observations) {
      characters += observation.text().length();
    }
    if (!writing && (characters > MOST_CHARACTERS || observationCount > MOST_OBSERVATIONS)) {
      write();
    }
  }

  private void flush() {
    if (waiting.isEmpty()) {
      return;
    }
    if (waiting.size() < lastGroup && !gathered) {
      gathered = true;
      LockSupport.parkNanos(GATHER_NANOS);
      later.run(this::flush, true);
      return;
    }
    write();
  }

  private void write() {
    List<Waiting> group = waiting;
    waiting = new ArrayList<>();
    characters = 0;
    observationCount = 0;
    writing = true;
    try {
      write(group);
    } finally {
      writing = false;
    }
  }

  private void write(List<Waiting> group) {
    lastGroup = group.size();
    try {
      spool.append(group.stream().flatMap(one -> one.observations.stream()).toList());
    } catch (SpoolUnavailable e) {
      group.forEach(one -> one.notKept.accept(e));
      return;
    }
    group.forEach(one -> one.kept.run());
  }
}
