package io.cattleguard.sensor;

/** The sensor cannot start or go on; the message says what is wrong and what to do. */
public final class SensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SensorException(String message) {
    super(message);
  }

  SensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
