package io.cattleguard.respond.simulation;

import java.util.concurrent.Semaphore;

/**
 * Runs work in a thread of its own, one step at a time: it stops before every call to the outside
 * until it gets its next turn. So a seed determines the order of everything.
 */
final class Turns {
  /** The process was killed; it never continues. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final Semaphore go = new Semaphore(0);
  private final Semaphore back = new Semaphore(0);
  private final Thread thread;
  private volatile boolean done;
  private volatile boolean killed;
  private volatile Throwable ended = new Killed();
  private volatile boolean failed;

  Turns(Runnable work) {
    thread =
        Thread.ofVirtual()
            .unstarted(
                () -> {
                  go.acquireUninterruptibly();
                  try {
                    if (!killed) {
                      work.run();
                    }
                  } catch (Throwable e) {
                    failed = true;
                    ended = e;
                  } finally {
                    done = true;
                    back.release();
                  }
                });
    thread.start();
  }

  /** Runs the work up to its next call to the outside, or to its end. */
  void next() {
    go.release();
    back.acquireUninterruptibly();
  }

  /** Called by the work before each call to the outside. */
  void pause() {
    if (killed) {
      throw new Killed();
    }
    back.release();
    go.acquireUninterruptibly();
    if (killed) {
      throw new Killed();
    }
  }

  /** Kills the process: its calls from now on have no effect. */
  void kill() {
    killed = true;
    while (!done) {
      next();
    }
  }

  boolean done() {
    return done;
  }

  /** Whether the work ended with an error, so that its message is delivered again. */
  boolean failed() {
    return failed || killed;
  }

  Throwable error() {
    return ended;
  }
}
