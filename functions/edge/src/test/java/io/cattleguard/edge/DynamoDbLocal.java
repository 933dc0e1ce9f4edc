package io.cattleguard.edge;

import com.amazonaws.services.dynamodbv2.local.embedded.DynamoDBEmbedded;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** AWS's own DynamoDB in memory, one for each JVM of tests; it opens no port. */
public final class DynamoDbLocal {
  private static final DynamoDbClient CLIENT = DynamoDBEmbedded.create(true).dynamoDbClient();

  private DynamoDbLocal() {}

  /** A client of it. */
  public static DynamoDbClient client() {
    return CLIENT;
  }

  /** Makes an empty table with the string key {@code pk}. */
  public static void createTable(String name) {
    CLIENT.createTable(
        request ->
            request
                .tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(
                    AttributeDefinition.builder()
                        .attributeName("pk")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .keySchema(
                    KeySchemaElement.builder().attributeName("pk").keyType(KeyType.HASH).build()));
  }
}
