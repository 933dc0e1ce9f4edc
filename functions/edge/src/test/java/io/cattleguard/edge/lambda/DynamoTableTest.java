package io.cattleguard.edge.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.edge.port.VersionedTableContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

final class DynamoTableTest extends VersionedTableContract {
  private static final AtomicInteger TABLES = new AtomicInteger();
  private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");

  private final String name = "versioned-" + TABLES.incrementAndGet();

  DynamoTableTest() {
    DynamoDbLocal.createTable(name);
  }

  @Override
  protected VersionedTable table() {
    return new DynamoTable(DynamoDbLocal.aws(), name);
  }

  @Test
  void aLostAnswerIsNoRefusal() {
    VersionedTable lossy = new DynamoTable(DynamoDbLocal.aws().over(new LosesAnAnswer()), name);

    assertEquals(Optional.empty(), lossy.store(new State("k", 1, "a"), 0, LATER));
    assertEquals(Optional.of(new State("k", 1, "a")), table().read("k"));
  }

  @Test
  void aTableThatIsNotThereIsNamedByTheServicesErrorAlone() {
    VersionedTable nowhere = new DynamoTable(DynamoDbLocal.aws(), "no-such-table");

    Unavailable e = assertThrows(Unavailable.class, () -> nowhere.read("k"));
    assertEquals("DynamoDB: ResourceNotFoundException", e.getMessage());
    assertThrows(Unavailable.class, () -> nowhere.store(new State("k", 1, ""), 0, LATER));
  }

  @Test
  void promise6KeysThatDynamoDbLeavesUnreadAreNotTakenForAbsentOnes() {
    VersionedTable busy =
        new DynamoTable(DynamoDbLocal.aws().over(new LeavesKeysUnread(name)), name);

    Unavailable e = assertThrows(Unavailable.class, () -> busy.readAll(List.of("k")));
    assertEquals("DynamoDB left keys of " + name + " unread", e.getMessage());
  }

  /** A throttled table returns keys as unprocessed. */
  private record LeavesKeysUnread(String table) implements SdkHttpClient {
    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() {
          String answer =
              "{\"Responses\":{},\"UnprocessedKeys\":{\""
                  + table
                  + "\":{\"Keys\":[{\"pk\":{\"S\":\"k\"}}]}}}";
          return HttpExecuteResponse.builder()
              .response(SdkHttpResponse.builder().statusCode(200).build())
              .responseBody(
                  AbortableInputStream.create(
                      new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8))))
              .build();
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }

  /** The service carries out the call, its response is lost, and the SDK retries. */
  private static final class LosesAnAnswer implements SdkHttpClient {
    private final SdkHttpClient network = UrlConnectionHttpClient.create();
    private final AtomicBoolean lost = new AtomicBoolean();

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      ExecutableHttpRequest inEarnest = network.prepareRequest(request);
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() throws IOException {
          HttpExecuteResponse answer = inEarnest.call();
          if (lost.compareAndSet(false, true)) {
            throw new IOException("connection reset");
          }
          return answer;
        }

        @Override
        public void abort() {
          inEarnest.abort();
        }
      };
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
