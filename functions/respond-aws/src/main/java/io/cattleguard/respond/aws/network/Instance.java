package io.cattleguard.respond.aws.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A virtual machine and its network interfaces, as they are or as they were before a quarantine.
 *
 * @param account that owns it
 * @param running whether it is not on its way to be gone
 * @param launchedAt when it was last started
 * @param quarantine the group that was to cut it off, once somebody meant to
 */
public record Instance(
    String account,
    String region,
    String id,
    String vpc,
    boolean running,
    Instant launchedAt,
    Map<String, String> tags,
    List<Interface> interfaces,
    Optional<String> quarantine)
    implements Subject {

  private static final String KIND = "instance";

  /** Copies what is many. */
  public Instance {
    tags = Map.copyOf(tags);
    interfaces = List.copyOf(interfaces);
  }

  /**
   * One of its network interfaces.
   *
   * @param ours whether its account may change it; a managed service's may only be looked at
   * @param groups the ids of its security groups, sorted: their order means nothing
   */
  public record Interface(
      String id, String vpc, boolean ours, Map<String, String> tags, List<String> groups) {
    /** Copies what is many, and sorts the groups. */
    public Interface {
      tags = Map.copyOf(tags);
      groups = groups.stream().sorted().toList();
    }

    /** Whether that group is its only one. */
    public boolean isOnlyIn(String group) {
      return groups.equals(List.of(group));
    }

    /** {@code eni-1: sg-1, sg-2}. */
    public String inWords() {
      return id + ": " + String.join(", ", groups);
    }
  }

  @Override
  public String uid() {
    return account + "/" + region + "/" + id;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** An instance that may be gone, in words. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 3);
    return "instance " + parts[2] + " (account " + parts[0] + ", " + parts[1] + ")";
  }

  @Override
  public String workload() {
    return uid();
  }

  @Override
  public String neighbourhood() {
    return account + "/" + region + "/" + vpc;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("kind", KIND);
    out.put("account", account).put("region", region).put("id", id).put("vpc", vpc);
    out.put("launchedAt", launchedAt.toString());
    quarantine.ifPresent(group -> out.put("quarantine", group));
    ArrayNode all = out.putArray("interfaces");
    for (Interface one : interfaces) {
      ObjectNode node = all.addObject();
      node.put("id", one.id()).put("vpc", one.vpc()).put("ours", one.ours());
      one.groups().forEach(node.putArray("groups")::add);
    }
    return out;
  }

  /**
   * As far as {@link #toJson} has written it down.
   *
   * @throws Unavailable where it is something else
   */
  public static Instance read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("what the ledger has is no instance");
    }
    List<Interface> interfaces = new ArrayList<>();
    for (JsonNode one : in.path("interfaces")) {
      List<String> groups = new ArrayList<>();
      one.path("groups").forEach(group -> groups.add(group.asText()));
      interfaces.add(
          new Interface(
              one.path("id").asText(),
              one.path("vpc").asText(),
              one.path("ours").asBoolean(),
              Map.of(),
              groups));
    }
    return new Instance(
        in.path("account").asText(),
        in.path("region").asText(),
        in.path("id").asText(),
        in.path("vpc").asText(),
        true,
        Instant.parse(in.path("launchedAt").asText()),
        Map.of(),
        interfaces,
        Optional.ofNullable(in.path("quarantine").textValue()));
  }

  /** Its interfaces that are not cut off by that group, and that could be. */
  public List<Interface> openTo(String quarantine) {
    return interfaces.stream().filter(one -> one.ours() && !one.isOnlyIn(quarantine)).toList();
  }

  /** Its interfaces that nobody but their service may change. */
  public List<Interface> foreign() {
    return interfaces.stream().filter(one -> !one.ours()).toList();
  }

  /**
   * As it was before a quarantine, from this, which may be in the middle of one: an interface that
   * is cut off had the groups that were written down, any other has what it is to be given back.
   * What was written down is kept, also of an interface that is not seen at the moment.
   */
  public Instance before(String group, List<Interface> writtenDown) {
    Map<String, Interface> before = new LinkedHashMap<>();
    writtenDown.forEach(one -> before.put(one.id(), one));
    for (Interface one : interfaces) {
      if (!one.isOnlyIn(group) || !before.containsKey(one.id())) {
        before.put(one.id(), one);
      }
    }
    return new Instance(
        account,
        region,
        id,
        vpc,
        running,
        launchedAt,
        tags,
        List.copyOf(before.values()),
        Optional.of(group));
  }

  /** {@code eni-1: sg-1, sg-2; eni-2: sg-1}. */
  public String groupsInWords() {
    return interfaces.stream().map(Interface::inWords).collect(Collectors.joining("; "));
  }
}
