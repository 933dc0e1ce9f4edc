package io.cattleguard.respond;

import java.util.List;
import java.util.Map;

/**
 * A security group as it is now.
 *
 * @param ingress the rules that let an address in
 * @param prefixLists the rules that let a list of addresses in, whose members nobody reads here
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
    List<PrefixListRule> prefixLists,
    int rules,
    int interfaces) {

  /** Copies what is many. */
  public SecurityGroup {
    tags = Map.copyOf(tags);
    ingress = List.copyOf(ingress);
    prefixLists = List.copyOf(prefixLists);
  }

  /** Lets in whoever is on a list. */
  public record PrefixListRule(String id, String list, String protocol, int fromPort, int toPort) {
    /** Whether it could let that port be reached. */
    boolean covers(int port) {
      return protocol.equals("-1") || (fromPort <= port && port <= toPort);
    }
  }
}
