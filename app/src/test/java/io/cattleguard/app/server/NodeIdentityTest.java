package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.fabric8.VerifiedToken;
import io.cattleguard.sensor.Sensor;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.UpBus;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sources.FalcoEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server acts on an alert only on the node that the sender's credential proves. */
final class NodeIdentityTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String RULE = "Reported by a test";
  private static final String SENSOR = "system:serviceaccount:cattleguard:cattleguard-sensor";
  private static final Map<String, VerifiedToken> TOKENS =
      Map.of(
          "of-node-a", new VerifiedToken(SENSOR, Optional.of("node-a")),
          "of-node-b", new VerifiedToken(SENSOR, Optional.of("node-b")),
          "of-a-pod", new VerifiedToken("system:serviceaccount:shop:web", Optional.of("node-a")));

  @TempDir private Path folder;
  private final long began = System.nanoTime();
  private final InstantSource clock =
      () -> TestAlerts.AT.plusSeconds(1).plusNanos(System.nanoTime() - began);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final InMemoryCluster cluster = new InMemoryCluster(clock, Duration.ZERO);
  private UpServer server;

  @BeforeEach
  void start() throws IOException {
    for (String name : List.of("web-1", "web-2", "web-3")) {
      cluster.run(pod(name, "node-a"));
    }
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, RULE);
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        new UpServer(
            new UpSettings(
                anywhere,
                anywhere,
                policy,
                folder.resolve("data"),
                Optional.of("blue"),
                Optional.empty(),
                new InputAccess(
                    Optional.of("a-shared-token-of-some-length"),
                    Set.of("cattleguard/cattleguard-sensor"))),
            Policy.read(policy),
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                Optional.empty(),
                false),
            name -> Optional.empty(),
            new UpCluster(
                "blue",
                "blue",
                cluster,
                Optional.of(token -> Optional.ofNullable(TOKENS.get(token))),
                Optional.empty()),
            StateFile.open(folder.resolve("data")),
            clock);
    server.begin();
  }

  @AfterEach
  void close() {
    server.close();
  }

  private static Pod pod(String name, String node) {
    return new Pod(
        "shop",
        name,
        "uid-of-" + name,
        Optional.of(node),
        TestAlerts.AT.minusSeconds(3_600),
        Optional.of(new Pod.Owner("Deployment", "web")),
        false,
        false,
        false,
        true,
        List.of());
  }

  private static String report(String pod, String node, Instant at) {
    return new FalcoEvent(RULE, "Critical", "T1059")
        .time(at)
        .hostname(node)
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .field("k8s.pod.uid", "uid-of-" + pod)
        .toString();
  }

  private int post(String query, Optional<String> token, String body) throws IOException {
    InetSocketAddress at = server.address();
    URI uri = URI.create("http://127.0.0.1:" + at.getPort() + "/" + query);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    token.ifPresent(one -> connection.setRequestProperty("Authorization", "Bearer " + one));
    connection.setDoOutput(true);
    try (OutputStream to = connection.getOutputStream()) {
      to.write(body.getBytes(StandardCharsets.UTF_8));
    }
    return connection.getResponseCode();
  }

  private int post(String token, String body) throws IOException {
    return post("", Optional.of(token), body);
  }

  private boolean runs(String pod) {
    return cluster.pod("shop", pod).filter(one -> one.uid().equals("uid-of-" + pod)).isPresent();
  }

  private String awaitLine(String text) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      Optional<String> line =
          out.toString(StandardCharsets.UTF_8).lines().filter(one -> one.contains(text)).findAny();
      if (line.isPresent()) {
        return line.get();
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    throw new AssertionError("no line with " + text + ":\n" + out + err);
  }

  private void awaitDeleted(String pod) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (runs(pod) && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertFalse(runs(pod), () -> "not deleted:\n" + out + err);
  }

  private String metrics() throws IOException {
    InetSocketAddress at = server.operationsAddress();
    URI uri = URI.create("http://127.0.0.1:" + at.getPort() + "/metrics");
    try (InputStream in = uri.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void promise9ANodeThatNamesAnotherNodesPodCausesNothingThereAndIsReported() throws Exception {
    assertEquals(200, post("of-node-b", report("web-1", "node-a", TestAlerts.AT)));

    String line = awaitLine("web-1");
    assertTrue(line.contains("refused"), line);
    assertTrue(line.contains("node-b"), line);
    assertTrue(runs("web-1"));
  }

  @Test
  void promise9AForgedAlertDoesNotHideTheOneOfThePodsOwnNode() throws Exception {
    assertEquals(200, post("of-node-b", report("web-1", "node-a", TestAlerts.AT)));
    awaitLine("web-1");

    Instant later = TestAlerts.AT.plusMillis(700);
    assertEquals(200, post("of-node-a", report("web-1", "node-a", later)));

    awaitDeleted("web-1");
  }

  @Test
  void promise9ThePayloadsNodeIsOfNoConsequenceIfTheCredentialProvesThePodsNode() throws Exception {
    assertEquals(200, post("of-node-a", report("web-1", "elsewhere", TestAlerts.AT)));

    awaitDeleted("web-1");
  }

  @Test
  void promise9ASensorsEntryIsOfTheSendersNodeToo() throws Exception {
    RuntimeAlerts packed =
        new RuntimeAlerts(
            "id",
            "blue",
            TestAlerts.AT,
            0,
            List.of(
                new RuntimeAlerts.Sensed(
                    report("web-1", "node-a", TestAlerts.AT), 3, TestAlerts.AT, TestAlerts.AT)));
    String entry = RuntimeAlerts.sentAt(packed.write().toString(), clock.instant());
    assertEquals(200, post("of-node-b", entry));

    String line = awaitLine("web-1");
    assertTrue(line.contains("refused"), line);
    assertTrue(runs("web-1"));
    assertEquals(200, post("of-node-a", entry.replace("web-1", "web-2")));
    awaitDeleted("web-2");
  }

  @Test
  void anAlertOfANodeWhoseClockIsTenMinutesSlowOrThreeFastActsAndAnOldOneDoesNot()
      throws Exception {
    assertEquals(200, post("of-node-a", sent("web-1", Duration.ofMinutes(-11), Duration.ZERO)));
    awaitDeleted("web-1");
    assertEquals(200, post("of-node-a", sent("web-2", Duration.ofMinutes(3), Duration.ZERO)));
    awaitDeleted("web-2");

    Duration old = Duration.ofMinutes(12);
    assertEquals(200, post("of-node-a", sent("web-3", Duration.ofMinutes(3), old)));
    assertTrue(awaitLine("web-3").contains("12 min old"), out.toString(StandardCharsets.UTF_8));
    assertTrue(runs("web-3"));
  }

  @Test
  void anAlertThatFalcoPostsToTheSensorOfItsNodeActsThereAndNowhereElse() throws Exception {
    try (Sensor own = sensor("node-a");
        Sensor elsewhere = sensor("node-b")) {
      assertEquals(200, falco(elsewhere, report("web-1", "node-a", TestAlerts.AT)));
      assertTrue(awaitLine("web-1").contains("refused"));
      assertEquals(200, falco(own, report("web-2", "node-a", TestAlerts.AT)));
      awaitDeleted("web-2");
    }
    assertTrue(runs("web-1"));
  }

  private Sensor sensor(String node) throws IOException {
    Path token = folder.resolve("token-" + node);
    Files.writeString(token, "of-" + node);
    SensorSettings settings =
        SensorCommand.settings(
            "--cluster",
            "blue",
            "--listen",
            "127.0.0.1:0",
            "--operations-listen",
            "127.0.0.1:0",
            "--spool",
            folder.resolve("spool-" + node).toString());
    URI up = URI.create("http://127.0.0.1:" + server.address().getPort() + "/");
    return Sensor.start(
        settings,
        new UpBus(up, token),
        new SensorLog(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), clock),
        clock);
  }

  private static int falco(Sensor sensor, String event) throws IOException {
    try (FalcoConnection falco = FalcoConnection.open(sensor.address(), PATIENCE)) {
      return falco.post(event.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** An entry of a node whose clock is wrong, with an alert that waited on the node. */
  private String sent(String pod, Duration ahead, Duration waited) {
    Instant sentAt = clock.instant().plus(ahead);
    Instant observedAt = sentAt.minus(waited);
    RuntimeAlerts packed =
        new RuntimeAlerts(
            "id",
            "blue",
            sentAt,
            0,
            List.of(
                new RuntimeAlerts.Sensed(
                    report(pod, "node-a", observedAt), 1, observedAt, observedAt)));
    return RuntimeAlerts.sentAt(packed.write().toString(), sentAt);
  }

  @Test
  void clientsWithoutARightCredentialAreAnsweredWith401AndCountedAndCauseNothing()
      throws Exception {
    String report = report("web-1", "node-a", TestAlerts.AT);
    assertEquals(401, post("", Optional.empty(), report));
    assertEquals(401, post("?token=wrong", Optional.empty(), report));
    assertEquals(401, post("of-a-pod", report));
    assertEquals(401, post("a-shared-token-of-some-lengtH", report));

    assertTrue(
        metrics().contains("cattleguard_sensor_rejected_total{reason=\"unauthorized\"} 4.0"),
        metrics());
    assertEquals(
        1,
        err.toString(StandardCharsets.UTF_8).lines().count(),
        err.toString(StandardCharsets.UTF_8));
    assertTrue(runs("web-1"));
  }

  @Test
  void aSharedTokenInTheQueryIsForFalcoWhichCannotSendAHeader() throws Exception {
    String report = report("web-1", "node-a", TestAlerts.AT);
    assertEquals(200, post("?token=a-shared-token-of-some-length", Optional.empty(), report));

    awaitDeleted("web-1");
  }
}
