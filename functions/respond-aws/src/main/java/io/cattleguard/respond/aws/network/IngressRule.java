package io.cattleguard.respond.aws.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import java.util.Optional;

/**
 * One inbound rule of a security group.
 *
 * @param id EC2's id, {@code sgr-…}; a restored rule gets a new one
 * @param protocol {@code tcp}, {@code udp}, a number, or {@code -1} for all
 * @param fromPort the first port, -1 if the protocol has no ports
 * @param cidr the allowed source, IPv4 or IPv6
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
  private static final String KIND = "ingress-rule";

  @Override
  public String uid() {
    return account + "/" + region + "/" + group + "/" + id;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** Describes a rule, which may no longer exist. */
  public static String inWords(String uid) {
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

  @Override
  public ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("kind", KIND);
    out.put("account", account).put("region", region).put("group", group).put("id", id);
    out.put("protocol", protocol).put("fromPort", fromPort).put("toPort", toPort);
    out.put("cidr", cidr);
    description.ifPresent(text -> out.put("description", text));
    return out;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws Unavailable if it is something else
   */
  public static IngressRule read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("the ledger item is not an ingress rule");
    }
    return new IngressRule(
        in.path("account").asText(),
        in.path("region").asText(),
        in.path("group").asText(),
        in.path("id").asText(),
        in.path("protocol").asText(),
        in.path("fromPort").asInt(),
        in.path("toPort").asInt(),
        in.path("cidr").asText(),
        Optional.ofNullable(in.path("description").textValue()));
  }

  /** {@code tcp 22 from 0.0.0.0/0}. */
  public String whatItLetsIn() {
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

  /** Whether the other rule allows exactly the same, regardless of ids. */
  public boolean isLike(IngressRule other) {
    return group.equals(other.group)
        && protocol.equals(other.protocol)
        && fromPort == other.fromPort
        && toPort == other.toPort
        && cidr.equals(other.cidr);
  }

  /** Whether the rule allows that connection; a missing protocol matches any. */
  public boolean letsIn(String address, int port, Optional<String> over) {
    boolean allProtocols = protocol.equals("-1");
    boolean sameProtocol = allProtocols || over.isEmpty() || over.get().equals(protocol);
    boolean samePort = allProtocols || (fromPort <= port && port <= toPort);
    return sameProtocol
        && samePort
        && Cidr.parse(cidr).filter(range -> range.contains(address)).isPresent();
  }
}
