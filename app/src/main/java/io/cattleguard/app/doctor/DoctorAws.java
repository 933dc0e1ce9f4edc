package io.cattleguard.app.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.AwsFailure;
import io.cattleguard.edge.AwsService;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.HttpAwsCredentials;
import io.cattleguard.edge.HttpAwsEndpoint;
import io.cattleguard.edge.HttpAwsJson;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** The services of AWS that a deployment stands on, to be looked at. */
final class DoctorAws {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final AwsService events;
  private final AwsService queues;
  private final AwsService tables;
  private final AwsService logs;
  private final HttpAwsEndpoint lambda;

  /** As the environment says where they are and who asks. */
  DoctorAws(Env env, InstantSource clock) {
    AwsCredentials.Source credentials =
        env.optional("AWS_ACCESS_KEY_ID").isPresent()
            ? new HttpAwsCredentials(env)
            : DoctorAws::found;
    this.events =
        HttpAwsJson.of("EventBridge", "events", "AWSEvents", "1.1", env, credentials, clock);
    this.queues = HttpAwsJson.of("SQS", "sqs", "AmazonSQS", "1.0", env, credentials, clock);
    this.tables = HttpAwsJson.dynamoDb(env, credentials, clock);
    this.logs = HttpAwsJson.of("Logs", "logs", "Logs_20140328", "1.1", env, credentials, clock);
    this.lambda = HttpAwsEndpoint.of("Lambda", "lambda", env, credentials, clock);
  }

  /** Where AWS's own tools find them: a profile, a role, the machine's. */
  private static AwsCredentials found(Instant now) {
    try (DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build()) {
      software.amazon.awssdk.auth.credentials.AwsCredentials found = provider.resolveCredentials();
      return new AwsCredentials(
          found.accessKeyId(),
          found.secretAccessKey(),
          found instanceof AwsSessionCredentialsIdentity session
              ? Optional.of(session.sessionToken())
              : Optional.empty(),
          Instant.MAX);
    } catch (SdkException e) {
      throw new AwsFailure("AWS credentials", "none found", "");
    }
  }

  AwsService events() {
    return events;
  }

  AwsService queues() {
    return queues;
  }

  AwsService tables() {
    return tables;
  }

  AwsService logs() {
    return logs;
  }

  /** A function as its alias runs it. */
  JsonNode function(String name) {
    return lambda("/2015-03-31/functions/" + name + "?Qualifier=live");
  }

  /** What feeds a function's alias. */
  JsonNode mappings(String name) {
    return lambda("/2015-03-31/event-source-mappings/?FunctionName=" + name + "%3Alive")
        .path("EventSourceMappings");
  }

  private JsonNode lambda(String path) {
    try {
      return JSON.readTree(lambda.get(path));
    } catch (JsonProcessingException e) {
      throw new AwsFailure("Lambda", e);
    }
  }
}
