package io.cattleguard.sensor.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * A fake event bus on loopback that implements PutEvents, fails on demand, and counts the events
 * that it accepted.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html">PutEvents</a>
 */
public final class FakeBus implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SLOW = Duration.ofSeconds(2);

  /** Some of the numbered alerts of a load. */
  private static final Pattern REJECTED = Pattern.compile("one-\\d*77\\b");

  static {
    // Otherwise each answer waits for the client's delayed TCP acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** How it behaves. */
  public enum Mode {
    /** Takes everything. */
    OK,
    /** Answers 503 in three of five seconds. */
    FLAPPING,
    /**
     * Rejects every second entry in a response with status 200, and every third call completely.
     */
    THROTTLING,
    /** Takes two seconds for a call. */
    SLOW,
    /** Listens no more. */
    REFUSING,
    /** Accepts the entries and closes the connection in the middle of the response. */
    HANGING_UP,
    /** Answers 500. */
    FAILING,
    /** Simulates a proxy that answers 413 in HTML. */
    PROXY_413,
    /**
     * Simulates a firewall that rejects every call with one of some alerts, because of its content.
     */
    FIREWALL,
    /** Responds that the credentials have expired. */
    EXPIRED
  }

  private final UnaryOperator<String> identity;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> countsOnce = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> detailTypes = new ConcurrentHashMap<>();
  private final Set<String> details = ConcurrentHashMap.newKeySet();
  private final Set<String> sources = ConcurrentHashMap.newKeySet();
  private final LongAdder calls = new LongAdder();
  private final LongAdder entries = new LongAdder();
  private final AtomicInteger throttled = new AtomicInteger();
  private final AtomicInteger throttledEntries = new AtomicInteger();
  private final AtomicLong largestEntry = new AtomicLong();
  private final int port;

  private HttpServer server;
  private volatile Mode mode = Mode.OK;
  private volatile long modeSince = System.nanoTime();

  private FakeBus(HttpServer server, UnaryOperator<String> identity) {
    this.server = server;
    this.identity = identity;
    this.port = server.getAddress().getPort();
  }

  /**
   * Listens on a free port of loopback.
   *
   * @param identity by what an alert is counted, from its text
   */
  public static FakeBus start(UnaryOperator<String> identity) {
    FakeBus bus = new FakeBus(listen(0), identity);
    bus.serve();
    return bus;
  }

  private static HttpServer listen(int port) {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve() {
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** The value for {@code AWS_ENDPOINT_URL}. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The environment with which a sensor finds it; the keys are those of AWS's manual. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", endpoint().toString(),
        "AWS_REGION", "eu-central-1",
        "AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_EC2_METADATA_DISABLED", "true");
  }

  /** Sets the behaviour from now on. */
  public void become(Mode next) {
    Mode before = mode;
    modeSince = System.nanoTime();
    mode = next;
    if (next == Mode.REFUSING && before != Mode.REFUSING) {
      server.stop(0);
    } else if (next != Mode.REFUSING && before == Mode.REFUSING) {
      server = listen(port);
      serve();
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      body = in.readAllBytes();
    }
    calls.increment();
    if (!"AWSEvents.PutEvents".equals(exchange.getRequestHeaders().getFirst("X-Amz-Target"))) {
      fail(exchange, 400, "UnknownOperationException");
      return;
    }
    switch (mode) {
      case OK, REFUSING -> takeAll(exchange, body);
      case SLOW -> {
        sleep(SLOW);
        takeAll(exchange, body);
      }
      case FLAPPING -> {
        if (Duration.ofNanos(System.nanoTime() - modeSince).toSeconds() % 5 < 3) {
          fail(exchange, 503, "ServiceUnavailable");
        } else {
          takeAll(exchange, body);
        }
      }
      case THROTTLING -> {
        if (throttled.incrementAndGet() % 3 == 0) {
          fail(exchange, 400, "ThrottlingException");
        } else {
          takeEveryOther(exchange, body);
        }
      }
      case HANGING_UP -> {
        take(body, false);
        exchange.sendResponseHeaders(200, 1_000);
        exchange
            .getResponseBody()
            .write("{\"FailedEntryCount\":0,".getBytes(StandardCharsets.UTF_8));
        exchange.close();
      }
      case FAILING -> fail(exchange, 500, "InternalFailure");
      case EXPIRED -> fail(exchange, 400, "ExpiredTokenException");
      case PROXY_413 -> page(exchange, 413);
      case FIREWALL -> {
        if (REJECTED.matcher(new String(body, StandardCharsets.UTF_8)).find()) {
          page(exchange, 403);
        } else {
          takeAll(exchange, body);
        }
      }
    }
  }

  private static void page(HttpExchange exchange, int status) throws IOException {
    byte[] page = ("<html><h1>" + status + "</h1></html>").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "text/html");
    exchange.sendResponseHeaders(status, page.length);
    exchange.getResponseBody().write(page);
    exchange.close();
  }

  private void takeAll(HttpExchange exchange, byte[] body) throws IOException {
    answer(exchange, 200, take(body, false));
  }

  private void takeEveryOther(HttpExchange exchange, byte[] body) throws IOException {
    answer(exchange, 200, take(body, true));
  }

  private String take(byte[] body, boolean onlyEveryOther) throws IOException {
    StringBuilder results = new StringBuilder();
    int failed = 0;
    for (JsonNode entry : JSON.readTree(body).path("Entries")) {
      results.append(results.isEmpty() ? "" : ",");
      if (onlyEveryOther && throttledEntries.incrementAndGet() % 2 == 0) {
        failed++;
        results.append(
            "{\"ErrorCode\":\"ThrottlingException\",\"ErrorMessage\":\"Rate exceeded\"}");
      } else {
        take(entry);
        results.append("{\"EventId\":\"11710aed-b79e-4468-a20b-bb3c0c3b4860\"}");
      }
    }
    return "{\"FailedEntryCount\":" + failed + ",\"Entries\":[" + results + "]}";
  }

  private void take(JsonNode entry) throws IOException {
    String text = entry.path("Detail").asText();
    largestEntry.accumulateAndGet(text.getBytes(StandardCharsets.UTF_8).length, Math::max);
    sources.add(entry.path("Source").asText());
    count(detailTypes, entry.path("DetailType").asText(), 1);
    JsonNode detail = JSON.readTree(text);
    if (!detail.path("alerts").isArray()) {
      return;
    }
    entries.increment();
    boolean first = details.add(detail.path("id").asText());
    for (JsonNode alert : detail.path("alerts")) {
      String id = identity.apply(alert.path("event").asText());
      long count = alert.path("count").asLong();
      count(counts, id, count);
      if (first) {
        count(countsOnce, id, count);
      }
    }
  }

  private static void count(Map<String, LongAdder> in, String key, long count) {
    in.computeIfAbsent(key, absent -> new LongAdder()).add(count);
  }

  private static void fail(HttpExchange exchange, int status, String type) throws IOException {
    exchange.getResponseHeaders().add("x-amzn-ErrorType", type);
    answer(exchange, status, "{\"__type\":\"" + type + "\",\"message\":\"Rate exceeded\"}");
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How often alerts of this identity arrived, resends included. */
  public long count(String id) {
    LongAdder count = counts.get(id);
    return count == null ? 0 : count.sum();
  }

  /** How often alerts of this identity arrived, entries with a known id left out. */
  public long countOnce(String id) {
    LongAdder count = countsOnce.get(id);
    return count == null ? 0 : count.sum();
  }

  /** The identities that arrived. */
  public Set<String> ids() {
    return Set.copyOf(counts.keySet());
  }

  /** How many alerts arrived, folded ones and resends included. */
  public long alerts() {
    return counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** How many calls came, failed ones included. */
  public long calls() {
    return calls.sum();
  }

  /** The number of entries of alerts that were accepted. */
  public long entries() {
    return entries.sum();
  }

  /** The largest detail that it received, in bytes. */
  public long largestEntry() {
    return largestEntry.get();
  }

  /** The number of entries of a detail type. */
  public long entriesOf(String detailType) {
    LongAdder count = detailTypes.get(detailType);
    return count == null ? 0 : count.sum();
  }

  /** The senders that the envelopes name. */
  public List<String> sources() {
    return sources.stream().sorted().toList();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
