package io.cattleguard.app.cli;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.sensor.cli.Main;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Lists the sensor among the commands. The launcher starts it, as a separate program. */
@Command(
    name = "sensor",
    description =
        "Run the node agent: receives alerts, stores them on disk, sends them to EventBridge.")
final class SensorCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  @Unmatched private List<String> arguments = new ArrayList<>();

  public SensorCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    return Main.run(surroundings.out(), surroundings.err(), arguments.toArray(String[]::new));
  }
}
