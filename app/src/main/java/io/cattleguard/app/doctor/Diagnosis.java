package io.cattleguard.app.doctor;

/**
 * The result of one check.
 *
 * @param about what was checked
 * @param says what was found, and how to fix a problem
 */
record Diagnosis(String about, Result result, String says) {
  /** Whether the check passed, failed or could not be done. */
  enum Result {
    OK,
    PROBLEM,
    SKIPPED
  }

  static Diagnosis ok(String about, String says) {
    return new Diagnosis(about, Result.OK, says);
  }

  static Diagnosis problem(String about, String says) {
    return new Diagnosis(about, Result.PROBLEM, says);
  }

  static Diagnosis skipped(String about, String says) {
    return new Diagnosis(about, Result.SKIPPED, says);
  }
}
