package io.cattleguard.respond.aws.iam;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Network.Change;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.iam.model.AccessKeyMetadata;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.iam.model.Tag;

/** Real identities, through the API of IAM. An incomplete response is an error. */
public final class IamIdentities implements Identities {
  private static final String GONE = "NoSuchEntity";

  /** IAM rejects a name with characters that no name may have. */
  private static final Set<String> NO_SUCH = Set.of(GONE, "ValidationError");

  /** The maximum of all roles, in seconds. */
  private static final int LONGEST_SESSION = 43_200;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final IamCalls iam;
  private final AwsCredentialsProvider credentials;

  IamIdentities(IamCalls iam, AwsCredentialsProvider credentials) {
    this.iam = iam;
    this.credentials = credentials;
  }

  /** Uses a client that these clients create. */
  public static IamIdentities of(AwsClients aws) {
    return new IamIdentities(IamCalls.of(aws), aws.credentials());
  }

  @Override
  public Optional<User> user(String name) {
    try {
      software.amazon.awssdk.services.iam.model.User user = iam.user(name);
      if (!name.equals(user.userName())) {
        throw new Unavailable("IAM answered about another user");
      }
      String account = account(user.arn());
      List<AccessKey> keys = new ArrayList<>();
      for (AccessKeyMetadata key : iam.keys(name)) {
        if (name.equals(key.userName())) {
          keys.add(
              new AccessKey(
                  account, name, text(key.accessKeyId()), key.status() != StatusType.INACTIVE));
        }
      }
      return Optional.of(new User(account, name, tags(user.tags()), keys));
    } catch (Refused e) {
      return missing(e);
    }
  }

  @Override
  public Optional<Role> role(String name) {
    try {
      software.amazon.awssdk.services.iam.model.Role role = iam.role(name);
      if (!name.equals(role.roleName())) {
        throw new Unavailable("IAM answered about another role");
      }
      return Optional.of(
          new Role(
              account(role.arn()),
              name,
              role.roleId(),
              role.path(),
              role.createDate(),
              Duration.ofSeconds(
                  Objects.requireNonNullElse(role.maxSessionDuration(), LONGEST_SESSION)),
              tags(role.tags()),
              iam.attached(name).stream().map(policy -> text(policy.policyName())).toList()));
    } catch (Refused e) {
      return missing(e);
    }
  }

  @Override
  public Optional<JsonNode> inlinePolicy(String role, String policy) {
    try {
      return Optional.of(
          JSON.readTree(URLDecoder.decode(iam.policy(role, policy), StandardCharsets.UTF_8)));
    } catch (Refused e) {
      return missing(e);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new Unavailable("IAM: a policy that is not JSON", e);
    }
  }

  @Override
  public Change deny(RoleSessions sessions) {
    try {
      iam.put(sessions.role(), sessions.policyName(), sessions.policy().toString());
      return new Change.Made();
    } catch (Refused e) {
      return rejected(e);
    }
  }

  @Override
  public Change allow(RoleSessions sessions) {
    try {
      iam.delete(sessions.role(), sessions.policyName());
      return new Change.Made();
    } catch (Refused e) {
      return rejected(e);
    }
  }

  private static Change rejected(Refused e) {
    return e.code().equals(GONE) ? new Change.Gone() : new Change.Denied(e.code());
  }

  private static <T> Optional<T> missing(Refused e) {
    if (NO_SUCH.contains(e.code())) {
      return Optional.empty();
    }
    throw new Unavailable("IAM rejected the call: " + e.code(), e);
  }

  /** The account of {@code arn:aws:iam::111122223333:user/name}. */
  private static String account(String arn) {
    String[] parts = arn.split(":", 6);
    if (parts.length < 6 || parts[4].isEmpty()) {
      throw new Unavailable("IAM: an ARN without an account");
    }
    return parts[4];
  }

  @Override
  public boolean isOwnKey(String accessKey) {
    try {
      return accessKey.equals(credentials.resolveCredentials().accessKeyId());
    } catch (SdkException e) {
      throw new Unavailable("no AWS credentials", e);
    }
  }

  @Override
  public Change setActive(AccessKey key, boolean active) {
    try {
      iam.setStatus(key.user(), key.id(), active ? StatusType.ACTIVE : StatusType.INACTIVE);
      return new Change.Made();
    } catch (Refused e) {
      return rejected(e);
    }
  }

  private static Map<String, String> tags(List<Tag> of) {
    Map<String, String> tags = new HashMap<>();
    of.forEach(tag -> tags.put(text(tag.key()), text(tag.value())));
    return tags;
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
