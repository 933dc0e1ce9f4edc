package io.cattleguard.route.aws;

import com.sun.net.httpserver.HttpExchange;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** The environment variables with which an AWS destination calls a fake service. */
public final class AwsEnvironment {
  /** AWS's documented example. */
  public static final String KEY_ID = "AKIAIOSFODNN7EXAMPLE";

  private AwsEnvironment() {}

  /** With one variable of the destination. */
  public static Map<String, String> of(URI service, String secret, String name, String value) {
    Map<String, String> variables = new HashMap<>();
    variables.put("AWS_REGION", "eu-central-1");
    variables.put("AWS_ENDPOINT_URL", service.toString());
    variables.put("AWS_ACCESS_KEY_ID", KEY_ID);
    variables.put("AWS_SECRET_ACCESS_KEY", secret);
    variables.put(name, value);
    return variables;
  }

  /** Whether the request is signed for that service. */
  public static boolean isSigned(HttpExchange exchange, String service) {
    return isSigned(exchange, service, "eu-central-1");
  }

  /** Whether the request is signed for that service of a region. */
  public static boolean isSigned(HttpExchange exchange, String service, String region) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    return header != null
        && header.startsWith("AWS4-HMAC-SHA256 Credential=" + KEY_ID)
        && header.contains("/" + region + "/" + service + "/aws4_request");
  }
}
