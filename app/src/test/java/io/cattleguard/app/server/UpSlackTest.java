package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.slack.FakeSocketMode;
import io.cattleguard.app.slack.SlackAccess;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.app.wire.MockCluster;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.operate.TestSlack;
import io.cattleguard.reviewed.ModelText;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sources.FalcoEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests commands from Slack to a server that has no public address. */
@Timeout(180)
final class UpSlackTest {
  private static final String ANNA = "U0EXAMPLE";
  private static final int GIVEN = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern CONTAINMENT = Pattern.compile("isolate-pod/[0-9a-f-]{36}");
  private static final Pattern FINGERPRINT = Pattern.compile("fingerprint `([0-9a-f]{32})`");

  @TempDir private Path folder;
  private final FakeSocketMode way = new FakeSocketMode();
  private final FakeSlack channel = new FakeSlack();
  private final Map<String, String> secrets = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final SlackPeople anna = new SlackPeople(ANNA, way, channel);
  private Path policy = folder;

  @BeforeEach
  void policy() throws IOException {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "Reported by a test");
    Path playbook = policy.resolve("playbooks/reported.yaml");
    Policies.replace(playbook, "mode: enforce", "mode: approve");
    Files.writeString(
        policy.resolve("playbooks/isolated.yaml"),
        Files.readString(playbook)
            .replace("name: reported", "name: isolated")
            .replace("Reported by a test", "Isolated by a test")
            .replace("mode: approve", "mode: enforce")
            .replace("delete-pod: { grace: 1s }", "isolate-pod: { lease: 1h }"));
    Files.writeString(
        policy.resolve("settings.yaml"),
        """
        operators: { approve: ["slack:%1$s"], undo: ["slack:%1$s"], silence: ["slack:%1$s"], stop: ["slack:%1$s"] }
        """
            .formatted(ANNA),
        StandardOpenOption.APPEND);
    String name = "channel-from: CATTLEGUARD_SLACK_CHANNEL";
    Policies.replace(
        policy.resolve("routes.yaml"),
        name,
        name + "\n    buttons: true\n    api: " + channel.address() + "/api");
    secrets.put("CATTLEGUARD_SLACK_TOKEN", FakeSlack.TOKEN);
    secrets.put("CATTLEGUARD_SLACK_CHANNEL", FakeSlack.CHANNEL);
    secrets.put(SlackAccess.TOKEN, FakeSocketMode.TOKEN);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    way.end();
    channel.close();
    assertEquals(List.of(), way.violations());
    assertEquals(List.of(), channel.violations());
    for (String secret : List.of(FakeSocketMode.TOKEN, FakeSlack.TOKEN, "secret-", "ticket")) {
      assertFalse(printed().contains(secret), secret);
    }
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  private UpServer start(Optional<Path> kubeconfig) {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    UpServer server =
        UpServer.start(
            new UpSettings(
                    anywhere,
                    anywhere,
                    policy,
                    folder.resolve("data"),
                    Optional.of("blue"),
                    kubeconfig)
                .commandedFrom(SlackAccess.of(URI.create(way.api()), Set.of())),
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                Optional.empty(),
                false),
            name -> Optional.ofNullable(secrets.get(name)),
            Clock.systemUTC(),
            ignored -> {});
    open.add(server);
    return server;
  }

  private static void await(BooleanSupplier condition, String otherwise) {
    FakeSocketMode.await(condition, otherwise);
  }

  /** The reply that the user sees after typing a command. */
  private String type(String text) {
    JsonNode payload = anna.type(text);
    if (payload.has("blocks")) {
      ObjectNode message = payload.deepCopy();
      message.remove(List.of("response_type", "replace_original"));
      assertEquals(List.of(), FakeSlack.SlackRules.objections(message), text);
    }
    return payload.path("text").asText() + " " + payload.path("blocks");
  }

  private void awaitAnswer(String question, String part) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    String answer = type(question);
    while (!answer.contains(part)) {
      assertTrue(System.nanoTime() < until, question + " says " + answer + printed());
      answer = type(question);
    }
  }

  private static void post(UpServer server, String rule, String pod) throws IOException {
    String alert =
        new FalcoEvent(rule, "Critical")
            .time(Instant.now())
            .field("k8s.ns.name", "shop")
            .field("k8s.pod.name", pod)
            .field("container.id", "4d3e2f1a0b9c")
            .process("sh", "/bin/sh", "sh", "java")
            .toString();
    try (FalcoConnection falco = FalcoConnection.open(server.address(), PATIENCE)) {
      assertEquals(200, falco.post(alert.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertTrue(matcher.find(), text);
    return matcher.groupCount() == 0 ? matcher.group() : matcher.group(1);
  }

  @Test
  void aPersonApprovesExtendsUndoesSilencesStopsAndResumesFromSlack() throws Exception {
    try (MockCluster cluster = new MockCluster()) {
      cluster.run(4);
      UpServer server = start(Optional.of(cluster.kubeconfig(folder.resolve("kubeconfig"))));
      post(server, "Reported by a test", "web-1-1");
      String rejected = anna.press("reject", "");
      await(() -> anna.isTold("rejected by anna"), "not rejected " + channel.messages());
      post(server, "Reported by a test", "web-1-2");
      anna.press("approve", rejected);
      await(() -> anna.isTold("approved by anna"), "not approved " + channel.messages());
      assertEquals(List.of("web-1-2"), cluster.deleted());

      String incidents = type("incidents");
      assertTrue(incidents.contains("shop") && incidents.contains("Reported by a test"), incidents);
      String incident = found(Pattern.compile("id `([0-9a-f]{32})`"), incidents);
      awaitAnswer("incident " + incident.substring(0, 8), "approved by anna");
      String all = type("incident " + incident.substring(0, 8));
      assertTrue(all.contains("delete-pod") && all.contains("rejected by anna"), all);

      post(server, "Isolated by a test", "web-1-3");
      awaitAnswer("contained", "isolate-pod/");
      String id = found(CONTAINMENT, type("contained"));
      Instant later = Instant.now().plus(Duration.ofHours(4));
      assertTrue(type("extend " + id + " 4h still looking").contains("Extend is on its way"));
      awaitAnswer("contained", "until " + later.toString().substring(0, 14));
      assertTrue(type("undo " + id + " not an attack").contains("Undo is on its way"));
      await(
          () -> {
            String now = type("contained");
            return now.contains("undo requested by anna") || now.contains("Nothing is contained");
          },
          "not undone");

      String fingerprint = found(FINGERPRINT, all);
      assertTrue(type("silence " + fingerprint + " 2d known noise").contains("on its way"));
      awaitAnswer("silences", "known noise");
      String silence = found(Pattern.compile("`([0-9a-f]{8})`"), type("silences"));
      type("unsilence " + silence + " it is over");
      awaitAnswer("silences", "Silence that has ended");

      type("stop something is odd");
      awaitAnswer("contained", "kill switch is on");
      assertTrue(type("contained").contains("anna (slack:" + ANNA + "): something is odd"));
      await(() -> anna.isTold("something is odd"), "nobody is told of the stop");
      anna.press("resume", "");
      await(() -> !type("contained").contains("kill switch"), "not resumed");
      assertTrue(printed().contains("operator      slack:" + ANNA + " {"), printed());
      Shell.Result doctor = new Shell().run("doctor", "--up", operations(server));
      assertFalse(doctor.out().contains("Slack"), doctor::toString);
    }
  }

  @Test
  void aPersonAsksForThePatchOfADeviationAndThePolicyStaysAsItIs() throws Exception {
    Workload web = new Workload("blue", "shop", "Deployment", "web", "nginx");
    Path models = Files.createDirectories(policy.resolve("models"));
    String model =
        ModelText.of(
            new Model(
                web,
                Mode.OBSERVING,
                "",
                TestAlerts.AT,
                TestAlerts.AT,
                TestAlerts.AT,
                List.of("web-0"),
                List.of("0a"),
                new TreeMap<>(),
                EnumSet.allOf(Entry.Kind.class),
                Map.of()));
    Path file = Files.writeString(models.resolve(ModelText.fileName(web)), model);
    start(Optional.empty());

    String answer = type("accept '" + web + "' 'listener:tcp/9090'");
    assertTrue(answer.contains("git apply --directory=policy &lt;&lt;'PATCH'"), answer);
    assertTrue(answer.contains("+  - { protocol: tcp, port: 9090, count: 0"), answer);
    String without = type("accept blue/shop/Deployment/db/pg listener:tcp/1");
    assertTrue(without.contains("has no model"), without);
    assertEquals(model, Files.readString(file));
  }

  private static String operations(UpServer server) {
    InetSocketAddress at = server.operationsAddress();
    return "http://" + at.getHostString() + ":" + at.getPort();
  }

  @Test
  void aStrangersCommandDoesNothingAndTheChannelIsTold() throws Exception {
    start(Optional.empty());

    JsonNode answer =
        way.await(way.type(TestSlack.typedJson("U0OTHER", "stop it"))).path("payload");

    assertTrue(answer.path("text").asText().contains("may not stop"), answer::toString);
    await(() -> anna.isTold("Stop was IGNORED"), "nobody is told " + channel.messages());
    assertTrue(anna.isTold("slack:U0OTHER"));
    assertTrue(type("contained").contains("Nothing is contained"));
  }

  @Test
  void messagesHaveButtonsOnlyIfTheyLeadSomewhere() throws Exception {
    secrets.remove(SlackAccess.TOKEN);
    UpServer server = start(Optional.empty());
    post(server, "Reported by a test", "web-1-1");

    await(() -> !channel.topLevel().isEmpty(), "nobody is told");
    assertEquals(Optional.empty(), anna.button(""));
    assertTrue(printed().contains("CATTLEGUARD_SLACK_APP_TOKEN is not set"), printed());
    assertEquals(0, way.requests());
  }

  @Test
  void theServerIsReadyAlsoWhileSlackIsAwayAndSaysWhatToDo() throws Exception {
    secrets.put(SlackAccess.TOKEN, "xapp-revoked");
    UpServer server = start(Optional.empty());
    await(() -> printed().contains("invalid_auth"), "nothing is said");

    Shell.Result doctor = new Shell().run("doctor", "--up", operations(server));

    assertTrue(
        doctor.out().contains("set a valid app-level token of the Slack app"), doctor::toString);
    HttpUrl ready = new HttpUrl(operations(server) + "/readyz");
    assertEquals(200, ready.status());
    assertTrue(
        new HttpUrl(operations(server) + "/metrics")
            .text()
            .contains("cattleguard_slack_connected 0.0"));
  }

  private record HttpUrl(String address) {
    int status() throws IOException {
      return ((java.net.HttpURLConnection) URI.create(address).toURL().openConnection())
          .getResponseCode();
    }

    String text() throws IOException {
      try (java.io.InputStream in = URI.create(address).toURL().openStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  /**
   * An acknowledged command is carried out even if the server is killed right afterwards; Slack
   * delivers other commands again. No command is carried out twice.
   */
  @Test
  @TakesLong
  void promise1WhatIsAcknowledgedToSlackIsCarriedOutOnceAlsoIfTheServerIsKilled() throws Exception {
    Path data = folder.resolve("killed");
    try (UpProcess up =
        new UpProcess(
            Optional.empty(),
            policy,
            data,
            Map.of(SlackAccess.TOKEN, FakeSocketMode.TOKEN, "CATTLEGUARD_SLACK_API", way.api()))) {
      up.start();
      await(() -> way.greetings() >= 1, "not connected");
      for (int i = 1; i <= GIVEN; i++) {
        way.type(
            TestSlack.typedJson(ANNA, "silence %032x 2d number-%03d".formatted(i, i))
                .put("trigger_id", "3.3." + i));
      }
      awaitAcknowledged(5);
      up.kill();
      up.start();
      awaitAcknowledged(GIVEN);

      Shell.Result silences = awaitSilences(data);
      for (int i = 1; i <= GIVEN; i++) {
        String why = "number-%03d".formatted(i);
        assertEquals(1, silences.out().split(why, -1).length - 1, why + " in " + silences.out());
      }
    }
  }

  /** The server leaves out what has waited for three seconds, because Slack delivers it again. */
  private void awaitAcknowledged(int number) {
    long[] next = {System.nanoTime() + Duration.ofSeconds(3).toNanos()};
    await(
        () -> {
          if (System.nanoTime() - next[0] > 0) {
            next[0] = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            way.deliverUnacknowledged();
          }
          return way.acknowledged().size() >= number;
        },
        "only " + way.acknowledged().size() + " are acknowledged");
  }

  private static Shell.Result awaitSilences(Path data) {
    Shell.Result[] last = new Shell.Result[1];
    await(
        () -> {
          last[0] = new Shell().run("silences", "--data", data.toString());
          return last[0].out().lines().filter(line -> line.contains("number-")).count() >= GIVEN;
        },
        "not all are carried out");
    return last[0];
  }
}
