package io.cattleguard.respond.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.respond.aws.actions.Tag;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The quarantine security groups and the tag that allows responses: two variables that Terraform
 * sets, read strictly.
 *
 * @param quarantineGroups by VPC, the security group without rules; empty if no instance is
 *     quarantined
 */
record Ec2Settings(Map<String, String> quarantineGroups, Tag responseTag) {
  private static final String GROUPS = "QUARANTINE_GROUPS";
  private static final String TAG = "RESPONSE_TAG";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies the map. */
  Ec2Settings {
    quarantineGroups = Map.copyOf(quarantineGroups);
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
    return new Ec2Settings(groups, tag);
  }

  private static Optional<JsonNode> read(Env env, String variable) {
    return env.optional(variable)
        .map(
            text -> {
              try {
                JsonNode json = JSON.readTree(text);
                if (json.isObject()) {
                  return json;
                }
              } catch (JsonProcessingException e) {
                throw new IllegalStateException(variable + " is not JSON", e);
              }
              throw new IllegalStateException(variable + " is not a JSON object");
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
