package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.Thresholds;
import io.cattleguard.sensor.operations.Utilisation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A sensor above its limits of CPU and memory. */
final class ResourceWatchTest {
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final List<Boolean> slowedDown = new ArrayList<>();

  private ResourceWatch watch(long memoryLimitBytes) {
    return new ResourceWatch(
        new Utilisation(),
        new Thresholds(100, memoryLimitBytes),
        slowedDown::add,
        new SensorLog(new PrintStream(log, true, StandardCharsets.UTF_8), Clock.systemUTC()));
  }

  @Test
  void aSensorAboveItsMemoryLimitSaysSoOnceAndKeepsItsPace() {
    ResourceWatch watch = watch(1);

    watch.check();
    watch.check();

    assertEquals(List.of("memory"), watch.exceeded());
    assertEquals(List.of(false), slowedDown);
    String logged = log.toString(StandardCharsets.UTF_8);
    assertEquals(2, logged.split("resource limit exceeded", -1).length, logged);
  }

  @Test
  void aSensorWithinItsLimitsLogsNothing() {
    ResourceWatch watch = watch(Long.MAX_VALUE);

    watch.check();

    assertEquals(List.of(), watch.exceeded());
    assertEquals(List.of(), slowedDown);
    assertEquals("", log.toString(StandardCharsets.UTF_8));
  }
}
