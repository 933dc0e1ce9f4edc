package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.WrittenFile;
import java.time.Duration;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A model knows in how many of how many pods an entry was seen. */
final class ReplicasTest {
  private static final Duration AGE = Duration.ofDays(30);
  private static final Entry SERVER = new Executable("/usr/sbin/nginx", "");
  private static final Entry FILE = new WrittenFile("/var/x");
  private static final Entry OTHER = new WrittenFile("/var/other");

  /** Pods in which the server ran, half of which wrote the file. */
  private static Model pods(int from, int to, String digest, Duration later) {
    return Seen.learned(
        IntStream.range(from, to)
            .boxed()
            .flatMap(
                pod ->
                    Stream.of(
                        Seen.of(pod % 2 == 0 ? FILE : OTHER, "p" + pod),
                        Seen.of(SERVER, "p" + pod)))
            .map(seen -> Seen.later(Seen.withDigest(seen, digest), later))
            .toArray(Observation[]::new));
  }

  private static String share(Model model, Entry entry) {
    return Objects.requireNonNull(model.entries().get(entry)).instances()
        + " of "
        + model.replicas();
  }

  @Test
  void aShareIsOfAllPodsAlsoIfNoEntryWasSeenInAll() {
    Model model = Seen.learned(Seen.of(FILE, "a"), Seen.of(FILE, "b"), Seen.of(OTHER, "c"));
    assertEquals("2 of 3", share(model, FILE));
    assertEquals("1 of 3", share(model, OTHER));
  }

  @Test
  void morePodsThanAModelNamesAreCounted() {
    Model model = pods(0, 40, "sha256:a", Duration.ZERO);
    assertEquals("40 of 40", share(model, SERVER));
    Model merged = Merge.of(model, model, AGE);
    assertEquals(Merge.NAMES, merged.instances().size());
    assertEquals("20 of 40", share(merged, FILE));
    assertEquals("20 of 40", share(Merge.of(merged, model, AGE), FILE), "learned again");
  }

  @Test
  void anotherImageAddsItsPods() {
    Model model = pods(0, 3, "sha256:a", Duration.ZERO);
    Model merged = Merge.of(model, pods(3, 5, "sha256:b", Duration.ofDays(1)), AGE);
    assertEquals("3 of 5", share(merged, FILE));
    assertEquals("5 of 5", share(merged, SERVER));
    assertEquals(2, merged.digests().size());
    Model overlapping = Merge.of(merged, pods(4, 7, "sha256:b", Duration.ofDays(2)), AGE);
    assertEquals(7, overlapping.replicas());
  }

  @Test
  void podsThatDidWhatIsDroppedByAgeStayCounted() {
    Model old =
        Seen.learned(
            IntStream.range(0, 20)
                .mapToObj(i -> Seen.of(FILE, "old" + i))
                .toArray(Observation[]::new));
    Model merged =
        Merge.of(old, Seen.learned(Seen.later(Seen.of(SERVER, "new"), Duration.ofDays(90))), AGE);
    assertFalse(merged.entries().containsKey(FILE));
    assertEquals("1 of 21", share(merged, SERVER));
  }

  @Test
  void theNumberStaysWhenAModelChanges() {
    Model model = pods(0, 40, "sha256:a", Duration.ZERO);
    Model merged = Merge.of(model, model, AGE).withMode(Mode.ENFORCING);
    Model accepted = merged.accepting(new WrittenFile("/etc/x"), Seen.START);
    assertEquals("0 of 40", share(accepted, new WrittenFile("/etc/x")));
    ClusterFacts facts = ClusterFacts.parse("volume shop/Deployment/web/nginx /var\n");
    Model without = facts.withoutVolumes(merged);
    assertFalse(without.entries().containsKey(FILE));
    assertEquals(40, without.holding(new TreeMap<>(), without.refused()).replicas());
  }
}
