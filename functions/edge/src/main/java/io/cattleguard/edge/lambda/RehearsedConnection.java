package io.cattleguard.edge.lambda;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/**
 * A connection with responses from memory, so that the warm-up runs the SDK's whole pipeline: the
 * first write is throttled, the next fails its condition, and all others succeed.
 */
final class RehearsedConnection extends HttpURLConnection {
  /** The responses per operation, in order; the last one repeats. */
  private static final Map<String, List<Answer>> ANSWERS =
      Map.of(
          "UpdateItem",
          List.of(
              new Answer(400, "{\"__type\":\"x#ThrottlingException\",\"message\":\"\"}"),
              new Answer(
                  400,
                  "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"\","
                      + "\"Item\":{\"version\":{\"N\":\"0\"},\"state\":{\"S\":\"\"}}}"),
              new Answer(200, "{}")),
          "PutEvents",
          List.of(new Answer(200, "{\"Entries\":[{\"EventId\":\"rehearsal\"}]}")),
          "GetSecretValue",
          List.of(new Answer(200, "{\"SecretString\":\"" + Rehearsal.SECRET + "\"}")));

  private static final List<Answer> NOTHING = List.of(new Answer(200, "{}"));

  private final Map<String, AtomicInteger> asked;
  private Optional<Answer> answer = Optional.empty();

  private record Answer(int status, String body) {}

  private RehearsedConnection(URI address, Map<String, AtomicInteger> asked) throws IOException {
    super(address.toURL());
    this.asked = asked;
  }

  /** AWS's HTTP client with such connections. */
  static SdkHttpClient client() {
    Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    return UrlConnectionHttpClient.create(
        address -> {
          try {
            return new RehearsedConnection(address, asked);
          } catch (IOException e) {
            throw new IllegalArgumentException(e);
          }
        });
  }

  private Answer answer() {
    if (answer.isEmpty()) {
      String target = getRequestProperty("X-Amz-Target");
      String operation = target == null ? "" : target.substring(target.indexOf('.') + 1);
      List<Answer> answers = ANSWERS.getOrDefault(operation, NOTHING);
      int turn = asked.computeIfAbsent(operation, absent -> new AtomicInteger()).getAndIncrement();
      answer = Optional.of(answers.get(Math.min(turn, answers.size() - 1)));
    }
    return answer.get();
  }

  private InputStream body() {
    return new ByteArrayInputStream(answer().body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public OutputStream getOutputStream() {
    return new ByteArrayOutputStream();
  }

  @Override
  public int getResponseCode() {
    return answer().status;
  }

  @Override
  public String getResponseMessage() {
    return "";
  }

  @Override
  public Map<String, List<String>> getHeaderFields() {
    return Map.of("Content-Type", List.of("application/x-amz-json-1.0"));
  }

  @Override
  public InputStream getInputStream() {
    return body();
  }

  @Override
  public InputStream getErrorStream() {
    return body();
  }

  @Override
  public void connect() {}

  @Override
  public void disconnect() {}

  @Override
  public boolean usingProxy() {
    return false;
  }
}
