package io.cattleguard.respond.aws.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The sessions of a role up to one that an alert names, and the inline policy that denies them.
 * Each session that an alert names has a policy of its own, so a session that began after an
 * earlier revocation can be revoked too.
 *
 * @param roleId of the role; a role with the same name that was created later has another
 * @param session the access key of the session, {@code ASIA…}
 * @param before the policy denies sessions that began before; empty until it is decided
 */
public record RoleSessions(
    String account, String role, String roleId, String session, Optional<Instant> before)
    implements Subject {
  private static final String KIND = "role-sessions";
  private static final String POLICY = "cattleguard-revoke-sessions-";

  /** A copy with a policy that denies sessions that began before that, in whole seconds. */
  public RoleSessions revokedAt(Instant at) {
    return new RoleSessions(
        account, role, roleId, session, Optional.of(at.truncatedTo(ChronoUnit.SECONDS)));
  }

  /** The name of the inline policy. */
  public String policyName() {
    return POLICY + session;
  }

  /**
   * The inline policy.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html">Revoke
   *     IAM role temporary security credentials</a>
   */
  public ObjectNode policy() {
    ObjectNode policy = JsonNodeFactory.instance.objectNode().put("Version", "2012-10-17");
    ObjectNode deny =
        policy.putArray("Statement").addObject().put("Effect", "Deny").put("Action", "*");
    deny.put("Resource", "*")
        .putObject("Condition")
        .putObject("DateLessThan")
        .put("aws:TokenIssueTime", before.orElseThrow().toString());
    return policy;
  }

  @Override
  public String uid() {
    return account + "/" + role + "/" + roleId + "/" + session;
  }

  @Override
  public String inWords() {
    return inWords(uid());
  }

  /** Describes the sessions of a role, which may no longer exist. */
  public static String inWords(String uid) {
    String[] parts = uid.split("/", 4);
    return "sessions of role "
        + parts[1]
        + " up to that with access key "
        + parts[3]
        + " (account "
        + parts[0]
        + ")";
  }

  @Override
  public String workload() {
    return account + "/" + role;
  }

  @Override
  public String neighbourhood() {
    return account + "/iam";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("account", account)
            .put("role", role)
            .put("roleId", roleId)
            .put("session", session);
    before.ifPresent(at -> out.put("before", at.toString()));
    return out;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws Unavailable if it is something else
   */
  public static RoleSessions read(JsonNode in) {
    if (!in.path("kind").asText().equals(KIND)) {
      throw new Unavailable("the ledger item is not about sessions of a role");
    }
    return new RoleSessions(
        in.path("account").asText(),
        in.path("role").asText(),
        in.path("roleId").asText(),
        in.path("session").asText(),
        Optional.ofNullable(in.path("before").textValue()).map(Instant::parse));
  }
}
