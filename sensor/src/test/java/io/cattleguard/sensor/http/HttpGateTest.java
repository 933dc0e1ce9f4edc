package io.cattleguard.sensor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sensor.intake.Stamp;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.FalcoEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class HttpGateTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private final SensorMetrics metrics = new SensorMetrics();
  private final List<Optional<String>> asked = new CopyOnWriteArrayList<>();
  private final Map<String, CompletableFuture<Gate.Answer>> later = new ConcurrentHashMap<>();
  private Spool spool;
  private HttpInput input;

  /** The verification of tokens that begin with {@code later} ends when the test says so. */
  private CompletableFuture<Gate.Answer> ask(Optional<String> credential) {
    String token = credential.orElse("");
    CompletableFuture<Gate.Answer> answer =
        token.startsWith("later")
            ? later.computeIfAbsent(token, absent -> new CompletableFuture<>())
            : CompletableFuture.completedFuture(answer(token));
    asked.add(credential);
    return answer;
  }

  private static Gate.Answer answer(String token) {
    return token.startsWith("of-")
        ? new Gate.Answer.Admitted(Sender.onNode(token.substring(3)))
        : token.equals("away")
            ? new Gate.Answer.Unknown("retry")
            : new Gate.Answer.Unauthorized("no");
  }

  @BeforeEach
  void listen() {
    spool = Spool.open(directory, 64 << 20, Spool.Sync.OS, Instant.now());
    input =
        HttpInput.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Optional.empty(),
            Optional.of(this::ask),
            64 << 10,
            Intake.ofServer("blue"),
            new GroupCommit(spool, metrics::shed, observations -> {}),
            metrics,
            (reason, detail, client, unlogged) -> {},
            Clock.systemUTC());
  }

  @AfterEach
  void end() {
    input.close();
    spool.close();
  }

  private static byte[] post(String path, String token, String rule) {
    String body = new FalcoEvent(rule, "Critical").field("k8s.pod.name", "web-1").toString();
    return ("POST "
            + path
            + " HTTP/1.1\r\nHost: here\r\n"
            + (token.isEmpty() ? "" : "Authorization: " + token + "\r\n")
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private FalcoConnection connect() throws IOException {
    return FalcoConnection.open(input.address(), PATIENCE);
  }

  private List<Optional<String>> storedNodes() {
    return spool.next(1 << 20).alerts().stream()
        .map(one -> Stamp.read(one.text()).stamp().node())
        .toList();
  }

  @Test
  void eachRequestOfAConnectionHasItsOwnAnswer() throws IOException {
    try (FalcoConnection client = connect()) {
      client.send(post("/", "Bearer of-a", "one"));
      client.send(post("/", "Bearer wrong", "two"));
      client.send(post("/", "bearer of-b", "three"));
      client.send(post("/", "Bearer away", "four"));
      client.send(post("/", "", "five"));
      client.send(post("/", "Basic of-a", "six"));
      client.send(post("/?token=of-c", "", "seven"));
      client.send(post("/?token=of-c", "Bearer wrong", "eight"));

      for (int status : new int[] {200, 401, 200, 503, 401, 401, 200, 401}) {
        assertEquals(status, client.answer());
      }
    }
    assertEquals(List.of(Optional.of("a"), Optional.of("b"), Optional.of("c")), storedNodes());
  }

  @Test
  void aRequestWhoseTokenIsBeingVerifiedWaitsWithThoseBehindItAndOthersDoNot() throws Exception {
    try (FalcoConnection waiting = connect();
        FalcoConnection other = connect()) {
      waiting.send(post("/", "Bearer later", "one"));
      waiting.send(post("/", "Bearer of-b", "two"));
      awaitAsked(1);
      other.send(post("/", "Bearer of-c", "three"));
      assertEquals(200, other.answer());
      Objects.requireNonNull(later.get("later"))
          .complete(new Gate.Answer.Admitted(Sender.onNode("a")));

      assertEquals(200, waiting.answer());
      assertEquals(200, waiting.answer());
      waiting.send(post("/", "Bearer of-b", "four"));
      assertEquals(200, waiting.answer());
    }
    assertEquals(
        List.of("a", "b", "b", "c"),
        storedNodes().stream().map(Optional::orElseThrow).sorted().toList());
  }

  @Test
  void aClientThatHangsUpWhileItsTokenIsVerifiedLeavesNothingBehind() throws Exception {
    try (FalcoConnection gone = connect()) {
      gone.send(post("/", "Bearer later", "one"));
      awaitAsked(1);
    }
    TimeUnit.MILLISECONDS.sleep(200);
    Objects.requireNonNull(later.get("later"))
        .complete(new Gate.Answer.Admitted(Sender.onNode("a")));
    try (FalcoConnection client = connect()) {
      client.send(post("/", "Bearer of-b", "two"));
      assertEquals(200, client.answer());
    }
  }

  @Test
  void theBodyOfARequestThatIsBeingVerifiedIsNotRead() throws Exception {
    try (FalcoConnection client = connect()) {
      client.send(
          "POST / HTTP/1.1\r\nAuthorization: Bearer later\r\nContent-Length: 60000\r\n\r\n"
              .getBytes(StandardCharsets.UTF_8));
      awaitAsked(1);
      client.send(" ".repeat(60_000).getBytes(StandardCharsets.UTF_8));
      Objects.requireNonNull(later.get("later")).complete(new Gate.Answer.Unauthorized("no"));
      assertEquals(401, client.answer());
      client.send(post("/", "Bearer of-b", "two"));
      assertEquals(200, client.answer());
    }
    assertTrue(asked.contains(Optional.of("later")));
  }

  private void awaitAsked(int count) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (asked.size() < count && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(2);
    }
    assertEquals(count, asked.size());
  }
}
