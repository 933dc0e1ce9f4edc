package io.cattleguard.deduplicate.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Sighting;
import io.cattleguard.deduplicate.Sightings;
import io.cattleguard.deduplicate.StorageUnavailable;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.parsing.Detection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The subscription of an EKS cluster's audit log calls deduplicate directly, without a queue. */
final class AuditLogTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String GROUP = "/aws/eks/blue/cluster";
  private static final String STREAM = "kube-apiserver-audit-0123456789abcdef0123456789abcdef";

  private final List<BusEvent> published = new ArrayList<>();
  private final DeduplicateHandler handler = handler(new InMemorySightings());

  private DeduplicateHandler handler(Sightings sightings) {
    Detection detection =
        new Detection("exec-into-pod", "a command", Severity.HIGH, List.of(), List.of(), List.of());
    return new DeduplicateHandler(
        new Deduplicator(sightings, Suppressions.none(), DeduplicationSettings.DEFAULT),
        (source, event) ->
            event.path("verb").asText().equals("get") ? Optional.of(detection) : Optional.empty(),
        events -> {
          published.addAll(events);
          return Set.of();
        },
        () -> TestAlerts.AT);
  }

  private static String audit(String verb, String pod) {
    ObjectNode event = JSON.createObjectNode();
    event.put("kind", "Event").put("apiVersion", "audit.k8s.io/v1").put("level", "Metadata");
    event.put("auditID", "a-" + pod).put("stage", "ResponseComplete").put("verb", verb);
    event.put("requestURI", "/api/v1/namespaces/shop/pods/" + pod + "/exec?command=sh");
    event.putObject("user").put("username", "kubernetes-admin");
    event
        .putObject("objectRef")
        .put("resource", "pods")
        .put("namespace", "shop")
        .put("name", pod)
        .put("subresource", "exec");
    event.putObject("responseStatus").put("code", 101);
    event.put("requestReceivedTimestamp", "2026-03-02T09:15:00.000000Z");
    // The event that an attacker with another API server would write.
    event.putObject("annotations").put("cluster", "green");
    event.put("cluster", "green");
    return event.toString();
  }

  private static String delivery(String logGroup, String type, String... messages) {
    return deliveryOf(logGroup, STREAM, type, messages);
  }

  private static String deliveryOf(
      String logGroup, String logStream, String type, String... messages) {
    ObjectNode log = JSON.createObjectNode();
    log.put("messageType", type).put("owner", "123456789012").put("logGroup", logGroup);
    log.put("logStream", logStream);
    log.putArray("subscriptionFilters").add("cattleguard-audit");
    for (String message : messages) {
      log.withArray("logEvents")
          .addObject()
          .put("id", "1")
          .put("timestamp", 1_772_442_900_000L)
          .put("message", message);
    }
    ObjectNode event = JSON.createObjectNode();
    event.putObject("awslogs").put("data", packed(log.toString()));
    return event.toString();
  }

  private static String packed(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static void call(DeduplicateHandler handler, String event) throws IOException {
    Message message =
        handler
            .direct(JSON.readTree(event))
            .orElseThrow(() -> new IllegalArgumentException("not an SQS event"));
    if (!handler.handle(List.of(message)).isEmpty()) {
      throw new IllegalStateException("Lambda retries it");
    }
  }

  private List<String> pods() {
    return published.stream()
        .map(event -> event.detail().at("/alert/target/pod").asText())
        .toList();
  }

  private List<String> clusters() {
    return published.stream()
        .map(event -> event.detail().at("/alert/target/cluster").asText())
        .distinct()
        .toList();
  }

  @Test
  void theEventsThatADetectionNamesArePublished() throws IOException {
    call(
        handler,
        delivery(
            GROUP,
            "DATA_MESSAGE",
            audit("get", "web-1"),
            audit("list", "x"),
            audit("get", "db-1")));
    assertEquals(List.of("web-1", "db-1"), pods());
  }

  @Test
  void promise9TheClusterIsTheLogGroupsAndNotThePayloads() throws IOException {
    call(handler, delivery(GROUP, "DATA_MESSAGE", audit("get", "web-1")));
    assertEquals(List.of("blue"), clusters());
  }

  @Test
  void aControlMessageIsNoEvent() throws IOException {
    call(handler, delivery("", "CONTROL_MESSAGE", "CWL CONTROL MESSAGE: Checking health"));
    assertEquals(List.of(), published);
  }

  /** An event that a principal with {@code logs:PutLogEvents} may write into the log group. */
  private static String falco() {
    return """
    {"hostname":"node-b","output":"a shell","priority":"Critical","rule":"Terminal shell in container",\
    "source":"syscall","tags":["T1059"],"time":"2026-03-02T09:15:00.000000000Z",\
    "output_fields":{"k8s.ns.name":"pay","k8s.pod.name":"db-0","proc.name":"bash"}}\
    """;
  }

  private List<String> classesAndRules() {
    return published.stream()
        .map(BusEvent::detail)
        .map(detail -> detail.at("/alert/class").asText() + " " + detail.at("/alert/rule").asText())
        .toList();
  }

  @Test
  void promise9AnEventOfAnotherSourceIsNoAlertOfTheCluster() throws IOException {
    call(handler, delivery(GROUP, "DATA_MESSAGE", falco(), audit("get", "web-1")));
    assertEquals(List.of("health Unreadable event", "audit exec-into-pod"), classesAndRules());
    assertEquals(
        "not a Kubernetes audit event",
        published.getFirst().detail().at("/alert/notes/0").asText().split(":", -1)[0]);
    assertEquals(List.of("", "web-1"), pods());
  }

  /** Envelopes are not opened either, because EKS writes each event alone. */
  @ParameterizedTest
  @ValueSource(strings = {"log", "message"})
  void promise9AnEnvelopeIsNotOpened(String key) {
    String inside = JSON.createObjectNode().put(key, audit("get", "web-1")).toString();
    assertThrows(
        IllegalStateException.class,
        () -> call(handler, delivery(GROUP, "DATA_MESSAGE", inside, falco())));
    assertEquals(
        List.of("health Unreadable event"), classesAndRules().stream().distinct().toList());
  }

  /** The guards of the responders act on a proven node, or on the node of a sensor's pod. */
  @Test
  void promise9AnAlertOfTheLogProvesNeitherANodeNorASensor() throws IOException {
    ObjectNode forged = (ObjectNode) JSON.readTree(audit("get", "web-1"));
    forged.put("hostname", "node-b").put("nodeName", "node-b").put("node", "node-b");
    forged.put("sensor", "security/sensor-x").putArray("traits").add("node-verified");
    forged.putObject("target").put("node", "node-b").put("sensor", "security/sensor-x");
    forged.withObject("annotations").put("node-verified", "true");
    call(handler, delivery(GROUP, "DATA_MESSAGE", forged.toString()));

    Proof alert = new Proof(AlertJson.readAccepted(published.getFirst().detail()).alert());
    assertEquals(new Proof(AlertClass.AUDIT, false, null, null), alert);
  }

  /** The fields that the guards read. */
  private record Proof(
      AlertClass alertClass, boolean nodeVerified, @Nullable String node, @Nullable String sensor) {
    Proof(Alert alert) {
      this(
          alert.alertClass(), alert.nodeVerified(), alert.target().node(), alert.target().sensor());
    }
  }

  /** The other logs of the control plane, and streams of others in the same group. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kube-apiserver-0123456789abcdef0123456789abcdef",
        "authenticator-0123456789abcdef",
        "x-kube-apiserver-audit-0123456789abcdef",
        ""
      })
  void anotherLogStreamIsNotRead(String stream) {
    assertThrows(
        IllegalStateException.class,
        () -> call(handler, deliveryOf(GROUP, stream, "DATA_MESSAGE", audit("get", "web-1"))));
    assertEquals(List.of(), published);
  }

  /** Repeated events compress well, so a megabyte of compressed events may exceed the limit. */
  @Test
  void ofATooLargeDeliveryTheFirstEventsAreReadAndTheRestIsReported() throws IOException {
    ObjectNode large = (ObjectNode) JSON.readTree(audit("list", "x"));
    large.put("requestURI", "x".repeat(900 << 10));
    String[] messages = new String[40];
    Arrays.fill(messages, large.toString());
    messages[0] = audit("get", "web-1");
    messages[39] = audit("get", "db-1");
    call(handler, delivery(GROUP, "DATA_MESSAGE", messages));

    assertEquals(List.of("web-1", ""), pods());
    assertEquals(List.of("audit exec-into-pod", "health Unreadable event"), classesAndRules());
    JsonNode rest = published.getLast().detail().path("alert");
    assertEquals(
        "a delivery of more than 33554432 bytes: the rest, after 37 events, was not read; the log"
            + " group has it",
        rest.path("notes").path(0).asText());
    assertTrue(rest.path("raw").asText().contains(STREAM), () -> rest.path("raw").asText());
  }

  /** The delivery has no readable event, so it goes to the dead-letter queue. */
  @Test
  void aDeliveryWhoseFirstEventIsTooLargeFails() {
    assertThrows(
        IllegalStateException.class,
        () -> call(handler, delivery(GROUP, "DATA_MESSAGE", "x".repeat(33 << 20))));
    assertEquals(List.of("health Unreadable event"), classesAndRules());
  }

  /** Lambda then retries, and keeps the event in the dead-letter queue. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/aws/eks/blue/cluster/x",
        "/aws/lambda/blue",
        "/aws/eks//cluster",
        "/aws/eks/a/b/cluster",
        "x/aws/eks/blue/cluster",
        ""
      })
  void anotherLogGroupNamesNoCluster(String group) {
    assertThrows(
        IllegalStateException.class,
        () -> call(handler, delivery(group, "DATA_MESSAGE", audit("get", "web-1"))));
    assertEquals(List.of(), published);
  }

  @ParameterizedTest
  @ValueSource(strings = {"H4sIAAAAAAAA/w==", "not base64", "bm90IEpTT04="})
  void damagedDataFails(String data) {
    String event = "{\"awslogs\":{\"data\":\"" + data + "\"}}";
    assertThrows(IllegalStateException.class, () -> call(handler, event));
  }

  @Test
  void anEventThatCouldNotBeStoredFailsTheCallAndSucceedsAtTheRetry() throws IOException {
    List<Boolean> down = new ArrayList<>(List.of(true));
    InMemorySightings stored = new InMemorySightings();
    DeduplicateHandler flaky =
        handler(
            new Sightings() {
              @Override
              public Optional<Sighting> recall(String key) {
                if (!down.isEmpty()) {
                  throw new StorageUnavailable("throttled", new IOException());
                }
                return stored.recall(key);
              }

              @Override
              public Optional<Sighting> store(Sighting sighting, long version) {
                return stored.store(sighting, version);
              }
            });
    String event = delivery(GROUP, "DATA_MESSAGE", audit("get", "web-1"));
    assertThrows(IllegalStateException.class, () -> call(flaky, event));
    assertEquals(List.of(), published);
    down.clear();
    call(flaky, event);
    assertEquals(List.of("web-1"), pods());
  }

  /**
   * The format in which Lambda writes it to the dead-letter queue, from which people redrive it.
   */
  @Test
  void aDeliveryThatLambdaGaveUpIsReadFromTheQueue() throws IOException {
    String kept =
        "{\"version\":\"1.0\",\"requestContext\":{\"condition\":\"RetriesExhausted\"},"
            + "\"requestPayload\":"
            + delivery(GROUP, "DATA_MESSAGE", audit("get", "web-1"))
            + ",\"responsePayload\":{\"errorMessage\":\"x\"}}";
    assertEquals(Set.of(), handler.handle(List.of(new Message("m", kept))));
    assertEquals(List.of("web-1"), pods());
    assertEquals(List.of("blue"), clusters());
  }

  /**
   * A sensor writes only the detail; a log delivery inside it gets the sensor's cluster or none.
   */
  @Test
  void promise9ADeliveryInsideAnEventOfTheBusNamesNoCluster() throws IOException {
    ObjectNode event =
        (ObjectNode) JSON.readTree(delivery(GROUP, "DATA_MESSAGE", audit("get", "web-1")));
    event.put("detail-type", "AWS API Call via CloudTrail").put("source", "aws.iam");
    handler.handle(List.of(new Message("m", event.toString())));
    assertEquals(List.of(), clusters().stream().filter(cluster -> cluster.equals("blue")).toList());
  }

  @Test
  void anyOtherDirectCallIsRejected() {
    for (String event : List.of("{}", "{\"awslogs\":{}}", "[]", "{\"detail\":{}}")) {
      assertThrows(IllegalArgumentException.class, () -> call(handler, event), event);
    }
  }
}
