package io.cattleguard.respond.aws.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import java.util.Map;
import java.util.Optional;

/**
 * A bucket, now or before public access to it was blocked.
 *
 * @param account that owns it
 * @param access its own settings; empty if it has none
 */
public record Bucket(
    String account,
    String region,
    String name,
    Map<String, String> tags,
    Optional<PublicAccess> access)
    implements Subject {
  private static final String KIND = "bucket";
  private static final String ACCESS = "access";

  /** Copies the tags. */
  public Bucket {
    tags = Map.copyOf(tags);
  }

  /** The same bucket with other settings. */
  public Bucket with(Optional<PublicAccess> other) {
    return new Bucket(account, region, name, tags, other);
  }

  /** Whether its own settings block all public access. */
  public boolean isBlocked() {
    return access.filter(PublicAccess.BLOCKED::equals).isPresent();
  }

  @Override
  public String uid() {
    return account + "/" + region + "/" + name;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** Describes a bucket, which may no longer exist. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 3);
    return "bucket " + parts[2] + " (account " + parts[0] + ", " + parts[1] + ")";
  }

  @Override
  public String workload() {
    return uid();
  }

  @Override
  public String neighbourhood() {
    return account + "/s3";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("account", account)
            .put("region", region)
            .put("name", name);
    access.ifPresent(is -> out.set(ACCESS, is.toJson()));
    return out;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws Unavailable if it is something else
   */
  public static Bucket read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("the ledger item is not a bucket");
    }
    return new Bucket(
        in.path("account").asText(),
        in.path("region").asText(),
        in.path("name").asText(),
        Map.of(),
        Optional.of(in.path(ACCESS)).filter(JsonNode::isObject).map(PublicAccess::read));
  }
}
