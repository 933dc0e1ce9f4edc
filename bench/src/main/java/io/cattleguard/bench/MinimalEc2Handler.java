package io.cattleguard.bench;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.DescribeInstancesRequest;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;

/**
 * A minimal function that reads an instance and an item and puts an event, written like AWS's
 * examples. It is the baseline for respond-aws.
 */
public final class MinimalEc2Handler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  private final DynamoDbClient dynamoDb =
      DynamoDbClient.builder().httpClient(UrlConnectionHttpClient.create()).build();
  private final EventBridgeClient eventBridge =
      EventBridgeClient.builder().httpClient(UrlConnectionHttpClient.create()).build();

  private final Ec2Client ec2 =
      Ec2Client.builder().httpClient(UrlConnectionHttpClient.create()).build();

  /** Called by Lambda. */
  public MinimalEc2Handler() {}

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    List<PutEventsRequestEntry> entries = new ArrayList<>();
    for (SQSEvent.SQSMessage message : event.getRecords()) {
      var instances =
          ec2.describeInstances(
              DescribeInstancesRequest.builder().instanceIds("i-0123456789abcdef0").build());
      var item =
          dynamoDb.getItem(
              GetItemRequest.builder()
                  .tableName("minimal")
                  .key(Map.of("pk", AttributeValue.fromS(message.getMessageId())))
                  .consistentRead(true)
                  .build());
      entries.add(
          PutEventsRequestEntry.builder()
              .eventBusName("minimal")
              .source("minimal")
              .detailType("Minimal")
              .detail(message.getBody() + instances.hasReservations() + item.hasItem())
              .build());
    }
    var unused = eventBridge.putEvents(PutEventsRequest.builder().entries(entries).build());
    return new SQSBatchResponse(List.of());
  }
}
