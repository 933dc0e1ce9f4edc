package io.cattleguard.edge.policy;

/**
 * One thing that is wrong with a policy.
 *
 * @param file as it was opened, relative to the policy directory
 * @param line from 1
 * @param message what is wrong and what to do
 */
public record PolicyError(String file, int line, String message) {

  @Override
  public String toString() {
    return file + ":" + line + ": " + message;
  }
}
