package io.cattleguard.edge;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * An HTTP client that answers from memory, so that the SDK's whole pipeline runs while a snapshot
 * is made: first it is throttled, then a condition does not hold, then all is taken.
 */
final class RehearsedAws implements SdkHttpClient {
  private static final String NOTHING = "{}";

  /** What the operations answer in turn, the last answer from then on. */
  private static final Map<String, List<Given>> ANSWERS =
      Map.of(
          "UpdateItem",
          List.of(
              new Given(400, "{\"__type\":\"x#ThrottlingException\",\"message\":\"\"}"),
              new Given(
                  400,
                  "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"\","
                      + "\"Item\":{\"version\":{\"N\":\"0\"},\"state\":{\"S\":\"\"}}}"),
              new Given(200, NOTHING)),
          "PutEvents",
          List.of(new Given(200, "{\"Entries\":[{\"EventId\":\"rehearsal\"}]}")));

  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

  private record Given(int status, String body) {}

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    return new ExecutableHttpRequest() {
      @Override
      public HttpExecuteResponse call() throws IOException {
        return answer(request);
      }

      @Override
      public void abort() {}
    };
  }

  private HttpExecuteResponse answer(HttpExecuteRequest request) throws IOException {
    if (request.contentStreamProvider().isPresent()) {
      try (InputStream body = request.contentStreamProvider().get().newStream()) {
        body.readAllBytes();
      }
    }
    String operation =
        request
            .httpRequest()
            .firstMatchingHeader("X-Amz-Target")
            .orElse("")
            .replaceFirst(".*\\.", "");
    List<Given> answers = ANSWERS.getOrDefault(operation, List.of(new Given(200, NOTHING)));
    int turn = asked.computeIfAbsent(operation, absent -> new AtomicInteger()).getAndIncrement();
    Given given = answers.get(Math.min(turn, answers.size() - 1));
    byte[] body = given.body.getBytes(StandardCharsets.UTF_8);
    return HttpExecuteResponse.builder()
        .response(
            SdkHttpResponse.builder()
                .statusCode(given.status)
                .putHeader("Content-Type", "application/x-amz-json-1.0")
                .putHeader("Content-Length", Integer.toString(body.length))
                .build())
        .responseBody(AbortableInputStream.create(new ByteArrayInputStream(body)))
        .build();
  }

  @Override
  public String clientName() {
    return "UrlConnection";
  }

  @Override
  public void close() {}
}
