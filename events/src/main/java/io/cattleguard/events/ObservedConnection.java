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
 * @param domain the name that was looked up
 */
public record ObservedConnection(
    @Nullable String peer,
    @Nullable Integer port,
    @Nullable Integer localPort,
    @Nullable String protocol,
    @Nullable String direction,
    @Nullable String domain) {

  /** Prefix of an IPv4 address that is written as IPv6. */
  private static final String MAPPED = "::ffff:";

  /** No connection is known. */
  public static final ObservedConnection UNKNOWN = new ObservedConnection(null, null, null, null);

  /** Writes an IPv4-mapped IPv6 address as IPv4, so that both are the same peer. */
  public ObservedConnection {
    peer = peer == null ? null : withoutMapping(peer);
  }

  /** A connection without the workload's port. */
  public ObservedConnection(
      @Nullable String peer,
      @Nullable Integer port,
      @Nullable String protocol,
      @Nullable String direction) {
    this(peer, port, null, protocol, direction);
  }

  /** A connection without a domain. */
  public ObservedConnection(
      @Nullable String peer,
      @Nullable Integer port,
      @Nullable Integer localPort,
      @Nullable String protocol,
      @Nullable String direction) {
    this(peer, port, localPort, protocol, direction, null);
  }

  private static String withoutMapping(String address) {
    boolean mapped =
        address.regionMatches(true, 0, MAPPED, 0, MAPPED.length())
            && address.indexOf('.') > 0
            && address.indexOf(':', MAPPED.length()) < 0;
    return mapped ? address.substring(MAPPED.length()) : address;
  }
}
