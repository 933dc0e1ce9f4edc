package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cattleguard.events.TakesLong;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.WrittenFile;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A learner keeps within its memory, also if every workload does all that it can. */
@Isolated // the heap is that of all tests
final class LearnerBoundsTest {
  /** A fortieth of the workloads, which have a fortieth of 1 GB. */
  private static final int WORKLOADS = 250;

  private static final long MEGABYTE = 1 << 20;
  private static final long MOST = 25;

  /** Entries of all kinds until each is full, with texts that no two workloads share. */
  static void fill(Learner learner, int from, int to, int textLength) {
    for (int w = from; w < to; w++) {
      Workload workload = new Workload("prod", "shop-" + w, "Deployment", "web-" + w, "nginx");
      for (int i = 0; i < 260; i++) {
        String text = (w + "x" + i + "y" + "z".repeat(textLength)).substring(0, textLength);
        List<Entry> entries = new ArrayList<>();
        entries.add(new Executable("/a" + text, "/b" + text));
        entries.add(new WrittenFile("/c" + text));
        entries.add(new Peer(PeerKind.DNS, "d" + text, 443));
        entries.add(new Listener("tcp", 1_000 + i));
        for (Entry entry : entries) {
          String start = w + "-" + text.hashCode() % 97;
          learner.observe(Seen.of(workload, entry, start, Phase.RUNNING, Seen.START));
        }
      }
    }
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static long megabytes(int workloads, int textLength) {
    long before = used();
    Learner learner = new Learner(Limits.DEFAULT);
    try {
      fill(learner, 0, workloads, textLength);
      return (used() - before) / MEGABYTE;
    } finally {
      Reference.reachabilityFence(learner);
    }
  }

  @Test
  void manyWorkloadsWithManyShortTextsTakeTheirShareOfAGigabyte() {
    long used = megabytes(WORKLOADS, 12);
    assertTrue(used < MOST, used + " MB");
  }

  @Test
  void manyWorkloadsWithLongTextsTakeTheirShareOfAGigabyte() {
    long used = megabytes(WORKLOADS, 120);
    assertTrue(used < MOST, used + " MB");
  }

  /** The whole bound, for which the heap of the usual tests is too small. */
  @TakesLong
  @ParameterizedTest
  @ValueSource(ints = {12, 120})
  void tenThousandFullWorkloadsFitIntoAGigabyte(int textLength) {
    int all = Limits.DEFAULT.workloads();
    assumeTrue(Runtime.getRuntime().maxMemory() > 1_100 * MEGABYTE, "needs a larger heap");
    long used = megabytes(all, textLength);
    System.out.println(all + " workloads, texts of " + textLength + ": " + used + " MB");
    assertTrue(used < 1_024, used + " MB");
  }
}
