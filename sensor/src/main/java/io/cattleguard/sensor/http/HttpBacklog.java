package io.cattleguard.sensor.http;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Lets large bodies be read one after another, because reading one takes several times its size.
 * Used only by the thread that serves connections.
 */
final class HttpBacklog {
  private final HttpCommits.Later later;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean reading;

  HttpBacklog(HttpCommits.Later later) {
    this.later = later;
  }

  /** Runs it when its turn comes; {@link #done} ends the turn. */
  void add(Runnable read) {
    waiting.add(read);
    if (!reading) {
      next();
    }
  }

  void done() {
    reading = false;
    next();
  }

  private void next() {
    Runnable read = waiting.poll();
    if (read != null) {
      reading = true;
      later.run(read, false);
    }
  }
}
