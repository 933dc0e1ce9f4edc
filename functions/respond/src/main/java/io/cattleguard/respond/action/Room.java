package io.cattleguard.respond.action;

/**
 * A limit for concurrent actions.
 *
 * @param name the key of the limit
 * @param places the limit
 * @param stays whether the place stays taken for a while after the action, because the cluster
 *     shows its effect on others only later
 */
public record Room(String name, int places, boolean stays) {
  /** A place that is free again when the action has ended. */
  public Room(String name, int places) {
    this(name, places, false);
  }
}
