package io.cattleguard.respond.kubernetes.evidence;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A fake of the part of S3 that evidence needs, over HTTP: conditional writes with a checksum,
 * reads, and lists in pages of two.
 */
public final class S3OnThisMachine implements AutoCloseable {
  private static final int PAGE = 2;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final NavigableMap<String, byte[]> objects = new TreeMap<>();
  private final Deque<Fault> faults = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private boolean readable = true;

  /**
   * The handling of the next request.
   *
   * @param stored whether a write takes effect nevertheless
   */
  private record Fault(int status, String code, boolean stored) {}

  /** Listens on a free port of this machine. */
  public S3OnThisMachine() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** The variables of a process that uses it. */
  public Map<String, String> variables() {
    return Map.of(
        "AWS_REGION",
        "eu-central-1",
        "AWS_ACCESS_KEY_ID",
        "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_ENDPOINT_URL_S3",
        "http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Clients that use it. */
  public AwsClients clients() {
    Map<String, String> variables = variables();
    return AwsClients.of(name -> Optional.ofNullable(variables.get(name)));
  }

  /** The next request gets this answer. */
  public synchronized void failing(int status, String code) {
    faults.add(new Fault(status, code, false));
  }

  /** The next write takes effect, but its answer is an error. */
  synchronized void losingTheAnswer() {
    faults.add(new Fault(500, "InternalError", true));
  }

  /** From now on no object may be read. */
  synchronized void refusingReads() {
    readable = false;
  }

  /** The requests, as method and path. */
  public synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /** Changes or removes an object, as only a principal with other permissions could. */
  public synchronized void change(String path, Optional<byte[]> content) {
    content.ifPresentOrElse(bytes -> objects.put(path, bytes), () -> objects.remove(path));
  }

  /** The paths of the objects, bucket first. */
  public synchronized List<String> paths() {
    return List.copyOf(objects.keySet());
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    synchronized (this) {
      String path = exchange.getRequestURI().getPath().substring(1);
      requests.add(exchange.getRequestMethod() + " " + path);
      Fault fault = faults.poll();
      if (fault != null && !fault.stored()) {
        fail(exchange, fault.status(), fault.code());
        return;
      }
      if (!isSigned(exchange.getRequestHeaders())) {
        fail(exchange, 403, "AccessDenied");
        return;
      }
      if (fault != null) {
        objects.put(path, body);
        fail(exchange, fault.status(), fault.code());
        return;
      }
      switch (exchange.getRequestMethod()) {
        case "PUT" -> put(exchange, path, body);
        case "GET" -> {
          if (path.contains("/")) {
            get(exchange, path);
          } else {
            list(exchange, path);
          }
        }
        default -> fail(exchange, 405, "MethodNotAllowed");
      }
    }
  }

  private static boolean isSigned(Headers headers) {
    String authorization = headers.getFirst("Authorization");
    return authorization != null
        && authorization.startsWith("AWS4-HMAC-SHA256 Credential=AK")
        && authorization.contains("/eu-central-1/s3/aws4_request");
  }

  /** S3 rejects a write with a wrong checksum, and Object Lock rejects a write without one. */
  private void put(HttpExchange exchange, String path, byte[] body) throws IOException {
    Headers headers = exchange.getRequestHeaders();
    if (!sha256(body).equals(headers.getFirst("x-amz-checksum-sha256"))) {
      fail(exchange, 400, "BadDigest");
    } else if (!"*".equals(headers.getFirst("If-None-Match"))) {
      fail(exchange, 403, "AccessDenied");
    } else if (objects.containsKey(path)) {
      fail(exchange, 412, "PreconditionFailed");
    } else {
      objects.put(path, body);
      reply(exchange, 200, new byte[0]);
    }
  }

  private void get(HttpExchange exchange, String path) throws IOException {
    byte[] content = objects.get(path);
    if (!readable) {
      fail(exchange, 403, "AccessDenied");
    } else if (content == null) {
      fail(exchange, 404, "NoSuchKey");
    } else {
      reply(exchange, 200, content);
    }
  }

  private void list(HttpExchange exchange, String bucket) throws IOException {
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    String prefix = bucket + "/" + query.getOrDefault("prefix", "");
    String after = query.getOrDefault("continuation-token", "");
    List<String> found =
        objects.keySet().stream()
            .filter(path -> path.startsWith(prefix) && path.compareTo(after) > 0)
            .limit(PAGE + 1)
            .toList();
    List<String> page = found.subList(0, Math.min(PAGE, found.size()));
    StringBuilder xml =
        new StringBuilder(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>");
    xml.append(found.size() > PAGE).append("</IsTruncated>");
    if (found.size() > PAGE) {
      xml.append("<NextContinuationToken>")
          .append(page.getLast())
          .append("</NextContinuationToken>");
    }
    page.forEach(
        path ->
            xml.append("<Contents><Key>")
                .append(path.substring(bucket.length() + 1))
                .append("</Key></Contents>"));
    xml.append("</ListBucketResult>");
    reply(exchange, 200, xml.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> query(@Nullable String raw) {
    return List.of((raw == null ? "" : raw).split("&", -1)).stream()
        .map(pair -> pair.split("=", 2))
        .filter(pair -> pair.length == 2)
        .collect(
            Collectors.toMap(
                pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
  }

  private static void fail(HttpExchange exchange, int status, String code) throws IOException {
    reply(
        exchange,
        status,
        ("<Error><Code>"
                + code
                + "</Code><Message>arn:aws:iam::111122223333:role/r</Message></Error>")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private static String sha256(byte[] content) {
    try {
      return Base64.getEncoder()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
