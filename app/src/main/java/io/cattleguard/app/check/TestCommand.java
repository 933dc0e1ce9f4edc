package io.cattleguard.app.check;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs the tests in the policy's files. */
@Command(name = "test", description = "Run the tests in the policy's files.")
public final class TestCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  public TestCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path directory = policy.directory(surroundings);
    List<PolicyTests.Result> results = PolicyTests.run(directory, Policy.read(directory));
    Screen screen = surroundings.screen();
    int width = results.stream().mapToInt(result -> result.at().length()).max().orElse(0) + 2;
    int failed = 0;
    for (PolicyTests.Result result : results) {
      boolean passed = result.failures().isEmpty();
      screen.line(
          passed ? Style.PLAIN : Style.ALARM,
          (passed ? "ok      " : "FAILED  ") + Screen.pad(result.at(), width) + result.name());
      result.failures().forEach(failure -> screen.field(8, 0, "", Style.PLAIN, failure));
      failed += passed ? 0 : 1;
    }
    screen.line(
        failed == 0 ? Style.GOOD : Style.ALARM,
        results.isEmpty()
            ? directory + " has no tests; add a list 'tests:' to its rules."
            : (results.size() - failed) + " passed, " + failed + " failed");
    return failed == 0 ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }
}
