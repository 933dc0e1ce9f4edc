package io.cattleguard.respond.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.eks.Authenticator;
import io.cattleguard.respond.kubernetes.evidence.S3OnThisMachine;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the function as it is deployed: with settings from its environment, an API server with TLS
 * that accepts the same tokens as EKS, and fake AWS services.
 */
final class KubernetesHandlerTest {
  private static final List<Message> TIMER =
      List.of(
          new Message(
              "timer",
              "{\"detail-type\":\"Lease Timer\",\"source\":\"cattleguard.timer\",\"detail\":{}}"));

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final Instant NOW = TestAlerts.AT.plusSeconds(30);
  private static final String POD = "/api/v1/namespaces/shop/pods/";

  @TempDir private static Path folder;
  private static SSLContext tls;
  private static String certificate = "";
  private static String stranger = "";

  private final String table = "ledger-" + UUID.randomUUID();
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> requests = new ArrayList<>();
  private final Map<String, String> pods = new HashMap<>();
  private final List<JsonNode> published = new ArrayList<>();
  private final List<String> sts = new ArrayList<>();
  private Authenticator authenticator =
      new Authenticator("blue", "eu-central-1", Map.of("AKIDEXAMPLE", SECRET));
  private Instant now = NOW;
  private HttpsServer api;
  private HttpServer aws;

