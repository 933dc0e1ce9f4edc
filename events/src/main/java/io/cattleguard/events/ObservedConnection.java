package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/**
 * The connection that an alert is about, as far as the source named it.
 *
 * @param peer the other end's address, IPv4 or IPv6 without brackets
 * @param port the other end's port, 0 to 65,535
 * @param localPort the workload's own port, 0 to 65,535
 * @param protocol {@code tcp}, {@code udp}, …
 * @param direction {@code outbound} or {@code inbound}, seen from the workload
 */
public record ObservedConnection(
    @Nullable String peer,
    @Nullable Integer port,
    @Nullable Integer localPort,
    @Nullable String protocol,
    @Nullable String direction) {

  /** Nothing known. */
  public static final ObservedConnection UNKNOWN = new ObservedConnection(null, null, null, null);

  /** Where the source does not say which port of the workload's own it was. */
  public ObservedConnection(
      @Nullable String peer,
      @Nullable Integer port,
      @Nullable String protocol,
      @Nullable String direction) {
    this(peer, port, null, protocol, direction);
  }
}
