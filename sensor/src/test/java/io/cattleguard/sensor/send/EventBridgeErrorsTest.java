package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.SensorSource;
import io.cattleguard.sensor.spool.Entry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which errors are about an alert, and which about the call. */
final class EventBridgeErrorsTest {
  private static final Entry ENTRY =
      new Entry(DetailType.RUNTIME_ALERTS, Instant.EPOCH, List.of(), "{}");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a proxy's 413                | Later | 413 | <html>too large</html>
          a proxy's 400                | Later | 400 | <html>bad request</html>
          a wrong name of the bus      | Later | 400 | {"__type":"ValidationException","message":"Value 'my bus!!' at 'entries.1.member.eventBusName' failed to satisfy constraint"}
          an unknown validation error  | Later | 400 | {"__type":"ValidationException","message":"Something else"}
          an expired token             | Later | 400 | {"__type":"ExpiredTokenException","message":"expired"}
          entries that are too large   | Never | 400 | {"__type":"ValidationException","message":"Total size of the entries in the request is over the limit."}
          a request that is too large  | Never | 413 | {"__type":"RequestEntityTooLargeException","message":"too large"}
          a detail that is malformed   | Never | 200 | {"FailedEntryCount":1,"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}]}
          an entry for an unknown bus  | Later | 200 | {"FailedEntryCount":1,"Entries":[{"ErrorCode":"ValidationException","ErrorMessage":"eventBusName is wrong"}]}
          """)
  void onlyAnErrorAboutTheContentIsFinal(String name, String outcome, int status, String body)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] answer = body.getBytes(StandardCharsets.UTF_8);
          exchange
              .getResponseHeaders()
              .add(
                  "Content-Type",
                  body.startsWith("<") ? "text/html" : "application/x-amz-json-1.1");
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    FakeBusTest.SETTINGS.forEach(System::setProperty);
    System.setProperty("aws.endpointUrl", "http://127.0.0.1:" + server.getAddress().getPort());
    try {
      Bus.Outcome given =
          new EventBridgeBus(
                  EventBridgeBus.client(), "bus", new SensorSource("blue", Optional.empty()))
              .put(List.of(ENTRY))
              .get(0);
      assertEquals(outcome, given.getClass().getSimpleName(), name + ": " + given);
    } finally {
      server.stop(0);
      FakeBusTest.SETTINGS.keySet().forEach(System::clearProperty);
      System.clearProperty("aws.endpointUrl");
    }
  }
}
