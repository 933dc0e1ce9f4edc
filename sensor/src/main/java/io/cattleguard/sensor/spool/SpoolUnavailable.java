package io.cattleguard.sensor.spool;

/** The spool cannot take or give at this moment; nothing of the attempt was kept. */
public final class SpoolUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SpoolUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  SpoolUnavailable(String message) {
    super(message);
  }
}
