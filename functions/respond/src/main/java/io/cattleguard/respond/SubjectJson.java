package io.cattleguard.respond;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object as it was before it was contained, as JSON and back: all that putting it back needs.
 */
final class SubjectJson {
  private static final String INSTANCE = "instance";
  private static final String RULE = "ingress-rule";

  private SubjectJson() {}

  static ObjectNode write(Subject subject) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    switch (subject) {
      case Pod pod -> {
        out.put("namespace", pod.namespace());
        out.put("name", pod.name());
        out.put("uid", pod.uid());
        out.put("createdAt", pod.createdAt().toString());
      }
      case Instance instance -> {
        out.put("kind", INSTANCE);
        out.put("account", instance.account());
        out.put("region", instance.region());
        out.put("id", instance.id());
        out.put("vpc", instance.vpc());
        out.put("launchedAt", instance.launchedAt().toString());
        instance.quarantine().ifPresent(group -> out.put("quarantine", group));
        ArrayNode interfaces = out.putArray("interfaces");
        for (Instance.Interface one : instance.interfaces()) {
          ObjectNode node = interfaces.addObject();
          node.put("id", one.id()).put("vpc", one.vpc()).put("ours", one.ours());
          one.groups().forEach(node.putArray("groups")::add);
        }
      }
      case IngressRule rule -> {
        out.put("kind", RULE);
        out.put("account", rule.account());
        out.put("region", rule.region());
        out.put("group", rule.group());
        out.put("id", rule.id());
        out.put("protocol", rule.protocol());
        out.put("fromPort", rule.fromPort());
        out.put("toPort", rule.toPort());
        out.put("cidr", rule.cidr());
        rule.description().ifPresent(text -> out.put("description", text));
      }
    }
    return out;
  }

  static Subject read(JsonNode in) {
    return switch (in.path("kind").asText("")) {
      case INSTANCE -> instance(in);
      case RULE ->
          new IngressRule(
              in.path("account").asText(),
              in.path("region").asText(),
              in.path("group").asText(),
              in.path("id").asText(),
              in.path("protocol").asText(),
              in.path("fromPort").asInt(),
              in.path("toPort").asInt(),
              in.path("cidr").asText(),
              Optional.ofNullable(in.path("description").textValue()));
      case "" -> pod(in);
      default -> throw new Unavailable("a containment is of a kind that nobody knows here");
    };
  }

  private static Instance instance(JsonNode in) {
    List<Instance.Interface> interfaces = new ArrayList<>();
    for (JsonNode one : in.path("interfaces")) {
      List<String> groups = new ArrayList<>();
      one.path("groups").forEach(group -> groups.add(group.asText()));
      interfaces.add(
          new Instance.Interface(
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

  private static Pod pod(JsonNode in) {
    return new Pod(
        in.path("namespace").asText(),
        in.path("name").asText(),
        in.path("uid").asText(),
        Optional.empty(),
        Instant.parse(in.path("createdAt").asText()),
        Optional.empty(),
        false,
        false,
        false,
        false,
        List.of());
  }
}
