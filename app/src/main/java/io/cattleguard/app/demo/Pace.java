package io.cattleguard.app.demo;

/** Leaves people time to read. */
public final class Pace {
  private final boolean paced;

  Pace(boolean paced) {
    this.paced = paced;
  }

  /** Waits, where somebody is reading. */
  void pause(long millis) {
    if (paced) {
      sleep(millis);
    }
  }

  /** Waits in any case. */
  public static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
