package io.cattleguard.local;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Shows the whole road on an attack that was recorded for it. */
@Command(name = "demo", description = "Watch a recorded attack being contained.")
final class DemoCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return Main.DONE;
  }
}
