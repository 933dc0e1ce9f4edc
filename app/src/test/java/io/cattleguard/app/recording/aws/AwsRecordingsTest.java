package io.cattleguard.app.recording.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.recording.ReadTexts;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.app.wire.WireRoad;
import io.cattleguard.aws.AwsClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Recordings in AWS, from a server that answers as CloudWatch Logs and S3 do. */
final class AwsRecordingsTest {
  private static final Instant NOW = Instant.parse("2026-03-03T09:00:00Z");

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> read = new ArrayList<>();
  private final TreeMap<String, byte[]> objects = new TreeMap<>();
  private String refusal = "";
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    String path = exchange.getRequestURI().getPath();
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    asked.add(
        target == null
            ? exchange.getRequestMethod() + " " + path + " " + query
            : target + " " + body);
    if (!refusal.isEmpty()) {
      String error =
          target == null
              ? "<Error><Code>" + refusal + "</Code><Message>arn:secret</Message></Error>"
              : "{\"__type\":\"" + refusal + "\",\"message\":\"arn:secret\"}";
      send(exchange, 400, error.getBytes(StandardCharsets.UTF_8));
    } else if (target != null) {
      send(exchange, 200, logs(body).getBytes(StandardCharsets.UTF_8));
    } else if (query.contains("list-type=2")) {
      send(exchange, 200, list(query).getBytes(StandardCharsets.UTF_8));
    } else {
      byte[] object = object(path.substring("/archive/".length()));
      send(exchange, object[0] == '<' ? 403 : 200, object);
    }
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** Two pages; the first one is empty, as pages of a search can be. */
  private static String logs(String request) {
    if (!request.contains("nextToken")) {
      return "{\"events\":[],\"nextToken\":\"two\"}";
    }
    return request.contains("\"two\"")
        ? """
        {"events":[{"message":"{\\"rule\\":\\"a\\"}"},{"message":"text"}],"nextToken":"three"}\
        """
        : """
        {"events":[{"message":"{\\n\\"rule\\":\\"b\\"}"}]}\
        """;
  }

  /** One object per page. */
  private String list(String query) {
    String after =
        query.contains("continuation-token=")
            ? query.replaceAll(".*continuation-token=([^&]*).*", "$1")
            : "";
    String key = after.isEmpty() ? objects.firstKey() : objects.higherKey(after);
    boolean more = objects.higherKey(key) != null;
    return "<ListBucketResult><IsTruncated>"
        + more
        + "</IsTruncated><Contents><Key>"
        + key
        + "</Key><Size>"
        + object(key).length
        + "</Size></Contents>"
        + (more ? "<NextContinuationToken>" + key + "</NextContinuationToken>" : "")
        + "</ListBucketResult>";
  }

  private byte[] object(String key) {
    return Objects.requireNonNull(objects.get(key), key);
  }

