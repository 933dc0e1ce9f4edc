package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.sensor.FalcoLoad;
import io.cattleguard.sensor.LoadAlert;
import io.cattleguard.sensor.http.FalcoConnection;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@code cattleguard up} with an enforced policy against the test cluster in {@code
 * CATTLEGUARD_TEST_KUBECONFIG}. It measures from an alert's POST to the pod's DELETE in the API
 * server's audit log ({@code CATTLEGUARD_TEST_AUDIT_LOG}, or {@code audit.log} next to the
 * kubeconfig). On an overloaded machine a node may stop reporting; its pods become unready, a guard
 * protects the last ready ones, and the test fails.
 */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = UpOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
public final class UpOnApiServerTest {
  public static final String KUBECONFIG = "CATTLEGUARD_TEST_KUBECONFIG";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A claim on a pod lasts two minutes, also after its process was killed. */
  private static final Duration UNTIL_CLAIMS_RUN_OUT = Duration.ofMinutes(4);

  private static final int FLEET = 130;

  @TempDir Path folder;
  private final Path kubeconfig = Path.of(String.valueOf(System.getenv(KUBECONFIG)));
  private final String namespace = "up-" + UUID.randomUUID().toString().substring(0, 8);
  private final Map<String, Instant> posted = new ConcurrentHashMap<>();
  private Path policy;
  private AuditLog audit;

  private record TestPod(String name, String uid, String node) {}

  @BeforeEach
  void makeNamespace() throws Exception {
    String named = System.getenv("CATTLEGUARD_TEST_AUDIT_LOG");
    Path log = named == null ? kubeconfig.resolveSibling("audit.log") : Path.of(named);
    Assumptions.assumeTrue(
        Files.isReadable(log), "no audit log: name it in CATTLEGUARD_TEST_AUDIT_LOG");
    kubectl("", "create", "namespace", namespace);
    audit = new AuditLog(log, namespace);
    policy = folder.resolve("policy");
    Files.createDirectories(policy.resolve("playbooks"));
    for (String file : List.of("routes.yaml", "scoring.yaml", "suppressions.yaml")) {
      Files.copy(ContractFiles.root().resolve("policy").resolve(file), policy.resolve(file));
    }
    Files.writeString(
        policy.resolve("playbooks/contain.yaml"),
        """
        name: contain
        when:
          alert: { class: [runtime], rule: [Reported by a test] }
        mode: enforce
        freshness: 10m
        steps:
          - delete-pod: { grace: 1s }
        budget: { per: cluster, max: 1000, window: 10m }
        """);
    Policies.raiseCaps(policy);
  }

  @AfterEach
  void dropNamespace() throws Exception {
    kubectl("", "delete", "namespace", namespace, "--wait=false");
  }

