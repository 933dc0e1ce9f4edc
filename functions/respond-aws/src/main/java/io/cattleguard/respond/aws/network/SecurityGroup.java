package io.cattleguard.respond.aws.network;

import io.cattleguard.edge.cidr.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * A security group as it is now.
 *
 * @param ingress the rules that let an address in
 * @param opaque the rules that let in whoever is on a list or has another group, which nobody reads
 *     here
 * @param rules how many rules it has, either way and of any kind
 * @param interfaces how many network interfaces have it
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

  /** Copies what is many. */
  public SecurityGroup {
    tags = Map.copyOf(tags);
    ingress = List.copyOf(ingress);
    opaque = List.copyOf(opaque);
  }

  /**
   * Lets in whoever is on a list, or has a group.
   *
   * @param source {@code pl-…} or {@code sg-…}
   */
  public record OpaqueRule(String id, String source, String protocol, int fromPort, int toPort) {
    /**
     * Whether it could let that address reach that port. Who has a group is in a private network,
     * or has an address of IPv6, which are all of one kind.
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
