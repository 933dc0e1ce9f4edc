package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Incidents by the time of their first event, as bars of a drawing that is 60 units high.
 *
 * @param most incidents in one bar
 * @param summary the chart in a sentence
 */
public record Chart(List<Bar> bars, int width, int most, String from, String summary) {
  /** The height of the drawing. */
  public static final int HEIGHT = 60;

  private static final int STEP = 12;
  private static final int BAR = 9;

  /** One bar: the contained incidents at the bottom, the others above them. */
  public record Bar(int x, int width, int contained, int others, String title) {
    /** The top of the contained part. */
    public int containedTop() {
      return HEIGHT - contained;
    }

    /** The top of the whole bar. */
    public int top() {
      return HEIGHT - contained - others;
    }
  }

  /** Copies the list. */
  public Chart {
    bars = List.copyOf(bars);
  }

  static Chart of(List<IncidentSummary> all, Period period, Instant now) {
    int[] contained = new int[period.bars()];
    int[] others = new int[period.bars()];
    Instant from = period.from(now);
    long fromMillis = from.toEpochMilli();
    long barMillis = period.bar().toMillis(); // dividing Durations makes decimals of both
    for (IncidentSummary one : all) {
      if (one.firstAt().isBefore(from)) {
        continue;
      }
      long at = (one.firstAt().toEpochMilli() - fromMillis) / barMillis;
      int bar = (int) Math.min(at, period.bars() - 1);
      (one.timeToContain().isPresent() ? contained : others)[bar]++;
    }
    int most = 0;
    int total = 0;
    int begun = 0;
    for (int bar = 0; bar < contained.length; bar++) {
      most = Math.max(most, contained[bar] + others[bar]);
      total += contained[bar];
      begun += contained[bar] + others[bar];
    }
    List<Bar> bars = new ArrayList<>();
    for (int bar = 0; bar < contained.length; bar++) {
      bars.add(
          new Bar(
              bar * STEP,
              BAR,
              height(contained[bar], most),
              height(others[bar], most),
              Words.time(from.plus(period.bar().multipliedBy(bar)))
                  + " UTC: "
                  + IncidentWords.count(contained[bar] + others[bar], "incident")
                  + ", "
                  + contained[bar]
                  + " contained"));
    }
    return new Chart(
        bars,
        period.bars() * STEP,
        most,
        Words.time(from),
        IncidentWords.count(begun, "incident")
            + " began in the last "
            + period.text()
            + ", "
            + Words.number(total)
            + " contained; at most "
            + most
            + " in one bar");
  }

  /** A number above zero is drawn at least one unit high. */
  private static int height(int number, int most) {
    return number == 0 ? 0 : Math.max(1, number * HEIGHT / most);
  }
}
