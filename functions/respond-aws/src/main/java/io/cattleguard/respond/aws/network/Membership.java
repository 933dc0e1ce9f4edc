package io.cattleguard.respond.aws.network;

/**
 * An instance in its Auto Scaling group.
 *
 * @param instance its id
 * @param group the name of the group
 * @param state the lifecycle state, {@code InService}
 */
public record Membership(String instance, String group, String state) {
  static final String STANDBY = "Standby";
  static final String IN_SERVICE = "InService";

  /** Whether it may enter standby. */
  public boolean isInService() {
    return state.equals(IN_SERVICE);
  }

  /** Whether it is in standby and may leave it. */
  public boolean isInStandby() {
    return state.equals(STANDBY);
  }

  /** Whether it is on its way into standby; the load balancers drain it. */
  public boolean isEnteringStandby() {
    return state.equals("EnteringStandby");
  }
}
