package io.cattleguard.respond.kubernetes.eks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The endpoint of an EKS cluster and the role to reach it: an entry of the file that Terraform
 * writes, read strictly.
 *
 * @param name the EKS cluster's name; its sensor uses the same name, and tokens are bound to it
 * @param endpoint of its API server
 * @param certificateAuthority of its API server, PEM in base64 as EKS gives it
 * @param role the role to assume for a cluster in another account
 * @param externalId the external id that the role requires
 */
public record ClusterAddress(
    String name,
    URI endpoint,
    String certificateAuthority,
    String region,
    Optional<String> role,
    Optional<String> externalId) {
  private static final Set<String> KEYS =
      Set.of("endpoint", "certificateAuthority", "region", "roleArn", "externalId");
  private static final Pattern ROLE =
      Pattern.compile("arn:[a-z-]+:iam::([0-9]{12}):role/[\\w+=,.@/-]+");

  /**
   * Reads all clusters, in the order of the file.
   *
   * @param file the file's name in errors
   * @throws IllegalStateException naming the error and its place
   */
  public static List<ClusterAddress> readAll(String file, String json) {
    JsonNode clusters;
    try {
      clusters =
          JsonMapper.builder()
              .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .build()
              .readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          file + ":" + e.getLocation().getLineNr() + ": not JSON: " + e.getOriginalMessage(), e);
    }
    if (!clusters.isObject()) {
      throw new IllegalStateException(file + ": expected an object with clusters by name");
    }
    List<ClusterAddress> all = new ArrayList<>();
    for (Map.Entry<String, JsonNode> cluster : clusters.properties()) {
      all.add(read(file + ": " + cluster.getKey(), cluster.getKey(), cluster.getValue()));
    }
    return all;
  }

  private static ClusterAddress read(String where, String name, JsonNode in) {
    for (Map.Entry<String, JsonNode> field : in.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw new IllegalStateException(where + ": unknown key '" + field.getKey() + "'");
      }
    }
    Optional<String> role = optional(where, in, "roleArn");
    role.ifPresent(
        arn -> {
          if (!ROLE.matcher(arn).matches()) {
            throw new IllegalStateException(where + ": roleArn is not the ARN of one IAM role");
          }
        });
    return new ClusterAddress(
        name,
        endpoint(where, required(where, in, "endpoint")),
        certificate(where, required(where, in, "certificateAuthority")),
        required(where, in, "region"),
        role,
        optional(where, in, "externalId"));
  }

  /** Only HTTPS, because the request carries the bearer token. */
  private static URI endpoint(String where, String text) {
    try {
      URI endpoint = new URI(text);
      if ("https".equals(endpoint.getScheme()) && endpoint.getHost() != null) {
        return endpoint;
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(where + ": endpoint is not https://<host>", e);
    }
    throw new IllegalStateException(where + ": endpoint is not https://<host>");
  }

  private static String certificate(String where, String text) {
    try {
      if (new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8)
          .contains("-----BEGIN CERTIFICATE-----")) {
        return text;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(where + ": certificateAuthority is not base64", e);
    }
    throw new IllegalStateException(where + ": certificateAuthority is not PEM in base64");
  }

  private static String required(String where, JsonNode in, String key) {
    return optional(where, in, key)
        .orElseThrow(() -> new IllegalStateException(where + ": " + key + " is missing"));
  }

  private static Optional<String> optional(String where, JsonNode in, String key) {
    JsonNode value = in.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.asText().isBlank()) {
      throw new IllegalStateException(where + ": " + key + " is not a string");
    }
    return Optional.of(value.asText());
  }

  /** The account in a role's ARN. */
  static String account(String role) {
    return role.split(":", 6)[4];
  }
}
