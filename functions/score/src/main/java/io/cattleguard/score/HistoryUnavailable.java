package io.cattleguard.score;

/** The history store is unavailable. Alerts are scored without it. */
public final class HistoryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the error of the store. */
  public HistoryUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
