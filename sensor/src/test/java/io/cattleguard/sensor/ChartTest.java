package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ChartTest {
  private static final int SKIPPED = 77;

  private static final Path SCRIPT =
      Path.of(System.getProperty("cattleguard.root"), "sensor", "chart", "test");

  /**
   * What it finds is in sensor/chart/test, which also says what it leaves out for want of tools.
   */
  @Test
  void theChartInstallsAConfinedSensorAndRefusesWrongValues()
      throws IOException, InterruptedException {
    Process test = new ProcessBuilder(SCRIPT.toString()).redirectErrorStream(true).start();
    String said = new String(test.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int answer = test.waitFor();
    assumeFalse(answer == SKIPPED, said);
    assertEquals(0, answer, said);
    System.out.print(said);
  }
}
