package io.cattleguard.respond.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.respond.aws.actions.Tag;
import io.cattleguard.respond.aws.blocklist.ListArn;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The quarantine security groups, the tag that allows responses, the users and roles that no
 * response changes, and the buckets and block lists that responses may change: variables that
 * Terraform sets, read strictly.
 *
 * @param quarantineGroups by VPC, the security group without rules; empty if no instance is
 *     quarantined
 * @param protectedPrincipals the names of users and roles
 * @param responseBuckets the names of the buckets that responses may change
 * @param blockLists the lists of addresses that responses may change
 */
record Ec2Settings(
    Map<String, String> quarantineGroups,
    Tag responseTag,
    Set<String> protectedPrincipals,
    Set<String> responseBuckets,
    List<ListArn> blockLists) {
  private static final String GROUPS = "QUARANTINE_GROUPS";
  private static final String TAG = "RESPONSE_TAG";
  private static final String PRINCIPALS = "PROTECTED_PRINCIPALS";
  private static final String BUCKETS = "RESPONSE_BUCKETS";
  private static final String LISTS = "BLOCK_LISTS";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies the collections. */
  Ec2Settings {
    quarantineGroups = Map.copyOf(quarantineGroups);
    protectedPrincipals = Set.copyOf(protectedPrincipals);
    responseBuckets = Set.copyOf(responseBuckets);
    blockLists = List.copyOf(blockLists);
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
    return new Ec2Settings(
        groups,
        tag,
        names(env, PRINCIPALS),
        names(env, BUCKETS),
        names(env, LISTS).stream().map(Ec2Settings::list).toList());
  }

  private static ListArn list(String arn) {
    return ListArn.read(arn)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    LISTS
                        + ": expected the ARN of a regional IP set or of a prefix list, found '"
                        + arn
                        + "'"));
  }

  private static Set<String> names(Env env, String variable) {
    Set<String> names = new LinkedHashSet<>();
    read(env, variable, JsonNode::isArray, "list")
        .ifPresent(json -> json.forEach(one -> names.add(named(variable, one.asText(""), ""))));
    return names;
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
