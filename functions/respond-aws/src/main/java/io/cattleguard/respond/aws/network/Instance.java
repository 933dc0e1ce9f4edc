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
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An EC2 instance and its network interfaces, now or before a quarantine.
 *
 * @param account that owns it
 * @param running whether it is not terminating or terminated
 * @param launchedAt when it was last started
 * @param quarantine the quarantine group, if a quarantine was started
 * @param standby the Auto Scaling group in which a quarantine puts it into standby
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
    Optional<String> quarantine,
    Optional<String> standby)
    implements Subject {

  private static final String KIND = "instance";

  /** Copies the collections. */
  public Instance {
    tags = Map.copyOf(tags);
    interfaces = List.copyOf(interfaces);
  }

  /** An instance that no quarantine puts into standby. */
  public Instance(
      String account,
      String region,
      String id,
      String vpc,
      boolean running,
      Instant launchedAt,
      Map<String, String> tags,
      List<Interface> interfaces,
      Optional<String> quarantine) {
    this(
        account,
        region,
        id,
        vpc,
        running,
        launchedAt,
        tags,
        interfaces,
        quarantine,
        Optional.empty());
  }

  /**
   * One of its network interfaces.
   *
   * @param ours whether its account may change it; an interface of a managed service is read-only
   * @param trunk whether it carries branch interfaces, which belong to pods and have security
   *     groups of their own
   * @param groups the ids of its security groups, sorted because their order has no meaning
   */
  public record Interface(
      String id,
      String vpc,
      boolean ours,
      boolean trunk,
      Map<String, String> tags,
      List<String> groups) {
    /** Copies the collections and sorts the groups. */
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

  /** Describes an instance, which may no longer exist. */
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
    standby.ifPresent(group -> out.put("standby", group));
    ArrayNode all = out.putArray("interfaces");
    for (Interface one : interfaces) {
      ObjectNode node = all.addObject();
      node.put("id", one.id()).put("vpc", one.vpc()).put("ours", one.ours());
      one.groups().forEach(node.putArray("groups")::add);
    }
    return out;
  }

  /**
   * Reads what {@link #toJson} wrote; other fields have defaults.
   *
   * @throws Unavailable if it is something else
   */
  public static Instance read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("the ledger item is not an instance");
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
              false,
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
        Optional.ofNullable(in.path("quarantine").textValue()),
        Optional.ofNullable(in.path("standby").textValue()));
  }

  /** The interfaces that can be isolated with that group and are not. */
  public List<Interface> openTo(String quarantine) {
    return interfaces.stream().filter(one -> one.ours() && !one.isOnlyIn(quarantine)).toList();
  }

  /** The ids of the security groups of the interfaces that its account may change, sorted. */
  public List<String> groups() {
    return interfaces.stream()
        .filter(Interface::ours)
        .flatMap(one -> one.groups().stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** The interfaces that only their managed service may change. */
  public List<Interface> foreign() {
    return interfaces.stream().filter(one -> !one.ours()).toList();
  }

  /** The same where nothing was isolated just now. */
  public Instance before(String group, Optional<Instance> stored) {
    return before(group, stored, Set.of());
  }

  /**
   * The state before a quarantine, computed from this state, in which some interfaces may already
   * be isolated. An isolated interface had the stored groups; any other interface still has its
   * own. Stored groups are kept, also for an interface that EC2 does not show at the moment, and so
   * is a stored standby.
   *
   * @param isolated the interfaces that EC2 has just accepted to isolate: other groups of theirs
   *     may be from before the stored ones
   */
  public Instance before(String group, Optional<Instance> stored, Set<String> isolated) {
    Map<String, Interface> before = new LinkedHashMap<>();
    stored.ifPresent(known -> known.interfaces().forEach(one -> before.put(one.id(), one)));
    for (Interface one : interfaces) {
      boolean isOpen = !one.isOnlyIn(group) && !isolated.contains(one.id());
      if (isOpen || !before.containsKey(one.id())) {
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
        Optional.of(group),
        stored.flatMap(Instance::standby));
  }

  /** This state with or without a standby. */
  public Instance withStandby(Optional<String> scalingGroup) {
    return new Instance(
        account, region, id, vpc, running, launchedAt, tags, interfaces, quarantine, scalingGroup);
  }

  /** {@code eni-1: sg-1, sg-2; eni-2: sg-1}. */
  public String groupsInWords() {
    return interfaces.stream().map(Interface::inWords).collect(Collectors.joining("; "));
  }
}
