package io.cattleguard.local;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs the tests that a policy carries. */
@Command(name = "test", description = "Run the tests that stand beside a policy's rules.")
final class TestCommand implements Callable<Integer> {
  @Mixin private final Surroundings surroundings = new Surroundings();

  @Override
  public Integer call() {
    Policy policy = surroundings.policy();
    PrintStream out = surroundings.out();
    List<PolicyTests.Result> results = PolicyTests.run(surroundings.policyDirectory(), policy);
    int failed = 0;
    for (PolicyTests.Result result : results) {
      out.println(
          (result.failures().isEmpty() ? "ok    " : "FAILED ")
              + result.at()
              + "  "
              + result.name());
      result.failures().forEach(failure -> out.println("         " + failure));
      failed += result.failures().isEmpty() ? 0 : 1;
    }
    if (results.isEmpty()) {
      out.println("The policy has no tests; add a 'tests:' list beside a rule.");
    } else {
      out.printf("%d passed, %d failed%n", results.size() - failed, failed);
    }
    return failed == 0 ? Main.DONE : Main.NO;
  }
}
