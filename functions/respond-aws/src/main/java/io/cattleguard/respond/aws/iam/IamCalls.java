package io.cattleguard.respond.aws.iam;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKeyMetadata;
import software.amazon.awssdk.services.iam.model.ListAccessKeysResponse;
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

  private final AwsClients aws;
  private final AwsLimits limits;
  private @Nullable IamClient client;

  IamCalls(AwsClients aws, AwsLimits limits) {
    this.aws = aws;
    this.limits = limits;
  }

  /** With a client of those clients. */
  static IamCalls of(AwsClients aws) {
    return new IamCalls(aws, LIMITS);
  }

  private synchronized IamClient client() {
    IamClient made = client;
    if (made == null) {
      made = aws.build("IAM", IamClient.builder(), limits);
      client = made;
    }
    return made;
  }

  User user(String name) throws Refused {
    return once(
            "GetUser",
            () -> client().getUser(request -> request.userName(name)),
            answer -> answer.user() != null && answer.user().arn() != null)
        .user();
  }

  List<AccessKeyMetadata> keys(String user) throws Refused {
    return ApiCalls.all(
        "IAM ListAccessKeys",
        () -> client().listAccessKeysPaginator(request -> request.userName(user)),
        ListAccessKeysResponse::hasAccessKeyMetadata,
        ListAccessKeysResponse::accessKeyMetadata,
        ListAccessKeysResponse::marker);
  }

  void setStatus(String user, String key, StatusType status) throws Refused {
    UpdateAccessKeyResponse unused =
        once(
            "UpdateAccessKey",
            () ->
                client()
                    .updateAccessKey(
                        request -> request.userName(user).accessKeyId(key).status(status)),
            answer -> true);
  }

  private static <T extends AwsResponse> T once(
      String action, Supplier<T> call, Predicate<T> isWhole) throws Refused {
    return ApiCalls.once("IAM " + action, call, isWhole);
  }
}
