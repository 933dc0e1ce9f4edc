package io.cattleguard.app.check;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a policy that is about to replace another one, and runs its tests. */
public final class PolicyCheck {
  private PolicyCheck() {}

  /**
   * Reads a policy directory.
   *
   * @throws PolicyException with every error, every value that has no effect, and every test that
   *     fails
   */
  public static Policy read(Path directory) {
    Policy policy = Policy.read(directory);
    List<PolicyError> failed = new ArrayList<>(NeverMatching.in(directory, policy).errors());
    failed.addAll(failingTests(directory, policy));
    if (!failed.isEmpty()) {
      throw new PolicyException(failed);
    }
    return policy;
  }

  /** The tests of a policy that fail, each with its file, its line and the first cause. */
  public static List<PolicyError> failingTests(Path directory, Policy policy) {
    List<PolicyError> failed = new ArrayList<>();
    for (PolicyTests.Result result : PolicyTests.run(directory, policy)) {
      if (!result.failures().isEmpty()) {
        int colon = result.at().lastIndexOf(':');
        failed.add(
            new PolicyError(
                result.at().substring(0, colon),
                Integer.parseInt(result.at().substring(colon + 1)),
                "the test '" + result.name() + "' fails: " + result.failures().getFirst()));
      }
    }
    return failed;
  }
}
