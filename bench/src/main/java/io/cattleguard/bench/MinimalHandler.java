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
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;

/**
 * A minimal function that updates an item and puts an event, written like AWS's examples. It is the
 * baseline for the functions.
 */
public final class MinimalHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  private final DynamoDbClient dynamoDb =
      DynamoDbClient.builder().httpClient(UrlConnectionHttpClient.create()).build();
  private final EventBridgeClient eventBridge =
      EventBridgeClient.builder().httpClient(UrlConnectionHttpClient.create()).build();

  /** Called by Lambda. */
  public MinimalHandler() {}

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    List<PutEventsRequestEntry> entries = new ArrayList<>();
    for (SQSEvent.SQSMessage message : event.getRecords()) {
      var unused =
          dynamoDb.updateItem(
              UpdateItemRequest.builder()
                  .tableName("minimal")
                  .key(Map.of("pk", AttributeValue.fromS(message.getMessageId())))
                  .updateExpression("SET #state = :state")
                  .conditionExpression("attribute_not_exists(pk)")
                  .expressionAttributeNames(Map.of("#state", "state"))
                  .expressionAttributeValues(Map.of(":state", AttributeValue.fromS("a")))
                  .build());
      entries.add(
          PutEventsRequestEntry.builder()
              .eventBusName("minimal")
              .source("minimal")
              .detailType("Minimal")
              .detail(message.getBody())
              .build());
    }
    var unused = eventBridge.putEvents(PutEventsRequest.builder().entries(entries).build());
    return new SQSBatchResponse(List.of());
  }
}
