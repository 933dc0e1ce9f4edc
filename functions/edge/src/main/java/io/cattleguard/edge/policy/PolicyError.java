package io.cattleguard.edge.policy;

/**
 * One error of a policy.
 *
 * @param file relative to the policy directory
 * @param line from 1
 * @param message the error and how to fix it
 */
public record PolicyError(String file, int line, String message) {

  @Override
  public String toString() {
    return file + ":" + line + ": " + message;
  }
}
