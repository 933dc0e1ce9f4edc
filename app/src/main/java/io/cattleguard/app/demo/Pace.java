package io.cattleguard.app.demo;

/** Pauses the demo, so that people can read along. */
public final class Pace {
  private final boolean paced;

  Pace(boolean paced) {
    this.paced = paced;
  }

  /** Waits, if the demo is paced. */
  void pause(long millis) {
    if (paced) {
      sleep(millis);
    }
  }

  /** Waits always. */
  public static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
