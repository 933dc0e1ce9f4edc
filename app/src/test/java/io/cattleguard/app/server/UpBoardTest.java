package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests the board of a running server, to which people get access through its socket. */
final class UpBoardTest {
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:([0-9]+)/\\S+");
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final HttpClient http = HttpClient.newHttpClient();

  /** Set by start(), which each test calls first. */
  @SuppressWarnings("NullAway.Init")
  private UpServer server;

  @AfterEach
  void close() {
    http.close();
    server.close();
  }

  private void start(int boardPort) {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        UpServer.start(
            new UpSettings(
                    anywhere,
                    anywhere,
                    Policies.defaultPolicy(),
                    folder,
                    Optional.of("blue"),
                    Optional.empty())
                .showing(boardPort),
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                Optional.empty(),
                false),
            name -> Optional.empty(),
            () -> TestAlerts.AT,
            policy -> {});
  }

  /** The address that the command prints. */
  private URI address(String... options) {
    String[] arguments = new String[options.length + 3];
    arguments[0] = "board";
    arguments[1] = "--data";
    arguments[2] = folder.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    Shell.Result result = new Shell().run(arguments);
    assertEquals(0, result.code(), result.err());
    Matcher found = ADDRESS.matcher(result.out());
    assertTrue(found.find(), result.out());
    return URI.create(found.group());
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  @Timeout(120)
  void aPersonStopsTheServerFromItsBoard() throws Exception {
    start(0);
    URI address = address("--by", "Ann");
    HttpResponse<String> entered = send(HttpRequest.newBuilder(address));
    assertEquals(303, entered.statusCode());
    assertEquals(401, send(HttpRequest.newBuilder(address)).statusCode());
    String cookie = entered.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
    HttpResponse<String> form =
        send(HttpRequest.newBuilder(address.resolve("/do?verb=stop")).header("Cookie", cookie));
    String user = "unix:" + System.getProperty("user.name");
    assertTrue(form.body().contains("Signed in as Ann (" + user + ")"), form.body());
    Matcher csrf = CSRF.matcher(form.body());
    assertTrue(csrf.find(), form.body());

    HttpResponse<String> stopped =
        send(
            HttpRequest.newBuilder(address.resolve("/do"))
                .header("Cookie", cookie)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "verb=stop&reason=a+test&csrf=" + csrf.group(1))));

    assertEquals(303, stopped.statusCode(), stopped.body());
    Shell.Result containments = new Shell().run("containments", "--data", folder.toString());
    assertTrue(containments.out().contains("by Ann: a test"), containments.out());
    String log = out.toString(StandardCharsets.UTF_8);
    assertTrue(
        log.contains("operator      " + user + " {\"command\":\"board\",\"by\":\"Ann\""), log);
    assertTrue(
        log.contains("operator      " + user + " {\"command\":\"stop\",\"by\":\"Ann\""), log);
    String token = address.getQuery().split("=", -1)[1];
    assertFalse(log.contains(token) || log.contains(csrf.group(1)), "the log has no secret");
    assertFalse(err.toString(StandardCharsets.UTF_8).contains(token));
  }

  private HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.address().getPort() + path))
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static String heartbeat(String cluster) {
    return new SensorHeartbeat(
            cluster,
            "node-a",
            "0.9",
            TestAlerts.AT,
            1,
            1,
            7,
            0,
            Map.of(Severity.LOW, 2L),
            0,
            1,
            1,
            1,
            List.of(),
            new SensorHeartbeat.Condition(0, 100, 0, List.of("sending"), 0))
        .write()
        .toString();
  }

  @Test
  @Timeout(120)
  void aSensorsHeartbeatIsSeenOnTheBoardAndOnTheCommandLine() throws Exception {
    start(0);
    Shell.Result none = new Shell().run("sensors", "--data", folder.toString());
    assertEquals(0, none.code(), none.err());
    assertTrue(none.out().startsWith("this server, version "), none.out());
    assertTrue(none.err().contains("No sensor has reported here"), none.err());

    assertEquals(200, post("/heartbeat", heartbeat("blue")).statusCode());
    for (String wrong : List.of("{}", "no JSON", "", heartbeat("green"), "x".repeat(20_000))) {
      HttpResponse<String> reply = post("/heartbeat", wrong);
      assertEquals(400, reply.statusCode(), wrong + reply.body());
    }
    assertEquals(404, post("/heartbeats", heartbeat("blue")).statusCode());

    HttpResponse<String> green = post("/heartbeat", heartbeat("green\u001b[2J"));
    String toDo =
        "the sensor's cluster is green\\u001b[2J, the server's is blue; give the option --cluster"
            + " (cluster in both charts) the same value";
    assertTrue(green.body().contains(toDo), green.body());

    Shell.Result one = new Shell().run("sensors", "--data", folder.toString());
    assertTrue(one.err().contains("A sensor's heartbeat was rejected: " + toDo), one.err());
    assertTrue(one.out().contains("TROUBLE blue/node-a  version 0.9, 7 alerts wait"), one.out());
    assertTrue(one.out().contains("cannot send alerts; 2 alerts dropped"), one.out());
    assertEquals(2, one.out().lines().count(), "what is no heartbeat is no sensor: " + one.out());
    assertTrue(one.out().contains("7 requests rejected"), one.out());

    HttpResponse<String> entered = send(HttpRequest.newBuilder(address("--by", "Ann")));
    String cookie = entered.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
    String page =
        send(HttpRequest.newBuilder(address().resolve("/sensors")).header("Cookie", cookie)).body();
    assertTrue(page.contains("node-a"), page);
    assertTrue(page.contains("This server"), page);
    assertTrue(page.contains("heartbeat was rejected: the sensor"), page);
  }

  @Test
  @Timeout(120)
  void theBoardOfTheServerIsOnLoopbackOnly() throws Exception {
    start(0);
    int port = address().getPort();
    Optional<InetAddress> other =
        Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(one -> !one.isLoopbackAddress() && !one.isLinkLocalAddress())
            .findFirst();
    Assumptions.assumeTrue(other.isPresent(), "this machine has loopback only");
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(other.get(), port), 5_000);
      throw new AssertionError("the board is reachable at " + other.get());
    } catch (ConnectException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("refused"), e.getMessage());
    }
  }

  @Test
  @Timeout(120)
  void aPortThatIsInUseLeavesTheServerWithoutABoard() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      start(taken.getLocalPort());
      assertTrue(
          err.toString(StandardCharsets.UTF_8).contains("the board cannot be served on port"),
          err::toString);
      Shell.Result containments = new Shell().run("containments", "--data", folder.toString());
      assertEquals(0, containments.code(), containments.err());
    }
  }
}
