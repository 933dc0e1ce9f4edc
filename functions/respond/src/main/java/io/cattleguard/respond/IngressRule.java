package io.cattleguard.respond;

import io.cattleguard.edge.cidr.Cidr;
import java.util.Optional;

/**
 * One rule that lets something into a security group.
 *
 * @param id as EC2 names it, {@code sgr-…}; a rule that is opened again gets another
 * @param protocol {@code tcp}, {@code udp}, a number, or {@code -1} for all
 * @param fromPort the first port, -1 where the protocol has none
 * @param cidr who is let in, IPv4 or IPv6
 */
public record IngressRule(
    String account,
    String region,
    String group,
    String id,
    String protocol,
    int fromPort,
    int toPort,
    String cidr,
    Optional<String> description)
    implements Subject {

  @Override
  public String uid() {
    return account + "/" + region + "/" + group + "/" + id;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** A rule that may be gone, in words. */
  static String inWords(String uid) {
    String[] parts = uid.split("/", 4);
    return "rule " + parts[3] + " of " + parts[2] + " (account " + parts[0] + ", " + parts[1] + ")";
  }

  @Override
  public String workload() {
    return neighbourhood();
  }

  @Override
  public String neighbourhood() {
    return account + "/" + region + "/" + group;
  }

  /** {@code tcp 22 from 0.0.0.0/0}. */
  String whatItLetsIn() {
    return protocolAndPorts() + " from " + cidr;
  }

  private String protocolAndPorts() {
    if (protocol.equals("-1")) {
      return "everything";
    }
    return fromPort == toPort
        ? protocol + " " + fromPort
        : protocol + " " + fromPort + "-" + toPort;
  }

  /** Whether the other lets in exactly the same, whatever its id. */
  boolean isLike(IngressRule other) {
    return group.equals(other.group)
        && protocol.equals(other.protocol)
        && fromPort == other.fromPort
        && toPort == other.toPort
        && cidr.equals(other.cidr);
  }

  /** Whether it lets that in; a protocol that nobody named is any. */
  boolean letsIn(String address, int port, Optional<String> over) {
    boolean allProtocols = protocol.equals("-1");
    boolean sameProtocol = allProtocols || over.isEmpty() || over.get().equals(protocol);
    boolean samePort = allProtocols || (fromPort <= port && port <= toPort);
    return sameProtocol
        && samePort
        && Cidr.parse(cidr).filter(range -> range.contains(address)).isPresent();
  }
}
