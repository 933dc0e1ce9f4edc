package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.autoscaling.model.AutoScalingInstanceDetails;
import software.amazon.awssdk.services.autoscaling.model.DescribeAutoScalingInstancesResponse;
import software.amazon.awssdk.services.autoscaling.model.EnterStandbyResponse;
import software.amazon.awssdk.services.autoscaling.model.ExitStandbyResponse;

/**
 * The calls to EC2 Auto Scaling, as {@link Ec2Calls}. The first call creates the client, so that
 * only instances of a group need it. The isolation of an instance waits for these calls, so their
 * timeouts are short.
 */
final class AutoScalingCalls {
  private static final AwsLimits LIMITS =
      new AwsLimits(2, Duration.ofSeconds(3), Duration.ofSeconds(5));
  private static final String SERVICE = "EC2 Auto Scaling ";

  private final Supplier<AutoScalingClient> client;

  AutoScalingCalls(AwsClients aws, AwsLimits limits) {
    this.client = aws.onFirstUse("Auto Scaling", AutoScalingClient::builder, limits);
  }

  /** Uses a client that these clients create. */
  static AutoScalingCalls of(AwsClients aws) {
    return new AutoScalingCalls(aws, LIMITS);
  }

  /** The instance, if it is in a group. */
  List<AutoScalingInstanceDetails> instances(String id) throws Refused {
    return ApiCalls.once(
            SERVICE + "DescribeAutoScalingInstances",
            () -> client.get().describeAutoScalingInstances(request -> request.instanceIds(id)),
            DescribeAutoScalingInstancesResponse::hasAutoScalingInstances)
        .autoScalingInstances();
  }

  void enterStandby(String group, String instance) throws Refused {
    EnterStandbyResponse unused =
        ApiCalls.once(
            SERVICE + "EnterStandby",
            () ->
                client
                    .get()
                    .enterStandby(
                        request ->
                            request
                                .autoScalingGroupName(group)
                                .instanceIds(instance)
                                .shouldDecrementDesiredCapacity(false)),
            EnterStandbyResponse::hasActivities);
  }

  void exitStandby(String group, String instance) throws Refused {
    ExitStandbyResponse unused =
        ApiCalls.once(
            SERVICE + "ExitStandby",
            () ->
                client
                    .get()
                    .exitStandby(
                        request -> request.autoScalingGroupName(group).instanceIds(instance)),
            ExitStandbyResponse::hasActivities);
  }
}
