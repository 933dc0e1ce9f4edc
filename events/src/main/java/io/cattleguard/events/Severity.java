package io.cattleguard.events;

import io.cattleguard.events.text.WireName;
import java.util.Optional;

/** The severity that the source reports, with OCSF's names and order. */
public enum Severity implements WireName {
  INFORMATIONAL(1),
  LOW(2),
  MEDIUM(3),
  HIGH(4),
  CRITICAL(5),
  FATAL(6);

  private final int ocsfId;
  private final String jsonName = WireName.of(this);

  Severity(int ocsfId) {
    this.ocsfId = ocsfId;
  }

  /** The name on the wire: {@code informational}, {@code low}, and so on. */
  @Override
  public String jsonName() {
    return jsonName;
  }

  /**
   * OCSF {@code severity_id}, 1 to 6.
   *
   * @see <a href="https://schema.ocsf.io/1.7.0/classes/detection_finding">OCSF 2004</a>
   */
  public int ocsfId() {
    return ocsfId;
  }

  /** The severity with that wire name, or empty. */
  public static Optional<Severity> named(String jsonName) {
    return WireName.find(values(), jsonName);
  }
}
