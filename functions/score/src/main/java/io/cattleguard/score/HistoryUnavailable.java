package io.cattleguard.score;

/** The memory of workloads cannot be reached; alerts are scored without it. */
public final class HistoryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what the storage said. */
  public HistoryUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
