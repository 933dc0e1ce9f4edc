package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.AuthorizeSecurityGroupIngressResponse;
import software.amazon.awssdk.services.ec2.model.DescribeInstancesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeNetworkInterfacesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeSecurityGroupRulesResponse;
import software.amazon.awssdk.services.ec2.model.DescribeSecurityGroupsResponse;
import software.amazon.awssdk.services.ec2.model.Ec2Response;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.ModifyNetworkInterfaceAttributeResponse;
import software.amazon.awssdk.services.ec2.model.NetworkInterface;
import software.amazon.awssdk.services.ec2.model.Reservation;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;
import software.amazon.awssdk.services.ec2.model.SecurityGroupRule;

/**
 * The calls to EC2. Each returns a complete response, throws {@link Refused} if EC2 rejected it, or
 * throws {@link Unavailable} if the outcome is unknown.
 *
 * <p>The SDK reads an empty body or a foreign document as a response with no field set, so each
 * call checks a field that EC2 always sets.
 */
final class Ec2Calls {
  private static final AwsLimits LIMITS =
      new AwsLimits(5, Duration.ofSeconds(8), Duration.ofSeconds(20));
  private static final int MOST_PAGES = 50;
  private static final String NO_REQUEST_ID = "UNKNOWN";

  private final Ec2Client ec2;

  Ec2Calls(Ec2Client ec2) {
    this.ec2 = ec2;
  }

  /** With an EC2 client of those clients. */
  static Ec2Calls of(AwsClients aws) {
    return new Ec2Calls(aws.build("EC2", Ec2Client.builder(), LIMITS));
  }

  /** EC2 understood a call and rejected it. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final String code;
    private final boolean retried;

    private Refused(String code, boolean retried, SdkException cause) {
      super(code, cause);
      this.code = code;
      this.retried = retried;
    }

    /** {@code InvalidGroup.NotFound}. */
    String code() {
      return code;
    }

    /** The text of the response, which may contain ARNs. */
    String text() {
      return getCause() instanceof AwsServiceException e
          ? String.valueOf(e.awsErrorDetails().errorMessage())
          : "";
    }

    /** Whether an earlier attempt may have succeeded without a response. */
    boolean retried() {
      return retried;
    }
  }

  List<Reservation> instances(String id) throws Refused {
    return all(
        "DescribeInstances",
        () -> ec2.describeInstancesPaginator(request -> request.instanceIds(id)),
        DescribeInstancesResponse::hasReservations,
        DescribeInstancesResponse::reservations,
        DescribeInstancesResponse::nextToken);
  }

  List<NetworkInterface> interfaces(String filter, String value) throws Refused {
    return all(
        "DescribeNetworkInterfaces",
        () ->
            ec2.describeNetworkInterfacesPaginator(request -> request.filters(only(filter, value))),
        DescribeNetworkInterfacesResponse::hasNetworkInterfaces,
        DescribeNetworkInterfacesResponse::networkInterfaces,
        DescribeNetworkInterfacesResponse::nextToken);
  }

  List<SecurityGroup> groups(String id) throws Refused {
    return all(
        "DescribeSecurityGroups",
        () -> ec2.describeSecurityGroupsPaginator(request -> request.groupIds(id)),
        DescribeSecurityGroupsResponse::hasSecurityGroups,
        DescribeSecurityGroupsResponse::securityGroups,
        DescribeSecurityGroupsResponse::nextToken);
  }

  List<SecurityGroupRule> rules(String group) throws Refused {
    return all(
        "DescribeSecurityGroupRules",
        () ->
            ec2.describeSecurityGroupRulesPaginator(
                request -> request.filters(only("group-id", group))),
        DescribeSecurityGroupRulesResponse::hasSecurityGroupRules,
        DescribeSecurityGroupRulesResponse::securityGroupRules,
        DescribeSecurityGroupRulesResponse::nextToken);
  }

  private static Filter only(String name, String value) {
    return Filter.builder().name(name).values(value).build();
  }

  void setGroups(String networkInterface, List<String> groups) throws Refused {
    ModifyNetworkInterfaceAttributeResponse unused =
        once(
            "ModifyNetworkInterfaceAttribute",
            () ->
                ec2.modifyNetworkInterfaceAttribute(
                    request -> request.networkInterfaceId(networkInterface).groups(groups)),
            answer -> true);
  }

  /** Returns the permissions that the group does not have. */
  List<IpPermission> revoke(String group, IpPermission permission) throws Refused {
    return once(
            "RevokeSecurityGroupIngress",
            () ->
                ec2.revokeSecurityGroupIngress(
                    request -> request.groupId(group).ipPermissions(permission)),
            answer -> Boolean.TRUE.equals(answer.returnValue()))
        .unknownIpPermissions();
  }

  void authorize(String group, IpPermission permission) throws Refused {
    AuthorizeSecurityGroupIngressResponse unused =
        once(
            "AuthorizeSecurityGroupIngress",
            () ->
                ec2.authorizeSecurityGroupIngress(
                    request -> request.groupId(group).ipPermissions(permission)),
            answer -> Boolean.TRUE.equals(answer.returnValue()));
  }

  static <T extends AwsResponse> T once(String action, Supplier<T> call, Predicate<T> isWhole)
      throws Refused {
    try {
      return whole(action, call.get(), isWhole);
    } catch (SdkException e) {
      throw refused(action, e);
    }
  }

  /** Every item of every page, up to 50 pages. */
  private static <P extends Ec2Response, T> List<T> all(
      String action,
      Supplier<? extends Iterable<P>> call,
      Predicate<P> isWhole,
      Function<P, List<T>> items,
      Function<P, @Nullable String> next)
      throws Refused {
    List<T> all = new ArrayList<>();
    int pages = 0;
    try {
      for (P page : call.get()) {
        all.addAll(items.apply(whole(action, page, isWhole)));
        pages++;
        String token = next.apply(page);
        if (pages == MOST_PAGES && token != null && !token.isEmpty()) {
          throw new Unavailable("EC2 " + action + ": more than " + MOST_PAGES + " pages");
        }
      }
      return all;
    } catch (SdkException e) {
      throw refused(action, e);
    }
  }

  private static <T extends AwsResponse> T whole(String action, T answer, Predicate<T> isWhole) {
    if (!isWhole.test(answer) || answer.responseMetadata().requestId().equals(NO_REQUEST_ID)) {
      throw new Unavailable("EC2 " + action + ": incomplete response");
    }
    return answer;
  }

  /** Without an EC2 error code, a proxy or nothing responded, so the outcome is unknown. */
  private static Refused refused(String action, SdkException failure) {
    String code = AwsFailure.code(failure);
    if (failure instanceof AwsServiceException e
        && e.awsErrorDetails() != null
        && code.equals(e.awsErrorDetails().errorCode())
        && e.statusCode() < 500
        && !e.isThrottlingException()) {
      Integer attempts = e.numAttempts();
      return new Refused(code, attempts != null && attempts > 1, e);
    }
    throw new Unavailable("EC2 " + action + " failed: " + code, failure);
  }
}
