package io.cattleguard.app.doctor;

/**
 * What one check came to.
 *
 * @param about what was looked at
 * @param says what was found, and where that is a problem, what to do about it
 */
record Diagnosis(String about, Result result, String says) {
  /** Good, bad, or not to be told. */
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
