package io.cattleguard.sensor.spool;

/** The spool cannot be written or read at the moment; nothing was changed. */
public final class SpoolUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SpoolUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  SpoolUnavailable(String message) {
    super(message);
  }
}
