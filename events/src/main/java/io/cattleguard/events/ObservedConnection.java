package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/**
 * The connection of an alert, as far as the source reports it.
 *
 * @param peer the remote address, IPv4 or IPv6 without brackets
 * @param port the remote port, 0 to 65,535
 * @param localPort the workload's port, 0 to 65,535
 * @param protocol {@code tcp}, {@code udp}, …
 * @param direction {@code outbound} or {@code inbound}, seen from the workload
 */
public record ObservedConnection(
    @Nullable String peer,
    @Nullable Integer port,
    @Nullable Integer localPort,
    @Nullable String protocol,
    @Nullable String direction) {

  /** No connection is known. */
  public static final ObservedConnection UNKNOWN = new ObservedConnection(null, null, null, null);

  /** A connection without the workload's port. */
  public ObservedConnection(
      @Nullable String peer,
      @Nullable Integer port,
      @Nullable String protocol,
      @Nullable String direction) {
    this(peer, port, null, protocol, direction);
  }
}
