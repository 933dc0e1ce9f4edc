package io.cattleguard.app.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.cli.Main;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class NotifyTestCommandTest {
  private static final String SECRET = "s3cr3t-of-a-test";

  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir private Path folder;
  private HttpServer server;
  private int status = 202;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Surroundings surroundings() {
    return Surroundings.of(
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Map.of(),
        new Properties());
  }

  private int test(String destination, Map<String, String> variables) throws IOException {
    Policies.copyDefault(folder);
    Files.writeString(
        folder.resolve("routes.yaml"),
        """
        destinations:
          - {name: on-call, type: pagerduty, key-from: KEY, api: "%1$s"}
          - {name: own, type: webhook, url-from: URL, key-from: SIGNING}
        routes:
          - {name: all, when: {score: [{numeric: [">=", 0]}]}, to: [on-call, own]}
        """
            .formatted(address()));
    return new CommandLine(
            new NotifyTestCommand(
                surroundings(),
                name -> Optional.ofNullable(variables.get(name)),
                () -> Instant.parse("2026-01-01T12:00:00Z")))
        .execute(destination, "--policy", folder.toString());
  }

  @Test
  void aPagerIsPagedAndThePageIsResolved() throws IOException {
    assertEquals(0, test("on-call", Map.of("KEY", SECRET)));

    assertEquals(2, bodies.size());
    assertTrue(bodies.getFirst().contains("\"event_action\":\"trigger\""));
    assertTrue(bodies.getFirst().contains(TestMessage.TITLE));
    assertTrue(bodies.getLast().contains("\"event_action\":\"resolve\""));
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("on-call (pagerduty): delivered"));
  }

  @Test
  void aMachineSeesThatTheMessageIsNotReal() throws IOException {
    assertEquals(0, test("own", Map.of("URL", address(), "SIGNING", SECRET)));

    assertEquals(1, bodies.size());
    assertTrue(bodies.getFirst().contains("\"isreal\":false"));
  }

  @Test
  void anAnswerSaysWhatToDoAndNoSecret() throws IOException {
    status = 403;

    assertEquals(1, test("on-call", Map.of("KEY", SECRET)));

    String said = out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("not delivered: HTTP 403; check its address and secret"), said);
    assertFalse(said.contains(SECRET));
    assertEquals(1, bodies.size());
  }

  @Test
  void aMissingSettingIsNamed() throws IOException {
    assertEquals(1, test("own", Map.of("SIGNING", SECRET)));

    String said = out.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("incomplete: URL is not set"), said);
    assertEquals(List.of(), bodies);
  }

  @Test
  void anUnknownDestinationIsAUsageErrorThatNamesTheKnownOnes() throws IOException {
    Policies.copyDefault(folder);

    int code = Main.run(surroundings(), "notify", "test", "nowhere", "--policy", folder.toString());

    assertEquals(2, code);
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .contains("no destination 'nowhere'; it has: security-channel"));
  }

  @Test
  void withoutASubcommandTheUsageIsShown() {
    assertEquals(2, Main.run(surroundings(), "notify"));

    assertTrue(err.toString(StandardCharsets.UTF_8).contains("test"));
  }
}
