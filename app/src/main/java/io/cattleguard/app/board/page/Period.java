package io.cattleguard.app.board.page;

import java.time.Duration;
import java.time.Instant;

/** The periods that a person chooses from. */
public enum Period {
  DAY("24h", "24 hours", Duration.ofHours(24), 24),
  WEEK("7d", "7 days", Duration.ofDays(7), 28),
  MONTH("30d", "30 days", Duration.ofDays(30), 30);

  private final String word;
  private final String text;
  private final Duration length;
  private final int bars;

  Period(String word, String text, Duration length, int bars) {
    this.word = word;
    this.text = text;
    this.length = length;
    this.bars = bars;
  }

  /** The period with that word; a day if it is unknown. */
  public static Period named(String word) {
    for (Period one : values()) {
      if (one.word.equals(word)) {
        return one;
      }
    }
    return DAY;
  }

  /** The word in addresses. */
  public String word() {
    return word;
  }

  /** The text for people. */
  public String text() {
    return text;
  }

  /** The number of bars in a chart. */
  int bars() {
    return bars;
  }

  /** The time that a bar covers. */
  Duration bar() {
    return length.dividedBy(bars);
  }

  /** When it began. */
  Instant from(Instant now) {
    return now.minus(length);
  }
}
