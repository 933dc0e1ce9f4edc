package io.cattleguard.respond.aws.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;

/**
 * A long-term access key of an IAM user, now or before it was deactivated. AWS never gives the same
 * id to another key.
 *
 * @param id {@code AKIA…}
 */
public record AccessKey(String account, String user, String id, boolean active) implements Subject {
  private static final String KIND = "access-key";

  @Override
  public String uid() {
    return account + "/" + user + "/" + id;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** Describes an access key, which may no longer exist. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 3);
    return "access key " + parts[2] + " of user " + parts[1] + " (account " + parts[0] + ")";
  }

  @Override
  public String workload() {
    return account + "/" + user;
  }

  @Override
  public String neighbourhood() {
    return account + "/iam";
  }

  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("kind", KIND)
        .put("account", account)
        .put("user", user)
        .put("id", id)
        .put("active", active);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws Unavailable if it is something else
   */
  public static AccessKey read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("the ledger item is not an access key");
    }
    return new AccessKey(
        in.path("account").asText(),
        in.path("user").asText(),
        in.path("id").asText(),
        in.path("active").asBoolean());
  }
}
