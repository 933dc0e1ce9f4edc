package io.cattleguard.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;

/**
 * A service that speaks AWS's JSON protocol: DynamoDB, EventBridge, SQS.
 *
 * @see <a href="https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html">AWS JSON</a>
 */
public final class HttpAwsJson implements AwsService {
  private static final JsonMapper JSON = Json.MAPPER;

  private final HttpAwsEndpoint endpoint;
  private final String target;
  private final String contentType;
  private final int attempts;

  private HttpAwsJson(HttpAwsEndpoint endpoint, String target, String version, int attempts) {
    this.endpoint = endpoint;
    this.target = target;
    this.contentType = "application/x-amz-json-" + version;
    this.attempts = attempts;
  }

  /** DynamoDB where the environment says, asked up to four times. */
  public static AwsService dynamoDb(
      Env env, AwsCredentials.Source credentials, InstantSource clock) {
    return new HttpAwsJson(
        HttpAwsEndpoint.of("DynamoDB", "dynamodb", env, credentials, clock),
        "DynamoDB_20120810",
        "1.0",
        4);
  }

  /**
   * EventBridge where the environment says, asked once: {@link EventBridgePublisher} knows what to
   * put again.
   */
  public static AwsService eventBridge(
      Env env, AwsCredentials.Source credentials, InstantSource clock) {
    return new HttpAwsJson(
        HttpAwsEndpoint.of("EventBridge", "events", env, credentials, clock),
        "AWSEvents",
        "1.1",
        1);
  }

  /**
   * Another service where the environment says, asked up to four times.
   *
   * @param name SQS, Logs; as {@code AWS_ENDPOINT_URL_<NAME>} has it
   * @param host its part of the host's name, and its name in signatures
   * @param target what stands before the operation in {@code X-Amz-Target}
   * @param version of the protocol, 1.0 or 1.1
   */
  public static AwsService of(
      String name,
      String host,
      String target,
      String version,
      Env env,
      AwsCredentials.Source credentials,
      InstantSource clock) {
    return new HttpAwsJson(
        HttpAwsEndpoint.of(name, host, env, credentials, clock), target, version, 4);
  }

  @Override
  public JsonNode call(String operation, JsonNode request) {
    String answer =
        endpoint.post(
            Map.of("Content-Type", contentType, "X-Amz-Target", target + "." + operation),
            request.toString().getBytes(StandardCharsets.UTF_8),
            attempts,
            HttpAwsJson::code);
    try {
      return answer.isEmpty() ? JsonNodeFactory.instance.objectNode() : JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      throw new AwsFailure(endpoint.name(), e);
    }
  }

  /** {@code com.amazonaws.dynamodb.v20120810#ThrottlingException:http://…} without its ends. */
  private static String code(HttpAwsEndpoint.Answer answer) {
    String type = answer.errorType();
    if (type.isEmpty()) {
      try {
        type = JSON.readTree(answer.body()).path("__type").asText();
      } catch (JsonProcessingException e) {
        type = "";
      }
    }
    String code = type.replaceFirst(":.*", "").replaceFirst(".*#", "");
    return code.isEmpty() ? "HTTP " + answer.status() : code;
  }
}
