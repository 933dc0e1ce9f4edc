package io.cattleguard.respond.aws.iam;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKeyMetadata;
import software.amazon.awssdk.services.iam.model.AttachedPolicy;
import software.amazon.awssdk.services.iam.model.DeleteRolePolicyResponse;
import software.amazon.awssdk.services.iam.model.ListAccessKeysResponse;
import software.amazon.awssdk.services.iam.model.ListAttachedRolePoliciesResponse;
import software.amazon.awssdk.services.iam.model.ListRolesResponse;
import software.amazon.awssdk.services.iam.model.ListUsersResponse;
import software.amazon.awssdk.services.iam.model.PutRolePolicyResponse;
import software.amazon.awssdk.services.iam.model.Role;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.iam.model.UpdateAccessKeyResponse;
import software.amazon.awssdk.services.iam.model.User;

/**
 * The calls to IAM, as {@link ApiCalls} makes them. The first call creates the client, so that only
 * actions on identities need it.
 */
final class IamCalls {
  private static final AwsLimits LIMITS =
      new AwsLimits(4, Duration.ofSeconds(5), Duration.ofSeconds(15));

  private final Supplier<IamClient> client;

  IamCalls(AwsClients aws, AwsLimits limits) {
    this.client = aws.onFirstUse("IAM", IamClient::builder, limits);
  }

  /** Uses a client that these clients create. */
  static IamCalls of(AwsClients aws) {
    return new IamCalls(aws, LIMITS);
  }

  User user(String name) throws Refused {
    return once(
            "GetUser",
            () -> client.get().getUser(request -> request.userName(name)),
            answer -> answer.user() != null && answer.user().arn() != null)
        .user();
  }

  List<AccessKeyMetadata> keys(String user) throws Refused {
    return ApiCalls.all(
        "IAM ListAccessKeys",
        () -> client.get().listAccessKeysPaginator(request -> request.userName(user)),
        ListAccessKeysResponse::hasAccessKeyMetadata,
        ListAccessKeysResponse::accessKeyMetadata,
        ListAccessKeysResponse::marker);
  }

  void setStatus(String user, String key, StatusType status) throws Refused {
    UpdateAccessKeyResponse unused =
        once(
            "UpdateAccessKey",
            () ->
                client
                    .get()
                    .updateAccessKey(
                        request -> request.userName(user).accessKeyId(key).status(status)),
            answer -> true);
  }

  List<User> users() throws Refused {
    return ApiCalls.all(
        "IAM ListUsers",
        () -> client.get().listUsersPaginator(),
        ListUsersResponse::hasUsers,
        ListUsersResponse::users,
        ListUsersResponse::marker);
  }

  List<Role> roles() throws Refused {
    return ApiCalls.all(
        "IAM ListRoles",
        () -> client.get().listRolesPaginator(),
        ListRolesResponse::hasRoles,
        ListRolesResponse::roles,
        ListRolesResponse::marker);
  }

  Role role(String name) throws Refused {
    return once(
            "GetRole",
            () -> client.get().getRole(request -> request.roleName(name)),
            answer ->
                answer.role() != null
                    && answer.role().arn() != null
                    && answer.role().roleId() != null
                    && answer.role().path() != null
                    && answer.role().createDate() != null)
        .role();
  }

  List<AttachedPolicy> attached(String role) throws Refused {
    return ApiCalls.all(
        "IAM ListAttachedRolePolicies",
        () -> client.get().listAttachedRolePoliciesPaginator(request -> request.roleName(role)),
        ListAttachedRolePoliciesResponse::hasAttachedPolicies,
        ListAttachedRolePoliciesResponse::attachedPolicies,
        ListAttachedRolePoliciesResponse::marker);
  }

  /** The policy as IAM writes it: JSON, URL-encoded. */
  String policy(String role, String policy) throws Refused {
    return once(
            "GetRolePolicy",
            () -> client.get().getRolePolicy(request -> request.roleName(role).policyName(policy)),
            answer -> answer.policyDocument() != null)
        .policyDocument();
  }

  void put(String role, String policy, String document) throws Refused {
    PutRolePolicyResponse unused =
        once(
            "PutRolePolicy",
            () ->
                client
                    .get()
                    .putRolePolicy(
                        request ->
                            request.roleName(role).policyName(policy).policyDocument(document)),
            answer -> true);
  }

  void delete(String role, String policy) throws Refused {
    DeleteRolePolicyResponse unused =
        once(
            "DeleteRolePolicy",
            () ->
                client.get().deleteRolePolicy(request -> request.roleName(role).policyName(policy)),
            answer -> true);
  }

  private static <T extends AwsResponse> T once(
      String action, Supplier<T> call, Predicate<T> isWhole) throws Refused {
    return ApiCalls.once("IAM " + action, call, isWhole);
  }
}