  /** Alternates with a client that only reads and deletes, so that both run under the same load. */
  @Test
  void anAlertsPodIsDeletedWithinATenthOfASecondOneByOneAndSixtyAtOnce() throws Exception {
    List<TestPod> pods = fleet();
    List<TestPod> single = pods.subList(0, 30);
    List<TestPod> sixty = pods.subList(30, 90);
    List<TestPod> plainly = pods.subList(90, 120);
    try (UpProcess up = up();
        PlainClient plain = new PlainClient(kubeconfig)) {
      up.start();
      try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
        for (int i = 0; i < single.size(); i++) {
          assertEquals(200, falco.post(report(single.get(i))));
          deleted(List.of(single.get(i)), PATIENCE, up);
          begun(plainly.get(i));
          plain.delete(namespace, plainly.get(i).name());
        }
      }
      deleted(plainly, PATIENCE, up);
      Duration before = up.cpu();
      FalcoLoad load = postAll(up, sixty).await();
      assertEquals(60, load.answers(200));
      deleted(sixty, PATIENCE, up);
      Duration used = up.cpu().minus(before);
      Thread.sleep(2_000); // a second DELETE would come now
      eachOnceWithItsUid(pods.subList(0, 90));
      List<TestPod> replacements = replacementsOf(pods).subList(0, 60);
      atOnce(
          replacements,
          pod -> {
            begun(pod);
            plain.delete(namespace, pod.name());
          });
      deleted(replacements, PATIENCE, up);
      List<Long> oneByOne = deletedAfter(single);
      List<Long> atOnce = deletedAfter(sixty);
      print("from POST to DELETE, one by one", oneByOne, deletedAfter(plainly));
      print("from POST to DELETE, sixty at once", atOnce, deletedAfter(replacements));
      System.out.println("requests for 90 deletions and their verification: " + requests());
      System.out.println("CPU until all sixty are deleted: " + used.toMillis() + " ms");
      // The goals are 10 and 40 ms one by one, 150 and 300 ms for sixty. A slow machine must not
      // fail the test.
      isNotFarFrom(oneByOne, deletedAfter(plainly));
      isNotFarFrom(atOnce, deletedAfter(replacements));
    }
  }

  @Test
  void anAlertsPodHasItsNetworkPolicyWithinATenthOfASecond() throws Exception {
    Files.writeString(
        policy.resolve("playbooks/contain.yaml"),
        Files.readString(policy.resolve("playbooks/contain.yaml"))
            .replace("delete-pod: { grace: 1s }", "isolate-pod: {}"));
    List<TestPod> pods = fleet(60);
    List<TestPod> isolated = pods.subList(0, 30);
    List<TestPod> plainly = pods.subList(30, 60);
    try (UpProcess up = up();
        PlainClient plain = new PlainClient(kubeconfig)) {
      up.start();
      try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
        for (int i = 0; i < isolated.size(); i++) {
          assertEquals(200, falco.post(report(isolated.get(i))));
          denied(isolated.subList(0, i + 1), "cattleguard-quarantine-", up);
          begun(plainly.get(i));
          plain.deny(namespace, plainly.get(i).name());
        }
      }
      Map<String, Instant> ours = denied(isolated, "cattleguard-quarantine-", up);
      Map<String, Instant> theirs = denied(plainly, "plain-", up);
      Thread.sleep(2_000); // a second policy would come now
      assertEquals(
          isolated.size(),
          audit.requests().stream()
              .filter(one -> one.what().equals("create networkpolicies"))
              .filter(one -> one.sent().startsWith("cattleguard-quarantine-"))
              .count());
      print(
          "from POST to NetworkPolicy, one by one", after(isolated, ours), after(plainly, theirs));
      System.out.println("requests for 30 isolations and their verification: " + requests());
      isNotFarFrom(after(isolated, ours), after(plainly, theirs));
    }
  }

  /** The time of each pod's policy, by the pod's name. */
  private Map<String, Instant> denied(List<TestPod> pods, String prefix, UpProcess up)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Map<String, Instant> came =
          audit.requests().stream()
              .filter(one -> one.what().equals("create networkpolicies"))
              .collect(
                  Collectors.toMap(
                      AuditLog.Request::sent,
                      AuditLog.Request::receivedAt,
                      (first, second) -> first));
      Map<String, Instant> ofPods = new HashMap<>();
      for (TestPod pod : pods) {
        Optional.ofNullable(came.get(prefix + pod.uid()))
            .ifPresent(at -> ofPods.put(pod.name(), at));
      }
      if (ofPods.size() == pods.size()) {
        return ofPods;
      }
      assertTrue(System.nanoTime() < until, () -> "no NetworkPolicy; it said:\n" + log(up));
      Thread.sleep(2);
    }
  }

  /** Requests of {@code up} by verb and resource, the most frequent first. */
  private String requests() throws IOException {
    Map<String, Long> counts =
        audit.requests().stream()
            .filter(one -> !one.agent().equals(PlainClient.AGENT))
            .collect(Collectors.groupingBy(AuditLog.Request::what, Collectors.counting()));
    return counts.values().stream().mapToLong(Long::longValue).sum()
        + " ("
        + counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .map(one -> one.getKey() + " " + one.getValue())
            .collect(Collectors.joining(", "))
        + ")";
  }

  private static void isNotFarFrom(List<Long> ours, List<Long> theirs) {
    assertTrue(
        percentile(ours, 50) < 1_000 + 10 * percentile(theirs, 50),
        () -> inWords(ours) + "; the other client " + inWords(theirs));
  }

  private void begun(TestPod pod) {
    posted.put(pod.name(), Instant.now());
  }

  private static void atOnce(List<TestPod> pods, Consumer<TestPod> act) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(pods.size())) {
      List<Callable<Object>> calls = new ArrayList<>();
      pods.forEach(pod -> calls.add(Executors.callable(() -> act.accept(pod))));
      for (Future<Object> call : threads.invokeAll(calls)) {
        Object unused = call.get();
      }
    }
  }

  /** Ready pods that exist now and did not exist before. */
  private List<TestPod> replacementsOf(List<TestPod> before) throws Exception {
    kubectl("", "rollout", "status", "deployment/fleet", "-n", namespace, "--timeout=120s");
    return pods().stream().filter(pod -> !before.contains(pod)).toList();
  }

  private static void print(String what, List<Long> ours, List<Long> theirs) {
    System.out.println(
        what
            + ": the first "
            + ours.getFirst()
            + " ms; "
            + inWords(ours)
            + "; a client that only reads and acts: "
            + inWords(theirs));
  }

  @Test
  void promise5APodIsDeletedOnceAlsoWhenTheServerIsKilledInTheMiddle() throws Exception {
    List<TestPod> sixty = fleet().subList(0, 60);
    try (UpProcess up = up()) {
      up.start();
      FalcoLoad load = postAll(up, sixty);
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (audit.deletions().size() < 10 && System.nanoTime() < until) {
        Thread.sleep(1);
      }
      up.kill();
      load.close();
      int before = audit.deletions().size();
      List<TestPod> acknowledged =
          sixty.stream().filter(pod -> load.acknowledged().containsKey(pod.name())).toList();
      assertTrue(before < acknowledged.size(), "killed too late: all " + before + " are deleted");
      up.start();
      deleted(acknowledged, UNTIL_CLAIMS_RUN_OUT, up);
      up.kill();
      up.start();
      Thread.sleep(3_000); // a second DELETE would come now
      eachOnceWithItsUid(acknowledged);
      System.out.println(
          "killed after "
              + before
              + " of "
              + acknowledged.size()
              + " acknowledged, each was deleted once");
    }
  }

  @Test
  void withinTheClusterItActsAsTheServiceAccountThatRbacYamlBinds() throws Exception {
    String account = namespace + "-account";
    kubectl(ours("rbac.yaml", account), "apply", "-f", "-");
    try {
      Map<String, String> pod = within(account);
      TestPod first = fleet(5).getFirst();
      try (UpProcess up =
          new UpProcess(Optional.empty(), policy, folder.resolve("data"), pod).start()) {
        try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
          assertEquals(200, falco.post(report(first)));
        }
        deleted(List.of(first), PATIENCE, up);
        eachOnceWithItsUid(List.of(first));
        assertTrue(up.log().contains("local, https://"), up.log());
      }
      assertEquals(
          List.of("system:serviceaccount:" + namespace + ":" + account),
          audit.deletions().stream().map(AuditLog.Deletion::user).toList());
    } finally {
      kubectl("", "delete", "clusterrole,clusterrolebinding", account);
    }
  }

  /** A chart may be installed in any namespace. */
  @Test
  void withinTheClusterItsOwnNamespaceIsProtected() throws Exception {
    String account = namespace + "-account";
    kubectl(ours("rbac.yaml", account), "apply", "-f", "-");
    try {
      Map<String, String> pod = within(account);
      Files.writeString(folder.resolve("namespace"), namespace + "\n");
      TestPod first = fleet(5).getFirst();
      try (UpProcess up =
          new UpProcess(Optional.empty(), policy, folder.resolve("data"), pod).start()) {
        try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
          assertEquals(200, falco.post(report(first)));
        }
        String line = awaitLog(up, first.name());
        assertTrue(line.contains("refused") && line.contains("protected"), line);
      }
      assertEquals(List.of(), audit.deletions());
    } finally {
      kubectl("", "delete", "clusterrole,clusterrolebinding", account);
    }
  }

  /** The environment of a pod with that account; its mounted files are in the test's folder. */
  private Map<String, String> within(String account) throws Exception {
    JsonNode admin =
        JSON.readTree(
            kubectl("", "config", "view", "--raw", "--flatten", "--minify", "-o", "json"));
    JsonNode cluster = admin.path("clusters").path(0).path("cluster");
    URI server = URI.create(cluster.path("server").asText());
    Path token = folder.resolve("token");
    Files.writeString(token, kubectl("", "create", "token", account, "-n", namespace));
    Path authority = folder.resolve("ca.crt");
    Files.write(
        authority, Base64.getDecoder().decode(cluster.path("certificate-authority-data").asText()));
    return Map.of(
        "KUBERNETES_SERVICE_HOST",
        server.getHost(),
        "KUBERNETES_SERVICE_PORT",
        String.valueOf(server.getPort()),
        "KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN",
        token.toString(),
        "KUBERNETES_CERTS_CA_FILE",
        authority.toString());
  }

  /**
   * Pods of a sensor on two nodes; their tokens are those that the kubelet would project into them.
   */
  @Test
  void promise9AnAlertActsOnlyOnTheNodeThatTheSendersTokenIsBoundTo() throws Exception {
    List<TestPod> pods = fleet(5);
    TestPod pod = pods.getFirst();
    String other = pod.node().equals("node-a") ? "node-b" : "node-a";
    Map<String, String> accounts = Map.of("CATTLEGUARD_INPUT_ACCOUNTS", namespace + "/sensor");
    kubectl("", "create", "serviceaccount", "sensor", "-n", namespace);
    try (UpProcess up =
        new UpProcess(Optional.of(kubeconfig), policy, folder.resolve("data"), accounts).start()) {
      String elsewhere = tokenOn(other, "sensor", "cattleguard");
      assertEquals(200, post(up, elsewhere, report(pod)));
      String line = awaitLog(up, pod.name());
      assertTrue(line.contains("refused") && line.contains(other), line);
      assertEquals(401, post(up, "no-token", report(pod)));
      assertEquals(401, post(up, tokenOn(pod.node(), "sensor", "another"), report(pod)));
      assertEquals(401, post(up, tokenOn(pod.node(), "default", "cattleguard"), report(pod)));
      String unbound =
          kubectl("", "create", "token", "sensor", "-n", namespace, "--audience", "cattleguard");
      assertEquals(401, post(up, unbound.strip(), report(pod)));
      assertEquals(List.of(), audit.deletions());

      String own = tokenOn(pod.node(), "sensor", "cattleguard");
      assertEquals(200, post(up, own, report(pod)));
      deleted(List.of(pod), PATIENCE, up);
      eachOnceWithItsUid(List.of(pod));
    }
  }

  private String tokenOn(String node, String account, String audience) throws Exception {
    String name = "sensor-" + UUID.randomUUID().toString().substring(0, 8);
    kubectl(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s, namespace: %s }
        spec:
          nodeName: %s
          serviceAccountName: %s
          containers: [{ name: sensor, image: "registry.example.com/sensor:1" }]
        """
            .formatted(name, namespace, node, account),
        "create",
        "-f",
        "-");
    String uid = kubectl("", "get", "pod", name, "-n", namespace, "-o", "jsonpath={.metadata.uid}");
    return kubectl(
            "",
            "create",
            "token",
            account,
            "-n",
            namespace,
            "--audience",
            audience,
            "--bound-object-kind",
            "Pod",
            "--bound-object-name",
            name,
            "--bound-object-uid",
            uid)
        .strip();
  }

  private static int post(UpProcess up, String token, byte[] body) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + up.address().getPort() + "/").toURL().openConnection();
    connection.setRequestProperty("Authorization", "Bearer " + token);
    connection.setDoOutput(true);
    try (OutputStream to = connection.getOutputStream()) {
      to.write(body);
    }
    return connection.getResponseCode();
  }

  private static String awaitLog(UpProcess up, String text) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      Optional<String> line = up.log().lines().filter(one -> one.contains(text)).findFirst();
      if (line.isPresent()) {
        return line.get();
      }
      Thread.sleep(10);
    }
    throw new AssertionError("no line with " + text + ":\n" + up.log());
  }

  @Test
  void theManifestOfAServerWithinTheClusterIsAccepted() throws Exception {
    kubectl(ours("up.yaml", namespace + "-account"), "create", "--dry-run=server", "-f", "-");
  }

  /** A manifest of infra/kubernetes, for this test's namespace and account. */
  private String ours(String manifest, String account) throws IOException {
    return Files.readString(ContractFiles.root().resolve("infra/kubernetes").resolve(manifest))
        .replace("cattleguard-up", account)
        .replaceAll("(?m)^( *(?:name|namespace): )cattleguard$", "$1" + namespace);
  }

  private UpProcess up() {
    return new UpProcess(Optional.of(kubeconfig), policy, folder.resolve("data"));
  }

  private FalcoLoad postAll(UpProcess up, List<TestPod> pods) {
    return FalcoLoad.start(
        up.address(),
        pods.size(),
        number -> {
          TestPod pod = pods.get((int) number);
          String text = new String(report(pod), StandardCharsets.UTF_8);
          return new LoadAlert(pod.name(), text);
        },
        pods.size(),
        Duration.ZERO);
  }

  /** An alert about a pod; records the time of its POST. */
  private byte[] report(TestPod pod) {
    Instant now = Instant.now();
    posted.put(pod.name(), now);
    return ("{\"hostname\":\""
            + pod.node()
            + "\",\"output\":\"Reported by a test\",\"output_fields\":{\"container.id\":\""
            + pod.uid().substring(0, 8)
            + "\",\"k8s.ns.name\":\""
            + namespace
            + "\",\"k8s.pod.name\":\""
            + pod.name()
            + "\",\"k8s.pod.uid\":\""
            + pod.uid()
            + "\",\"proc.name\":\"sh\"},\"priority\":\"Critical\",\"rule\":\"Reported by a"
            + " test\",\"source\":\"syscall\",\"tags\":[\"T1059\"],\"time\":\""
            + now
            + "\"}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Waits until each of these pods had its DELETE. */
  private void deleted(List<TestPod> pods, Duration patience, UpProcess up)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      List<String> gone = audit.deletions().stream().map(AuditLog.Deletion::pod).toList();
      List<String> left =
          pods.stream().map(TestPod::name).filter(pod -> !gone.contains(pod)).toList();
      if (left.isEmpty()) {
        return;
      }
      assertTrue(
          System.nanoTime() < until, () -> left.size() + " are not deleted; it said:\n" + log(up));
      Thread.sleep(2);
    }
  }

  private static String log(UpProcess up) {
    try {
      return up.log();
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  private void eachOnceWithItsUid(List<TestPod> pods) throws IOException {
    Map<String, List<String>> uids = new HashMap<>();
    for (AuditLog.Deletion deletion : audit.deletions()) {
      uids.computeIfAbsent(deletion.pod(), absent -> new ArrayList<>()).add(deletion.uid());
    }
    assertEquals(
        pods.stream().collect(Collectors.toMap(TestPod::name, pod -> List.of(pod.uid()))),
        uids.entrySet().stream()
            .filter(entry -> pods.stream().anyMatch(pod -> pod.name().equals(entry.getKey())))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private List<Long> deletedAfter(List<TestPod> pods) throws IOException {
    return after(
        pods,
        audit.deletions().stream()
            .collect(
                Collectors.toMap(
                    AuditLog.Deletion::pod, AuditLog.Deletion::receivedAt, (one, two) -> one)));
  }

  /** Milliseconds from an alert's POST, or the first read of the other client. */
  private List<Long> after(List<TestPod> pods, Map<String, Instant> received) {
    return pods.stream()
        .map(pod -> Duration.between(posted.get(pod.name()), received.get(pod.name())).toMillis())
        .toList();
  }

  private static long percentile(List<Long> values, int percent) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }

  private static String inWords(List<Long> values) {
    return "p50 " + percentile(values, 50) + " ms, p99 " + percentile(values, 99) + " ms";
  }

  /** Ready pods of one Deployment, older than any alert about them. */
  private List<TestPod> fleet() throws Exception {
    return fleet(FLEET);
  }

  private List<TestPod> fleet(int replicas) throws Exception {
    kubectl(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: fleet, namespace: %s }
        spec:
          replicas: %d
          selector: { matchLabels: { app: fleet } }
          template:
            metadata: { labels: { app: fleet } }
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{ name: main, image: "registry.example.com/fleet:1" }]
        """
            .formatted(namespace, replicas),
        "create",
        "-f",
        "-");
    kubectl("", "rollout", "status", "deployment/fleet", "-n", namespace, "--timeout=120s");
    Thread.sleep(
        5_000); // an alert that is hardly younger than its pod does not prove that it is about that
    // pod
    List<TestPod> pods = pods();
    assertEquals(replicas, pods.size());
    return pods;
  }

  /** The pods of the namespace that are not being deleted. */
  private List<TestPod> pods() throws Exception {
    List<TestPod> pods = new ArrayList<>();
    for (JsonNode pod :
        JSON.readTree(kubectl("", "get", "pods", "-n", namespace, "-o", "json")).path("items")) {
      JsonNode metadata = pod.path("metadata");
      if (metadata.has("deletionTimestamp")) {
        continue;
      }
      pods.add(
          new TestPod(
              metadata.path("name").asText(),
              metadata.path("uid").asText(),
              pod.path("spec").path("nodeName").asText()));
    }
    return pods;
  }

  private String kubectl(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig"));
    command.add(kubeconfig.toString());
    command.addAll(List.of(arguments));
    Path output = folder.resolve("kubectl.json");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(0, process.waitFor(), "kubectl " + String.join(" ", arguments));
    return Files.readString(output);
  }
}
