package io.cattleguard.edge;

import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.Server;

/** AWS's own DynamoDB in memory, one for each JVM of tests, on a port of this machine. */
public final class DynamoDbLocal {
  private static final URI ADDRESS = start();

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

  /** Where it listens. */
  public static URI address() {
    return ADDRESS;
  }

  /** A client of it, as functions have one. */
  public static AwsService service() {
    Env env = new Env(Map.of("AWS_REGION", "eu-central-1", "AWS_ENDPOINT_URL", ADDRESS.toString()));
    AwsCredentials credentials =
        new AwsCredentials("AKIAIOSFODNN7EXAMPLE", "test", Optional.empty(), Instant.MAX);
    return HttpAwsJson.dynamoDb(env, now -> credentials, Clock.systemUTC());
  }

  /** Makes an empty table with the string key {@code pk}. */
  public static void createTable(String name) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", name);
    request.put("BillingMode", "PAY_PER_REQUEST");
    request
        .putArray("AttributeDefinitions")
        .addObject()
        .put("AttributeName", "pk")
        .put("AttributeType", "S");
    request.putArray("KeySchema").addObject().put("AttributeName", "pk").put("KeyType", "HASH");
    service().call("CreateTable", request);
  }

  /** Puts an item there as somebody else would. */
  public static void put(String table, Map<String, ObjectNode> item) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", table);
    request.putObject("Item").setAll(item);
    service().call("PutItem", request);
  }

  /** A value of type S. */
  public static ObjectNode text(String value) {
    return JsonNodeFactory.instance.objectNode().put("S", value);
  }

  /** A value of type N. */
  public static ObjectNode number(long value) {
    return JsonNodeFactory.instance.objectNode().put("N", Long.toString(value));
  }

  /** The item as it stands there; missing where there is none. */
  public static JsonNode item(String table, String pk) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", table);
    request.putObject("Key").putObject("pk").put("S", pk);
    return service().call("GetItem", request).path("Item");
  }
}
