package io.cattleguard.respond.aws.iam;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.services.iam.model.AccessKeyMetadata;
import software.amazon.awssdk.services.iam.model.Role;
import software.amazon.awssdk.services.iam.model.User;

/** The users, access keys and roles of an account. */
public final class IamInventory {
  private final IamCalls iam;

  IamInventory(IamCalls iam) {
    this.iam = iam;
  }

  /** Uses a client that these clients create. */
  public static IamInventory of(AwsClients aws) {
    return new IamInventory(IamCalls.of(aws));
  }

  /** The id of the account, from the ARN of a role or user; empty if it has neither. */
  public Optional<String> account() {
    List<String> arns = new ArrayList<>();
    try {
      iam.roles().stream().map(Role::arn).forEach(arns::add);
      iam.users().stream().map(User::arn).forEach(arns::add);
    } catch (Refused e) {
      throw rejected(e);
    }
    return arns.stream()
        .map(arn -> arn.split(":", 6))
        .filter(parts -> parts.length == 6)
        .map(parts -> parts[4])
        .findFirst();
  }

  /** The ids of each user's access keys. */
  public Map<String, List<String>> keys() {
    Map<String, List<String>> keys = new TreeMap<>();
    try {
      for (User user : iam.users()) {
        keys.put(
            user.userName(),
            iam.keys(user.userName()).stream().map(AccessKeyMetadata::accessKeyId).toList());
      }
    } catch (Refused e) {
      throw rejected(e);
    }
    return keys;
  }

  /** The names of the roles. */
  public List<String> roles() {
    try {
      return iam.roles().stream().map(Role::roleName).sorted().toList();
    } catch (Refused e) {
      throw rejected(e);
    }
  }

  private static Unavailable rejected(Refused e) {
    return new Unavailable("IAM rejected the call: " + e.code(), e);
  }
}