  @BeforeAll
  static void certificates() throws Exception {
    KeyStore store = keyPair("server");
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, "changeit".toCharArray());
    tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    certificate = pem(store);
    stranger = pem(keyPair("stranger"));
  }

  private static KeyStore keyPair(String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                (Path.of(System.getProperty("java.home"), "bin", "keytool")
                        + " -J-XX:TieredStopAtLevel=1 -genkeypair -alias server -keyalg EC -dname"
                        + " CN="
                        + name
                        + " -ext san=ip:127.0.0.1 -ext bc=ca:true -storetype PKCS12 -storepass"
                        + " changeit -keystore "
                        + file)
                    .split(" "))
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, "changeit".toCharArray());
    }
    return store;
  }

  /** PEM in base64, as EKS gives it. */
  private static String pem(KeyStore store) throws Exception {
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(store.getCertificate("server").getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
  }

  @BeforeEach
  void start() throws IOException {
    DynamoDbLocal.createTable(table);
    api = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    api.setHttpsConfigurator(new HttpsConfigurator(tls));
    api.createContext("/", this::answerAsApiServer);
    api.start();
    aws = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    aws.createContext("/", this::answerAsAws);
    aws.start();
    environment.put("AWS_REGION", "eu-central-1");
    environment.put("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    environment.put("AWS_SECRET_ACCESS_KEY", SECRET);
    environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + aws.getAddress().getPort());
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", DynamoDbLocal.address().toString());
    environment.put("LEDGER_TABLE", table);
    environment.put("BUS_NAME", "cattleguard");
    environment.put("QUEUE_URL", "http://127.0.0.1/respond");
    environment.put("RESPONSE_MODE", "enforce");
    environment.put("CLUSTERS_FILE", folder.resolve("clusters.json").toString());
    environment.put("POLICY_DIRECTORY", folder.resolve("policy").toString());
    Files.createDirectories(folder.resolve("policy/playbooks"));
    Files.writeString(
        folder.resolve("policy/playbooks/shell.yaml"),
        """
        name: shell
        when: { alert: { class: [runtime] } }
        mode: enforce
        steps: [ { isolate-pod: { lease: 4h } } ]
        """);
    clusters("blue", certificate, "");
  }

  @AfterEach
  void stop() {
    api.stop(0);
    aws.stop(0);
  }

  private void clusters(String name, String certificateAuthority, String more) throws IOException {
    Files.writeString(
        folder.resolve("clusters.json"),
        "{\"%s\":{\"endpoint\":\"https://127.0.0.1:%d\",\"certificateAuthority\":\"%s\",\"region\":\"eu-central-1\"%s}}"
            .formatted(name, api.getAddress().getPort(), certificateAuthority, more));
  }

  /** A cluster without pods that accepts only valid tokens. */
  private synchronized void answerAsApiServer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    Optional<String> objection =
        authorization == null || !authorization.startsWith("Bearer ")
            ? Optional.of("no token")
            : authenticator.objection(authorization.substring("Bearer ".length()), now);
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI().getPath()
            + objection.map(text -> ": " + text).orElse(""));
    String pod = pods.get(exchange.getRequestURI().getPath());
    if (objection.isEmpty() && pod != null && exchange.getRequestMethod().equals("GET")) {
      answer(exchange, 200, pod);
      return;
    }
    int status = objection.isPresent() ? 401 : 404;
    answer(
        exchange,
        status,
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":"
            + status
            + ",\"message\":\"none\"}");
  }

  private synchronized void answerAsAws(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (body.startsWith("Action=AssumeRole")) {
      sts.add(body);
      answer(
          exchange,
          200,
          "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>"
              + "<Arn>arn:aws:sts::444455556666:assumed-role/r/s</Arn></AssumedRoleUser><Credentials>"
              + "<AccessKeyId>AKIDTHEIRS</AccessKeyId><SecretAccessKey>theirs</SecretAccessKey>"
              + "<SessionToken>session==</SessionToken>"
              + "<Expiration>2026-03-02T10:15:00Z</Expiration>"
              + "</Credentials></AssumeRoleResult></AssumeRoleResponse>");
      return;
    }
    JSON.readTree(body).path("Entries").forEach(entry -> published.add(detail(entry)));
    answer(exchange, 200, "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"1\"}]}");
  }

  private static JsonNode detail(JsonNode entry) {
    try {
      return JSON.readTree(entry.path("Detail").asText());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private KubernetesHandler handler() {
    return new KubernetesHandler(new Env(environment), () -> now);
  }

  private static Message message(String id, String cluster) {
    ScoredAlert scored = TestAlerts.scored(TestAlerts.reverseShell(id), 95);
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("detail-type", "Alert Scored");
    ObjectNode detail = AlertJson.write(scored);
    ObjectNode target = (ObjectNode) detail.path("alert").path("target");
    target.put("cluster", cluster);
    target.put("sensor", "cattleguard/0b3f/sensor-x2x4k");
    event.set("detail", detail);
    return new Message(id, event.toString());
  }

  private String outcome() {
    assertEquals(1, published.size(), published.toString());
    JsonNode decided = published.getFirst().path("response");
    return decided.path("outcome").asText() + ": " + decided.path("objections");
  }

  @Test
  void theApiServerTakesOurTokenAndSaysThatThePodIsGone() {
    assertEquals(Set.of(), handler().handle(List.of(message("a1", "blue"))));

    assertTrue(
        requests.stream().anyMatch(one -> one.startsWith("GET " + POD)), requests.toString());
    assertTrue(requests.stream().noneMatch(one -> one.contains(": ")), requests.toString());
    assertTrue(
        outcome().startsWith("refused: [\"pod shop/web-7c8d9f5b6d-x2x4k no longer exists"),
        outcome());
  }

  @Test
  void tokensAreMadeAnewAsTimeGoesBy() {
    KubernetesHandler handler = handler();
    for (int minute = 0; minute < 40; minute += 4) {
      now = NOW.plusSeconds(60L * minute);
      handler.handle(List.of(message("a" + minute, "blue")));
    }

    assertTrue(requests.size() >= 10);
    assertTrue(requests.stream().noneMatch(one -> one.contains(": ")), requests.toString());
  }

  @Test
  void aClusterOfAnotherAccountIsReachedByTheRoleThere() throws IOException {
    clusters(
        "blue",
        certificate,
        ",\"roleArn\":\"arn:aws:iam::444455556666:role/r\",\"externalId\":\"seven\"");
    authenticator = new Authenticator("blue", "eu-central-1", Map.of("AKIDTHEIRS", "theirs"));

    handler().handle(List.of(message("a1", "blue")));

    assertTrue(
        outcome().startsWith("refused: [\"pod shop/web-7c8d9f5b6d-x2x4k no longer exists"),
        outcome());
    assertEquals(1, sts.size());
    assertTrue(sts.getFirst().endsWith("&ExternalId=seven"), sts.getFirst());
  }

  @Test
  void promise6WithoutATokenThatIsTakenNothingIsTouched() {
    authenticator = new Authenticator("blue", "eu-central-1", Map.of("AKIDEXAMPLE", "another"));

    handler().handle(List.of(message("a1", "blue")));

    assertTrue(outcome().startsWith("refused: [\"cannot read the pod"), outcome());
  }

  @Test
  void promise6WithoutCredentialsNothingIsTouchedAndNobodyIsAsked() throws IOException {
    clusters("blue", certificate, ",\"roleArn\":\"arn:aws:iam::111122223333:role/r\"");

    handler().handle(List.of(message("a1", "blue")));

    assertEquals(List.of(), requests);
    assertTrue(
        outcome()
            .startsWith(
                "refused: [\"cannot read the pod: no token for cluster blue:"
                    + " STS: credentials of an account other than 111122223333\""),
        outcome());
  }

  @Test
  void aServerThatTheClustersAuthorityDoesNotVouchForGetsNoToken() throws IOException {
    clusters("blue", stranger, "");

    handler().handle(List.of(message("a1", "blue")));

    assertEquals(List.of(), requests);
    assertTrue(outcome().startsWith("refused: [\"cannot read the pod"), outcome());
  }

  @Test
  void promise9AnAlertOfAClusterThatIsNotOursReachesNoOther() {
    handler().handle(List.of(message("a1", "green")));

    assertEquals(List.of(), requests);
    assertTrue(
        outcome()
            .startsWith(
                "refused: [\"the alert comes from cluster green; this responder acts only on"
                    + " blue\""),
        outcome());
  }

  @Test
  void whereTheDeploymentObservesAnEnforcingPlaybookDoesToo() {
    environment.put("RESPONSE_MODE", "observe");

    handler().handle(List.of(message("a1", "blue")));

    assertTrue(outcome().startsWith("observed: "), outcome());
  }

  /** The alert's pod on node-a, and the sensor's pod on that node. */
  private void run(String sensorsNode) {
    pods.put(
        "/api/v1/namespaces/shop/pods",
        "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}");
    pods.put(
        "/apis/apps/v1/daemonsets",
        "{\"kind\":\"DaemonSetList\",\"apiVersion\":\"apps/v1\",\"items\":[]}");
    pods.put("/api/v1/namespaces/shop/pods/web-7c8d9f5b6d-x2x4k", pod("3f0c", "node-a"));
    pods.put("/api/v1/namespaces/cattleguard/pods/sensor-x2x4k", pod("0b3f", sensorsNode));
  }

  private static String pod(String uid, String node) {
    return "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"a\",\"uid\":\""
        + uid
        + "\",\"creationTimestamp\":\"2026-03-01T09:00:00Z\"},\"spec\":{\"nodeName\":\""
        + node
        + "\"}}";
  }

  /**
   * A row: the node of the sensor's pod, and the guards that object; "-" is an alert that names no
   * sensor.
   */
  @ParameterizedTest(name = "sensor on {0}, claimed nodes: {1}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "node-a | -    | -",
        "node-b | -    | the alert comes from node node-b; the pod runs on node-a",
        "node-b | blue | the alert comes from node node-b; the pod runs on node-a",
        "gone   | -    | the sensor's pod cattleguard/0b3f/sensor-x2x4k no longer exists",
        "-      | -    | no credential proves the alert's node",
        "-      | blue | -",
      })
  void promise9AnAlertActsOnPodsOfItsSensorsNodeOnly(
      @Nullable String sensorsNode, @Nullable String claimed, @Nullable String objection) {
    run(String.valueOf(sensorsNode));
    if ("gone".equals(sensorsNode)) {
      pods.keySet().removeIf(path -> path.contains("/cattleguard/"));
    }
    if (claimed != null) {
      environment.put("CLAIMED_NODES", claimed);
    }
    Message message = message("a1", "blue");
    if (sensorsNode == null) {
      message = new Message("a1", message.body().replaceFirst(",\"sensor\":\"[^\"]*\"", ""));
    }

    handler().handle(List.of(message));

    boolean changed = requests.stream().anyMatch(request -> !request.startsWith("GET "));
    assertEquals(objection == null, changed, requests.toString());
    if (objection != null) {
      assertTrue(outcome().contains(objection), outcome());
    }
  }

  private static void capturing(String mode) throws IOException {
    Files.writeString(
        folder.resolve("policy/playbooks/shell.yaml"),
        """
        name: shell
        when: { alert: { class: [runtime] } }
        mode: %s
        steps: [ { capture-evidence: { deadline: 15s } } ]
        """
            .formatted(mode));
  }

  @Test
  void evidenceIsStoredInTheBucketOfTheEnvironment() throws IOException {
    run("node-a");
    capturing("enforce");
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      environment.put("AWS_ENDPOINT_URL_S3", s3.variables().get("AWS_ENDPOINT_URL_S3"));
      environment.put("EVIDENCE_BUCKET", "kept");

      handler().handle(List.of(message("a1", "blue")));

      // This API server does not answer the reads for evidence, so the alert is the only part.
      String told = published.getFirst().path("response").path("explanation").asText();
      assertTrue(told.contains("1 part stored as manifest 1 of "), told);
      assertTrue(
          s3.paths().stream()
              .anyMatch(path -> path.matches("kept/evidence/[^/]+/manifests/000001\\.json")),
          s3.paths().toString());
    }
  }

  @Test
  void withoutABucketEvidenceIsRefusedAndNamed() throws IOException {
    run("node-a");
    capturing("enforce");

    handler().handle(List.of(message("a1", "blue")));

    assertEquals("refused: [\"there is no store for evidence\"]", outcome());
  }

  /** In observe mode, of the playbook or of the deployment, no call to S3 is made. */
  @ParameterizedTest
  @CsvSource({"observe, enforce", "enforce, observe"})
  void whereItObservesNoEvidenceIsStored(String playbook, String deployment) throws IOException {
    run("node-a");
    capturing(playbook);
    environment.put("RESPONSE_MODE", deployment);
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      environment.put("AWS_ENDPOINT_URL_S3", s3.variables().get("AWS_ENDPOINT_URL_S3"));
      environment.put("EVIDENCE_BUCKET", "kept");

      handler().handle(List.of(message("a1", "blue")));

      assertEquals("observed: ", outcome());
      assertEquals(List.of(), s3.requests());
    }
  }

  @Test
  void aClaimedClusterThatIsNotConfiguredIsNamed() {
    environment.put("CLAIMED_NODES", "blue, green");

    IllegalStateException e = assertThrows(IllegalStateException.class, this::handler);
    assertEquals("CLAIMED_NODES: unknown cluster 'green'", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LEDGER_TABLE",
        "BUS_NAME",
        "QUEUE_URL",
        "POLICY_DIRECTORY",
        "CLUSTERS_FILE",
        "RESPONSE_MODE",
        "AWS_REGION"
      })
  void aSettingThatIsMissingIsNamed(String name) {
    environment.remove(name);

    IllegalStateException e = assertThrows(IllegalStateException.class, this::handler);
    assertEquals("Environment variable " + name + " is not set", e.getMessage());
  }

  @Test
  void aModeThatNobodyKnowsIsRefused() {
    environment.put("RESPONSE_MODE", "Enforce");

    IllegalStateException e = assertThrows(IllegalStateException.class, this::handler);
    assertEquals("RESPONSE_MODE must be observe or enforce, found 'Enforce'", e.getMessage());
  }

  @Test
  void aMissingFileOfClustersIsNamed() {
    environment.put("CLUSTERS_FILE", folder.resolve("none.json").toString());

    IllegalStateException e = assertThrows(IllegalStateException.class, this::handler);
    assertTrue(
        String.valueOf(e.getMessage()).contains("cannot read CLUSTERS_FILE"), e.getMessage());
  }

  @Test
  void promise10TheTimerReleasesWhatWasIsolatedAfterItsLeaseAndTellsSo() {
    Pod pod = Pods.of("shop", "web-1").uid("3f0c").build();
    InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
    cluster.run(pod);
    cluster.isolate(pod);
    InMemoryLedger ledger = new InMemoryLedger();
    ScoredAlert scored = TestAlerts.scored(TestAlerts.reverseShell("a1"), 95);
    ledger.remember(
        new Containment(
            "isolate-pod",
            pod.uid(),
            pod.toJson(),
            "shell",
            NOW,
            NOW.plusSeconds(3_600),
            AlertJson.write(scored).toString()));
    List<BusEvent> told = new ArrayList<>();
    List<Set<Integer>> answers = new ArrayList<>(List.of(Set.of(0), Set.of()));
    KubernetesHandler handler =
        new KubernetesHandler(
            new ClusterResponders(
                Set.of("blue"),
                name ->
                    new Responder(
                        new Playbooks(List.of(), Actions.registered()),
                        places(cluster),
                        ledger,
                        ResponderSettings.DEFAULT,
                        () -> now,
                        millis -> {}),
                new Responder(
                    new Playbooks(List.of(), Actions.registered()),
                    places(new NoCluster()),
                    new InMemoryLedger(),
                    ResponderSettings.DEFAULT,
                    () -> now,
                    millis -> {}),
                Map::of,
                Limits.DEFAULT.circuitBreaker()),
            events -> {
              told.addAll(events);
              return answers.removeFirst();
            },
            () -> now);

    now = NOW.plusSeconds(3_599);
    handler.handle(TIMER);
    assertTrue(cluster.isolation(pod).inForce());
    assertEquals(List.of(), told);

    now = NOW.plusSeconds(3_700);
    handler.handle(List.of(new Message("other", "{}")));
    assertTrue(cluster.isolation(pod).inForce(), "only the timer's message releases");
    handler.handle(TIMER);
    assertFalse(cluster.isolation(pod).inForce());
    assertEquals("released", outcomeOf(told.getFirst()));

    now = NOW.plusSeconds(3_800);
    handler.handle(TIMER);
    assertEquals(2, told.size(), "what the bus did not take is told again");
    now = NOW.plusSeconds(3_900);
    handler.handle(TIMER);
    assertEquals(2, told.size());
  }

  /** People removed the cluster from the deployment while a pod of it was isolated. */
  @Test
  void promise10AContainmentOfAClusterThatIsNotConfiguredAnyMoreIsKeptAndToldOnce() {
    Pod pod = Pods.of("shop", "web-1").uid("3f0c").build();
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    StoredLedger.of(table, "blue")
        .remember(
            new Containment(
                "isolate-pod",
                pod.uid(),
                pod.toJson(),
                "shell",
                NOW,
                NOW.plusSeconds(3_600),
                AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a1"), 95)).toString()));
    List<BusEvent> told = new ArrayList<>();
    KubernetesHandler handler =
        new KubernetesHandler(
            new ClusterResponders(
                Set.of("green"),
                cluster ->
                    new Responder(
                        new Playbooks(List.of(), Actions.registered()),
                        places(new NoCluster("cluster " + cluster + " is not configured")),
                        StoredLedger.of(table, cluster),
                        ResponderSettings.DEFAULT,
                        () -> now,
                        millis -> {}),
                new Responder(
                    new Playbooks(List.of(), Actions.registered()),
                    places(new NoCluster()),
                    new StoredLedger(table),
                    ResponderSettings.DEFAULT,
                    () -> now,
                    millis -> {}),
                () -> StoredLedger.in(table),
                Limits.DEFAULT.circuitBreaker()),
            events -> {
              told.addAll(events);
              return Set.of();
            },
            () -> now);

    for (int minute = 60; minute < 180; minute++) {
      now = NOW.plusSeconds(60L * minute + 1);
      handler.handle(TIMER);
    }

    assertEquals(1, told.size(), told::toString);
    assertEquals("failed", outcomeOf(told.getFirst()));
    assertTrue(
        told.getFirst().detail().toString().contains("cluster blue is not configured"),
        told::toString);
    assertEquals(1, StoredLedger.of(table, "blue").live().size());
  }

  private static Places places(Cluster cluster) {
    return Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue")));
  }

  private static String outcomeOf(BusEvent event) {
    return event.detail().path("response").path("outcome").asText();
  }
}
