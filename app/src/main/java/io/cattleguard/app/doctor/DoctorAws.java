package io.cattleguard.app.doctor;

import io.cattleguard.aws.AwsClients;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The AWS clients that the checks use. */
record DoctorAws(
    EventBridgeClient events,
    SqsClient queues,
    DynamoDbClient tables,
    CloudWatchLogsClient logs,
    LambdaClient functions,
    SecretsManagerClient secrets) {
  static final String EVENTS = "EventBridge";
  static final String QUEUES = "SQS";
  static final String TABLES = "DynamoDB";
  static final String LOGS = "Logs";
  static final String FUNCTIONS = "Lambda";
  static final String SECRETS = "Secrets Manager";

  /** Builds all clients. */
  static DoctorAws of(AwsClients aws) {
    return new DoctorAws(
        aws.build(EVENTS, EventBridgeClient.builder()),
        aws.build(QUEUES, SqsClient.builder()),
        aws.build(TABLES, DynamoDbClient.builder()),
        aws.build(LOGS, CloudWatchLogsClient.builder()),
        aws.build(FUNCTIONS, LambdaClient.builder()),
        aws.build(SECRETS, SecretsManagerClient.builder()));
  }
}
