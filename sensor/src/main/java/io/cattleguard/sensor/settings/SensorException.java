package io.cattleguard.sensor.settings;

/** The sensor cannot start or continue; the message says what is wrong and what to do. */
public final class SensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SensorException(String message) {
    super(message);
  }

  public SensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
