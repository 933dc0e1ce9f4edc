package io.cattleguard.sources.cloudtrail;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The caller of an AWS API call.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html">userIdentity</a>
 */
final class CloudTrailCaller {
  private final @Nullable String type;
  private final @Nullable String arn;
  private final @Nullable String issuer;
  private final @Nullable String name;
  private final @Nullable String account;

  CloudTrailCaller(JsonNode identity, List<String> notes) {
    this.type = text(identity.get("type"), "userIdentity.type", notes);
    this.arn = text(identity.get("arn"), "userIdentity.arn", notes);
    this.issuer =
        text(
            identity.path("sessionContext").path("sessionIssuer").get("arn"),
            "userIdentity.sessionContext.sessionIssuer.arn",
            notes);
    this.name =
        or(
            text(identity.get("userName"), "userIdentity.userName", notes),
            or(
                text(identity.get("invokedBy"), "userIdentity.invokedBy", notes),
                text(identity.get("principalId"), "userIdentity.principalId", notes)));
    this.account = text(identity.get("accountId"), "userIdentity.accountId", notes);
  }

  /**
   * The role of a session, because each session of a role has another name; else the user's ARN or
   * name.
   */
  @Nullable String principal() {
    return issuer != null && "AssumedRole".equals(type) ? issuer : or(arn, name);
  }

  @Nullable String account() {
    return account;
  }

  /** The session's own name, which often identifies the person or pod. */
  @Override
  public String toString() {
    String caller = "Root".equals(type) ? "the root user" : or(arn, name);
    return caller == null ? "an unknown caller" : caller;
  }
}
