package io.cattleguard.edge.lambda;

import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import io.cattleguard.aws.AwsClients;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.Server;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** DynamoDB Local in memory, one for each test JVM, on a port of this machine. */
public final class DynamoDbLocal {
  private static final URI ADDRESS = start();
  private static final DynamoDbClient CLIENT = DynamoTable.client(aws());

  private DynamoDbLocal() {}

  private static URI start() {
    try {
      LocalDynamoDBServerHandler handler =
          new LocalDynamoDBServerHandler(
              new LocalDynamoDBRequestHandler(0, true, null, true, false), null);
      Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      server.setHandler(new DynamoDBProxyServer(0, handler).setUpHandler(handler));
      server.start();
      return server.getURI();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The address on which it listens. */
  public static URI address() {
    return ADDRESS;
  }

  /** Clients configured for it, as the functions' clients are. */
  public static AwsClients aws() {
    Map<String, String> variables =
        Map.of(
            "AWS_REGION",
            "eu-central-1",
            "AWS_ENDPOINT_URL",
            ADDRESS.toString(),
            "AWS_ACCESS_KEY_ID",
            "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "test");
    return AwsClients.of(name -> Optional.ofNullable(variables.get(name)));
  }

  /** A client for it, as the functions have. */
  public static DynamoDbClient client() {
    return CLIENT;
  }

  /** Creates an empty table with the string key {@code pk}. */
  public static void createTable(String name) {
    createTable(CLIENT, name);
  }

  /**
   * Creates an empty table with the string key {@code pk} and the index {@code listed} with that
   * client. The table exists already if an earlier attempt created it but timed out.
   */
  public static void createTable(DynamoDbClient dynamoDb, String name) {
    CreateTableRequest request =
        CreateTableRequest.builder()
            .tableName(name)
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .attributeDefinitions(
                attribute("pk", ScalarAttributeType.S),
                attribute("list", ScalarAttributeType.S),
                attribute("expiresAt", ScalarAttributeType.N))
            .keySchema(key("pk", KeyType.HASH))
            .globalSecondaryIndexes(
                GlobalSecondaryIndex.builder()
                    .indexName("listed")
                    .keySchema(key("list", KeyType.HASH), key("expiresAt", KeyType.RANGE))
                    .projection(Projection.builder().projectionType(ProjectionType.ALL).build())
                    .build())
            .build();
    try {
      var unused = dynamoDb.createTable(request);
    } catch (ResourceInUseException e) {
      // Names are unique, so the existing table is the one that this test created.
    }
  }

  private static AttributeDefinition attribute(String name, ScalarAttributeType type) {
    return AttributeDefinition.builder().attributeName(name).attributeType(type).build();
  }

  private static KeySchemaElement key(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }

  /** Puts an item into the table as another client would. */
  public static void put(String table, Map<String, AttributeValue> item) {
    CLIENT.putItem(put -> put.tableName(table).item(item));
  }

  /** A value of type S. */
  public static AttributeValue text(String value) {
    return AttributeValue.fromS(value);
  }

  /** A value of type N. */
  public static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  /** The stored item; empty if there is none. */
  public static Map<String, AttributeValue> item(String table, String pk) {
    return CLIENT.getItem(get -> get.tableName(table).key(Map.of("pk", text(pk)))).item();
  }
}
