package io.cattleguard.app.plan;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.AccountInventory;
import io.cattleguard.respond.aws.AwsAccount;
import io.cattleguard.respond.aws.actions.AwsScope;
import java.time.Instant;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;

/** Reads an AWS account with the settings of a deployment. */
final class LiveAccount {
  private static final String STEP = "-respond-aws";

  private LiveAccount() {}

  static AccountPlan plan(AwsClients aws, String stack, Playbooks playbooks, Instant now) {
    String function = stack + STEP;
    String region = aws.region().orElseThrow(() -> new Unavailable("no region"));
    Map<String, String> environment;
    DeployedActions deployed;
    try (LambdaClient lambda = aws.build("Lambda", LambdaClient.builder())) {
      GetFunctionConfigurationResponse answer =
          lambda.getFunctionConfiguration(request -> request.functionName(function));
      environment = answer.environment() == null ? Map.of() : answer.environment().variables();
      deployed = DeployedActions.of(function, environment);
    } catch (ResourceNotFoundException e) {
      environment = Map.of();
      deployed = DeployedActions.none(function);
    } catch (SdkException e) {
      AwsFailure failure = new AwsFailure("Lambda", e);
      throw new Unavailable(
          "the settings of " + function + " cannot be read. " + failure.getMessage(), failure);
    }
    AwsScope scope = AwsAccount.of(new Env(environment), aws, region, playbooks.limits());
    return AccountPlan.of(
        region, deployed, scope, AccountInventory.of(aws, region).objects(scope), playbooks, now);
  }
}
