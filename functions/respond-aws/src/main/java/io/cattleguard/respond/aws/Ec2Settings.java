package io.cattleguard.respond.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.respond.aws.actions.Tag;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The quarantine security groups, the tag that allows responses, and the users and roles that no
 * response changes: variables that Terraform sets, read strictly.
 *
 * @param quarantineGroups by VPC, the security group without rules; empty if no instance is
 *     quarantined
 * @param protectedPrincipals the names of users and roles
 */
record Ec2Settings(
    Map<String, String> quarantineGroups, Tag responseTag, Set<String> protectedPrincipals) {
  private static final String GROUPS = "QUARANTINE_GROUPS";
  private static final String TAG = "RESPONSE_TAG";
  private static final String PRINCIPALS = "PROTECTED_PRINCIPALS";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies the collections. */
  Ec2Settings {
    quarantineGroups = Map.copyOf(quarantineGroups);
    protectedPrincipals = Set.copyOf(protectedPrincipals);
  }

  /**
   * From the environment.
   *
   * @throws IllegalStateException naming the invalid variable
   */
  static Ec2Settings of(Env env) {
    Map<String, String> groups = new LinkedHashMap<>();
    read(env, GROUPS)
        .ifPresent(
            json ->
                json.properties()
                    .forEach(
                        one ->
                            groups.put(
                                named(GROUPS, one.getKey(), "vpc-"),
                                named(GROUPS, one.getValue().asText(""), "sg-"))));
    Tag tag =
        read(env, TAG)
            .map(
                json ->
                    new Tag(
                        named(TAG, json.path("key").asText(""), ""),
                        named(TAG, json.path("value").asText(""), "")))
            .orElse(Tag.DEFAULT);
    Set<String> principals = new LinkedHashSet<>();
    read(env, PRINCIPALS, JsonNode::isArray, "list")
        .ifPresent(
            json -> json.forEach(one -> principals.add(named(PRINCIPALS, one.asText(""), ""))));
    return new Ec2Settings(groups, tag, principals);
  }

  private static Optional<JsonNode> read(Env env, String variable) {
    return read(env, variable, JsonNode::isObject, "object");
  }

  private static Optional<JsonNode> read(
      Env env, String variable, Predicate<JsonNode> isRight, String kind) {
    return env.optional(variable)
        .map(
            text -> {
              try {
                JsonNode json = JSON.readTree(text);
                if (isRight.test(json)) {
                  return json;
                }
              } catch (JsonProcessingException e) {
                throw new IllegalStateException(variable + " is not JSON", e);
              }
              throw new IllegalStateException(variable + " is not a JSON " + kind);
            });
  }

  private static String named(String variable, String text, String prefix) {
    if (text.isBlank() || !text.startsWith(prefix)) {
      throw new IllegalStateException(
          variable
              + ": expected "
              + (prefix.isEmpty() ? "a string" : prefix + "…")
              + ", found '"
              + text
              + "'");
    }
    return text;
  }
}