  private AwsClients aws() {
    return WireRoad.aws(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  private List<String> read(AwsClients aws, String... words) {
    List<String> regions = new ArrayList<>();
    AwsRecordings recordings =
        new AwsRecordings(
            region -> {
              regions.add(region.orElse(""));
              return aws;
            });
    CommandSpec command = CommandSpec.create();
    command.addMixin("recordings", CommandSpec.forAnnotatedObject(recordings));
    new CommandLine(command).parseArgs(words);
    List<String> cut =
        recordings.read(
            NOW, (file, event) -> read.add(file + ":" + event.line() + " " + event.text()));
    assertEquals(List.of("eu-west-1"), regions);
    return cut;
  }

  private String error(AwsClients aws, String... words) {
    return assertThrows(UsageError.class, () -> read(aws, words)).getMessage();
  }

  @Test
  void aLogGroupIsReadPageByPageFromTheTimeThatWasAskedFor() {
    List<String> cut =
        read(aws(), "--from-log-group", "/eks/falco", "--since", "2h", "--region", "eu-west-1");

    assertEquals(List.of(), cut);
    assertEquals(
        List.of(
            "/eks/falco:1 {\"rule\":\"a\"}",
            "/eks/falco:2 text",
            "/eks/falco:3 {\n\"rule\":\"b\"}"),
        read);
    assertEquals(3, asked.size());
    for (String request : asked) {
      assertTrue(request.startsWith("Logs_20140328.FilterLogEvents "), request);
      assertTrue(
          request.contains("\"startTime\":" + NOW.minusSeconds(7_200).toEpochMilli()), request);
    }
  }

  @Test
  void moreRecordsThanTheLimitAreNotReadAndSaidSo() {
    Optional<String> cut =
        new LogGroup(aws(), 2).read("group", NOW, NOW, (file, event) -> read.add(event.text()));

    assertEquals(List.of("{\"rule\":\"a\"}", "text"), read);
    assertTrue(cut.orElseThrow().contains("more than 2 records"), cut::toString);
  }

  @Test
  void aTruncatedOrArchivedObjectIsNamedAndTheNextOneRead() {
    byte[] zipped = ReadTexts.gzip("{\"a\":1}\n{\"a\":2}\n");
    objects.put(
        "logs/0",
        "<Error><Code>InvalidObjectState</Code></Error>".getBytes(StandardCharsets.UTF_8));
    objects.put("logs/1.gz", Arrays.copyOf(zipped, zipped.length - 4));
    objects.put("logs/2", "{\"a\":3}".getBytes(StandardCharsets.UTF_8));

    ReadTexts texts = new ReadTexts();
    new BucketPrefix(aws(), 9, 999).read("s3://archive/logs/", texts);

    assertEquals(
        List.of(
            "s3://archive/logs/0: archived in S3 Glacier, restore the object first; the file was"
                + " not read",
            "{\"a\":1}",
            "{\"a\":2}",
            "s3://archive/logs/1.gz: truncated gzip data after line 2; the rest of the file was not"
                + " read",
            "{\"a\":3}"),
        texts.texts());
  }

  @Test
  void thePagesOfAPrefixAreReadPlainOrGzip() {
    objects.put("logs/1.jsonl.gz", ReadTexts.gzip("{\"a\":1}\n{\"a\":2}\n"));
    objects.put("logs/2/", new byte[0]);
    objects.put("logs/3.json", "{\"a\":3}".getBytes(StandardCharsets.UTF_8));

    assertEquals(
        List.of(), read(aws(), "--from-s3", "s3://archive/logs/", "--region", "eu-west-1"));

    assertEquals(
        List.of(
            "s3://archive/logs/1.jsonl.gz:1 {\"a\":1}",
            "s3://archive/logs/1.jsonl.gz:2 {\"a\":2}",
            "s3://archive/logs/3.json:1 {\"a\":3}"),
        read);
    assertTrue(asked.getFirst().contains("prefix=logs/"), asked::toString);
    assertTrue(asked.stream().allMatch(one -> one.startsWith("GET ")), asked::toString);
  }

  @Test
  void moreObjectsOrBytesThanTheLimitAreNotReadAndSaidSo() {
    for (int i = 0; i < 3; i++) {
      objects.put("k" + i, "{}".getBytes(StandardCharsets.UTF_8));
    }
    Optional<String> many =
        new BucketPrefix(aws(), 2, 100).read("s3://archive", (file, event) -> read.add(file));
    Optional<String> large =
        new BucketPrefix(aws(), 9, 3).read("s3://archive", (file, event) -> read.add(file));

    assertTrue(many.orElseThrow().contains("2 objects were read"), many::toString);
    assertTrue(large.orElseThrow().contains("1 objects were read"), large::toString);
    assertEquals(List.of("s3://archive/k0", "s3://archive/k1", "s3://archive/k0"), read);
  }

  @Test
  void whatIsWrongIsNamedWithoutTheWordsOfAws() {
    String[] group = {"--from-log-group", "g", "--region", "eu-west-1"};
    String[] prefix = {"--from-s3", "s3://archive/x", "--region", "eu-west-1"};

    refusal = "ResourceNotFoundException";
    assertEquals("--from-log-group g: no such log group in this region", error(aws(), group));
    refusal = "AccessDeniedException";
    assertEquals(
        "--from-log-group g: Logs: AccessDeniedException; it needs the permission"
            + " logs:FilterLogEvents",
        error(aws(), group));
    refusal = "AccessDenied";
    assertEquals(
        "--from-s3 s3://archive/x: S3: AccessDenied; it needs the permission s3:ListBucket",
        error(aws(), prefix));
    refusal = "NoSuchBucket";
    assertEquals("--from-s3 s3://archive/x: no such bucket", error(aws(), prefix));
    assertTrue(
        error(aws(), "--from-s3", "archive/x", "--region", "eu-west-1")
            .contains("expected s3://BUCKET/PREFIX"));
    assertFalse(asked.isEmpty());
  }

  @Test
  void withoutCredentialsNothingIsSentAndTheMessageSaysWhatToSet() {
    // A function gets its credentials from its container; this process does not run in one.
    AwsClients none =
        AwsClients.of(
            name ->
                switch (name) {
                  case "AWS_REGION" -> Optional.of("eu-west-1");
                  case "AWS_LAMBDA_FUNCTION_NAME", "AWS_CONTAINER_CREDENTIALS_FULL_URI" ->
                      Optional.of("none");
                  default -> Optional.empty();
                });
    for (String[] words :
        List.of(
            new String[] {"--from-log-group", "g", "--region", "eu-west-1"},
            new String[] {"--from-s3", "s3://archive/x", "--region", "eu-west-1"})) {
      String message = error(none, words);
      assertTrue(
          message.startsWith(words[0] + " " + words[1] + ": no AWS credentials; set"), message);
    }
    assertEquals(List.of(), asked);
  }
}
