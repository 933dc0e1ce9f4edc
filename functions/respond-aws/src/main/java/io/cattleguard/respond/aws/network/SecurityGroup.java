package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.cidr.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * A security group's current state.
 *
 * @param ingress the inbound rules with a CIDR source
 * @param opaque the inbound rules whose source is a prefix list or a group, which are not resolved
 *     here
 * @param rules number of all rules, inbound and outbound
 * @param interfaces number of network interfaces that use it
 */
public record SecurityGroup(
    String account,
    String region,
    String id,
    String vpc,
    Map<String, String> tags,
    List<IngressRule> ingress,
    List<OpaqueRule> opaque,
    int rules,
    int interfaces) {

  /** Copies the collections. */
  public SecurityGroup {
    tags = Map.copyOf(tags);
    ingress = List.copyOf(ingress);
    opaque = List.copyOf(opaque);
  }

  /**
   * An inbound rule whose source is a prefix list or a group.
   *
   * @param source {@code pl-…} or {@code sg-…}
   */
  public record OpaqueRule(String id, String source, String protocol, int fromPort, int toPort) {
    /**
     * Whether the rule may allow that address to reach that port. A member of a group has a private
     * IPv4 address or any IPv6 address.
     */
    public boolean mayLetIn(String address, int port) {
      boolean samePort = protocol.equals("-1") || (fromPort <= port && port <= toPort);
      return samePort
          && (!source.startsWith("sg-")
              || IpAddress.parse(address).filter(IpAddress::isPrivate).isPresent()
              || address.indexOf(':') >= 0);
    }
  }
}
