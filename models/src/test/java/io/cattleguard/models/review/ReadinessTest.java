package io.cattleguard.models.review;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Learner;
import io.cattleguard.models.Limits;
import io.cattleguard.models.Merge;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Phase;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a model is proposed as ready. */
final class ReadinessTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:00:00Z");

  private static Model model(Duration unchanged, int starts) {
    List<String> names = IntStream.range(0, starts).mapToObj(i -> "s" + i).toList();
    return new Model(
        new Workload("blue", "shop", "Deployment", "web", "nginx"),
        Mode.LEARNING,
        "",
        AT,
        AT.plus(unchanged),
        AT,
        List.of("web-0"),
        names,
        new TreeMap<>(
            Map.of(
                new Entry.WrittenFile("/x"),
                new Sighting(1, AT, AT, 1, starts, "", false, List.of(), false))),
        EnumSet.allOf(Entry.Kind.class),
        Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "PT24H,  3,  PT24H,      3, ''",
    "PT24H,  3,  PT23H59M,   3, 'unchanged for 23 h of the time observed, needs 1 d'",
    "PT36H,  3,  PT35H59M,   3, 'unchanged for 35 h of the time observed, needs 36 h'",
    "PT168H, 3,  PT167H,     3, 'unchanged for 6 d of the time observed, needs 7 d'",
    "PT90M,  1,  PT1M30S,    1, 'unchanged for 1 min of the time observed, needs 90 min'",
    "PT24H,  1,  PT0S,       1, 'unchanged for 0 s of the time observed, needs 1 d'",
    "PT0S,   0,  PT0S,       0, ''",
    "PT0S,   2,  PT0S,       1, 'spans 1 start of the container, needs 2'",
    "PT0S,   16, PT0S,      15, 'spans 15 starts of the container, needs 16'",
    "PT0S,   16, PT0S,      16, ''",
  })
  void aModelIsReadyWhenItWasStableForTheTimeAndTheStarts(
      Duration stable, int starts, Duration unchanged, int seen, String objections) {
    assertEquals(
        objections,
        String.join("; ", new Readiness(stable, starts).objections(model(unchanged, seen))));
  }

  /** Runs for ten minutes on some days of March, with the one new thing on the 2nd. */
  private static Model onDays(int... days) {
    Learner learner = new Learner(Limits.DEFAULT);
    for (int day : days) {
      for (int minute = 0; minute < 10; minute++) {
        learner.observe(
            new Observation(
                new Workload("blue", "shop", "Job", "report", "main"),
                new Entry.WrittenFile("/x"),
                Phase.RUNNING,
                AT.plus(Duration.ofDays(day - 2)).plus(Duration.ofMinutes(minute)),
                "report-" + day,
                "s" + day,
                null,
                null,
                1));
      }
    }
    return learner.models().getFirst();
  }

  @Test
  void aDayOnWhichNothingWasObservedIsNotADayWithoutNews() {
    assertEquals(
        List.of("unchanged for 1 d of the time observed, needs 7 d"),
        new Readiness(Duration.ofDays(7), 2).objections(onDays(2, 16)));
    assertEquals(
        List.of("unchanged for 3 d of the time observed, needs 7 d"),
        new Readiness(Duration.ofDays(7), 2).objections(onDays(2, 9, 10, 16)));
    assertEquals(
        List.of(), new Readiness(Duration.ofDays(7), 2).objections(onDays(2, 3, 4, 5, 6, 7, 8, 9)));
  }

  @Test
  void daysOfSeveralRecordingsAddUpInAnyOrder() {
    Model model = onDays(2);
    for (int day : new int[] {16, 5, 4, 3}) {
      model = Merge.of(model, onDays(day), Duration.ofDays(90));
    }
    assertEquals(Duration.ofDays(4).plusMinutes(9), model.unchanged(model.until()));
  }

  @Test
  void aModelOfAnEarlierVersionCountsAsObservedOnEachDay() {
    Model old = model(Duration.ofDays(5), 3);
    assertEquals(Duration.ofDays(5), old.unchanged(old.until()));
    Model merged =
        Merge.of(
            old,
            new Model(
                old.workload(),
                Mode.LEARNING,
                "",
                AT.plus(Duration.ofDays(9)),
                AT.plus(Duration.ofDays(9)),
                AT.plus(Duration.ofDays(9)),
                List.of("web-1"),
                List.of("s9"),
                old.entries(),
                old.covers(),
                Map.of(),
                1,
                List.of(),
                new TreeSet<>(List.of(LocalDate.parse("2026-03-11")))),
            Duration.ofDays(30));
    assertEquals(Duration.ofDays(6), merged.unchanged(merged.until()));
  }

  @Test
  void whatNoModelCanReachIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Readiness(Duration.ZERO, 17));
    assertThrows(IllegalArgumentException.class, () -> new Readiness(Duration.ZERO, -1));
    assertThrows(IllegalArgumentException.class, () -> new Readiness(Duration.ofSeconds(-1), 1));
    assertThrows(IllegalArgumentException.class, () -> new Readiness(Duration.ofDays(61), 1));
  }
}
