package io.cattleguard.respond.aws.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The four settings with which a bucket blocks public access.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html">PublicAccessBlockConfiguration</a>
 */
public record PublicAccess(
    boolean blockPublicAcls,
    boolean ignorePublicAcls,
    boolean blockPublicPolicy,
    boolean restrictPublicBuckets) {
  /** Everything is blocked. */
  public static final PublicAccess BLOCKED = new PublicAccess(true, true, true, true);

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("blockPublicAcls", blockPublicAcls)
        .put("ignorePublicAcls", ignorePublicAcls)
        .put("blockPublicPolicy", blockPublicPolicy)
        .put("restrictPublicBuckets", restrictPublicBuckets);
  }

  static PublicAccess read(JsonNode in) {
    return new PublicAccess(
        in.path("blockPublicAcls").asBoolean(),
        in.path("ignorePublicAcls").asBoolean(),
        in.path("blockPublicPolicy").asBoolean(),
        in.path("restrictPublicBuckets").asBoolean());
  }
}
