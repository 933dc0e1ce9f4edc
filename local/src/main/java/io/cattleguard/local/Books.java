package io.cattleguard.local;

import io.cattleguard.deduplicate.Verdict;

/** Counts every event once, in one column. */
final class Books {
  private long received;
  private long unreadable;
  private long ignored;
  private long opened;
  private long spread;
  private long merged;
  private long suppressed;

  void received() {
    received++;
  }

  void unreadable() {
    unreadable++;
  }

  void ignored() {
    ignored++;
  }

  void judged(Verdict.Column column) {
    switch (column) {
      case OPENED -> opened++;
      case SPREAD -> spread++;
      case MERGED -> merged++;
      case SUPPRESSED -> suppressed++;
      case FAILED -> {
        // not counted: balance() will tell
      }
    }
  }

  /** Whether received is the sum of all columns. */
  boolean balance() {
    return received == opened + spread + merged + suppressed + ignored + unreadable;
  }

  long receivedCount() {
    return received;
  }

  long openedCount() {
    return opened;
  }

  long spreadCount() {
    return spread;
  }

  long mergedCount() {
    return merged;
  }

  long suppressedCount() {
    return suppressed;
  }

  long ignoredCount() {
    return ignored;
  }

  long unreadableCount() {
    return unreadable;
  }
}
