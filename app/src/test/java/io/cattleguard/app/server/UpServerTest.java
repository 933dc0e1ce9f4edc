package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.operate.ContainmentsCommand;
import io.cattleguard.app.operate.KillSwitchCommand;
import io.cattleguard.app.operate.SilenceCommand;
import io.cattleguard.app.operate.UndoCommand;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.app.wire.Relay;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.Exposition;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.FalcoEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Tests the server over HTTP and by its standard output. */
final class UpServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ESCAPE = "\u001b[2J\u001b[31m";

  @TempDir private Path folder;
  private final long began = System.nanoTime();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path policy = Policies.defaultPolicy();
  private final Map<String, String> secrets = new HashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private Optional<Path> tetragonFile = Optional.empty();

  private UpServer start() {
    return start("blue");
  }

  private UpServer start(String cluster) {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    UpServer server =
        UpServer.start(
            new UpSettings(
                anywhere,
                anywhere,
                policy,
                folder.resolve("data"),
                Optional.of(cluster),
                Optional.empty(),
                InputAccess.DEFAULT,
                tetragonFile),
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                Optional.empty(),
                false),
            name -> Optional.ofNullable(secrets.get(name)),
            () -> TestAlerts.AT.plusSeconds(1).plusNanos(System.nanoTime() - began),
            policy -> {});
    open.add(server);
    return server;
  }

  private static String moduleLoad(String pod) {
    return """
    {"process_kprobe":{"process":{"binary":"/sbin/insmod","arguments":"x.ko","uid":0,\
    "pod":{"namespace":"shop","name":"%s","container":{"id":"containerd://3f1c","name":"web"}}},\
    "function_name":"do_init_module","policy_name":"modules"},"node_name":"node-a","time":"%s"}
    """
        .formatted(pod, TestAlerts.AT);
  }

  @Test
  void theExportOfTetragonIsFollowedBehindWhatWasReadBefore() throws Exception {
    Path export = folder.resolve("tetragon.log");
    Files.writeString(export, moduleLoad("web-1"));
    tetragonFile = Optional.of(export);
    UpServer server = start();
    assertTrue(awaitIncidents(1).getFirst().contains("modules"), out::toString);
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("following     " + export));
    stop(server);

    Files.writeString(export, moduleLoad("api-1"), StandardOpenOption.APPEND);
    start();
    assertTrue(awaitIncidents(2).getLast().contains("api"), out::toString);
  }

  private void stop(UpServer server) {
    open.remove(server);
    server.close();
  }

  private static String shell(String pod) {
    return shell(pod, TestAlerts.AT);
  }

  private static String shell(String pod, Instant at) {
    return new FalcoEvent("Terminal shell in container", "Critical", "T1059", "container", "shell")
        .time(at)
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .field("container.id", "4d3e2f1a0b9c")
        .process("sh", "/bin/sh", "sh -c id", "java")
        .toString();
  }

  /** An alert that a playbook of the default policy matches. */
  private static String escape(String pod) {
    return new FalcoEvent("Escape to the node", "Critical", "T1611", "mitre_privilege_escalation")
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .process("nsenter", "/usr/bin/nsenter", "nsenter -t 1", "sh")
        .toString();
  }

  private static int post(UpServer server, String body) throws IOException {
    try (FalcoConnection falco = FalcoConnection.open(server.address(), PATIENCE)) {
      return falco.post(body.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The lines of incidents, without the lines printed at the start. */
  private List<String> incidents() {
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(TestAlerts.AT.toString().substring(0, 4)))
        .toList();
  }

  private List<String> awaitIncidents(int count) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (incidents().size() < count && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertEquals(count, incidents().size(), () -> out + "\n" + err);
    return incidents();
  }

  private static String get(UpServer server, String path) throws IOException {
    InetSocketAddress at = server.operationsAddress();
    URI uri = URI.create("http://" + at.getAddress().getHostAddress() + ":" + at.getPort() + path);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    assertEquals(200, connection.getResponseCode(), path);
    try (var in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static double metric(UpServer server, String name) throws IOException {
    return get(server, "/metrics")
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  @Test
  void anAlertIsOneLineWithTheObservedActionAndHowToEnforceIt() throws Exception {
    UpServer server = start();
    assertEquals(200, post(server, escape("web-1")));
    String line = awaitIncidents(1).get(0);
    assertTrue(line.contains("opened"), line);
    assertTrue(line.contains("shop/web-1"), line);
    assertTrue(line.contains("Escape to the node"), line);
    assertTrue(line.contains("observe mode: "), line);
    assertTrue(line.contains("mode: enforce"), line);
  }

  private int operate(Object command, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
    arguments.addAll(List.of(more));
    return new CommandLine(command).execute(arguments.toArray(String[]::new));
  }

  private Surroundings terminal(ByteArrayOutputStream printed) {
    PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Surroundings(
        new ByteArrayInputStream(new byte[0]),
        stream,
        stream,
        Optional.of(ContractFiles.root()),
        Optional.empty(),
        false);
  }

  @Test
  void promise14PeopleStopARunningServerAndItStaysStoppedAfterARestart() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    UpServer first = start();
    assertEquals(
        0,
        operate(
            new KillSwitchCommand.Stop(terminal(printed)), "--by", "ann", "--reason", "a test"));
    assertTrue(printed.toString(StandardCharsets.UTF_8).startsWith("The kill switch is on"));
    awaitPrinted("\"by\":\"ann\",\"reason\":\"a test\"");
    stop(first);
    printed.reset();
    assertEquals(1, operate(new ContainmentsCommand(terminal(printed))));
    assertTrue(
        printed.toString(StandardCharsets.UTF_8).startsWith("no cattleguard up uses --data"),
        printed::toString);

    UpServer second = start();
    printed.reset();
    assertEquals(0, operate(new ContainmentsCommand(terminal(printed))));
    assertTrue(
        printed.toString(StandardCharsets.UTF_8).contains(", by ann: a test\n"), printed::toString);
    assertEquals(200, post(second, escape("web-1")));
    String line = awaitIncidents(1).getFirst();
    assertTrue(line.contains("kill switch"), line);

    assertEquals(
        0, operate(new KillSwitchCommand.Resume(terminal(printed)), "--reason", "it is over"));
    printed.reset();
    assertEquals(0, operate(new ContainmentsCommand(terminal(printed))));
    assertEquals("Nothing is contained.\n", printed.toString(StandardCharsets.UTF_8));
  }

  @Test
  void promise3PeopleSilenceARunningServerAndItsPlaybooksStillAnswer() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    UpServer server = start();
    assertEquals(200, post(server, escape("web-1")));
    awaitIncidents(1);
    String match = "{\"alert\":{\"target\":{\"namespace\":[\"shop\"]}}}";

    assertEquals(
        0,
        operate(
            new SilenceCommand(terminal(printed)),
            "--match",
            match,
            "--until",
            TestAlerts.AT.plus(Duration.ofDays(1)).toString(),
            "--up-to",
            "critical",
            "--reason",
            "load test"),
        printed::toString);

    assertTrue(
        printed.toString(StandardCharsets.UTF_8).contains("It hides 1 of 1 recent problems."),
        printed::toString);
    assertEquals(200, post(server, escape("api-1")));
    String line = awaitIncidents(2).getLast();
    assertTrue(line.contains("; people are not notified: silence "), line);
    assertTrue(line.contains(" observe mode: "), line);
    assertEquals(1, metric(server, "cattleguard_silenced_total"));
    assertEquals(0, metric(server, "cattleguard_events_unbalanced"));
  }

  @Test
  void aChangedPolicyIsUsedOnceItIsValid() throws Exception {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    UpServer server = start();
    Path playbook = policy.resolve("playbooks/container-escape.yaml");
    String before = Files.readString(playbook);

    Files.writeString(playbook, before.replace("mode: observe", "mode: oberve"));
    awaitComplaint("the changed policy is not used, the previous one stays in force; changed:");
    assertEquals(1, metric(server, "cattleguard_policy_invalid"));
    assertEquals(200, post(server, escape("web-1")));
    assertTrue(awaitIncidents(1).getFirst().contains("observe mode: "), out::toString);

    Path other = policy.resolve("playbooks/reverse-shell.yaml");
    String valid = Files.readString(other);
    Files.writeString(other, valid.replace("mode: observe", "mode: oberve"));
    awaitComplaint(": 2 errors");
    awaitComplaint("cattleguard: playbooks/reverse-shell.yaml:");
    assertFalse(err.toString(StandardCharsets.UTF_8).contains("\\n"), err::toString);

    Files.writeString(other, valid);
    Files.delete(playbook);
    Files.writeString(policy.resolve("settings.yaml"), "hourly-caps: { cluster: 21 }\n");
    awaitPrinted(
        "policy        reloaded, changed: playbooks/container-escape.yaml,"
            + " playbooks/reverse-shell.yaml, settings.yaml");
    assertEquals(0, metric(server, "cattleguard_policy_invalid"));
    assertEquals(1, metric(server, "cattleguard_policy_reloads_total"));
    assertEquals(200, post(server, escape("api-1")));
    assertTrue(awaitIncidents(2).getLast().contains("no playbook matches"), out::toString);
  }

  private static String wazuh(String agent) {
    return """
    {"timestamp":"2026-03-02T09:15:00.000+0000","rule":{"level":13,"description":"Rootkit on %s",\
    "id":"510"},"agent":{"id":"003","name":"%s"},"manager":{"name":"m"},"id":"1.2","location":"rootcheck"}
    """
        .formatted(agent, agent);
  }

  @Test
  void thePortReadsASourceThatThePolicyMapsBeforeAndAfterAReload() throws Exception {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Path mapping = policy.resolve("sources/wazuh.yaml");
    String mapped = Files.readString(mapping);
    UpServer server = start();

    assertEquals(200, post(server, wazuh("bastion-1")));
    assertTrue(awaitIncidents(1).getFirst().contains("Rootkit on bastion-1"), out::toString);

    Files.delete(mapping);
    awaitPrinted("policy        reloaded, changed: sources/wazuh.yaml");
    assertEquals(400, post(server, wazuh("bastion-2")));

    Files.writeString(mapping, mapped);
    await(() -> metric(server, "cattleguard_policy_reloads_total") == 2);
    assertEquals(200, post(server, wazuh("bastion-3")));
    awaitPrinted("Rootkit on bastion-3");
  }

  @Test
  void promise1MessagesOfADestinationThatAReloadRenamesAreKeptAndReported() throws Exception {
    HttpServer splunk =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    open.add(() -> splunk.stop(0));
    AtomicInteger refused = new AtomicInteger();
    splunk.createContext(
        "/",
        exchange -> {
          refused.incrementAndGet();
          exchange.getResponseHeaders().set("Retry-After", "1");
          exchange.sendResponseHeaders(503, -1);
          exchange.close();
        });
    splunk.start();
    secrets.put("CATTLEGUARD_SPLUNK_URL", "http://127.0.0.1:" + splunk.getAddress().getPort());
    secrets.put("CATTLEGUARD_SPLUNK_TOKEN", "token-of-a-test");
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    UpServer server = start();
    assertEquals(200, post(server, shell("web-1")));
    String skipped = "cattleguard_deliveries_total{outcome=\"skipped\"}";
    await(() -> refused.get() > 0 && metric(server, skipped) >= 1); // Slack is not configured
    double before = metric(server, skipped);

    Path routes = policy.resolve("routes.yaml");
    Files.writeString(routes, Files.readString(routes).replaceAll("\\bsiem\\b", "splunk"));
    awaitPrinted("policy        reloaded, changed: routes.yaml");

    awaitComplaint("destination siem accepts no message: not configured: routes.yaml has no");
    assertEquals(1, metric(server, "cattleguard_destination_blocked{destination=\"siem\"}"));
    await(() -> metric(server, skipped) > before); // its worker has retried
    assertEquals(1, metric(server, "cattleguard_queue_entries{queue=\"destination/siem\"}"));
    assertTrue(get(server, "/readyz").contains("destination siem accepts no message"));
  }

  private void awaitComplaint(String text) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!err.toString(StandardCharsets.UTF_8).contains(text) && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertTrue(err.toString(StandardCharsets.UTF_8).contains(text), err::toString);
  }

  @Test
  void onlyTheUserOfTheServerReachesTheSocketOfOperators() throws Exception {
    UpServer unused = start();

    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(folder.resolve("data").resolve("operate"))));
  }

  @Test
  void whatPrometheusReadsFollowsItsFormatAndHoldsNoTextOfAnEvent() throws Exception {
    UpServer server = start();
    Exposition before = Exposition.read(get(server, "/metrics"));
    assertEquals(200, post(server, escape("evil\"} 1\nforged_total 9")));
    awaitIncidents(1);
    Exposition after = Exposition.read(get(server, "/metrics"));

    List<String> missing =
        before.samples().keySet().stream()
            .filter(one -> one.startsWith("cattleguard_destination_not_configured{"))
            .map(one -> one.replaceAll("^[^\"]*\"([a-z-]+): .*\",people=\"([a-z]+)\"}$", "$1 $2"))
            .toList();
    assertTrue(missing.containsAll(List.of("security-channel yes", "siem no")), missing::toString);
    assertEquals(before.types(), after.types());
    assertTrue(after.samples().keySet().containsAll(before.samples().keySet()));
    // A queue appears when it is first used; its name is a step's or a destination's.
    for (String series : after.samples().keySet()) {
      assertTrue(
          before.samples().containsKey(series)
              || series.matches("cattleguard_queue_entries\\{queue=\"[a-z-]+(/[a-z-]+)?\"}"),
          series);
    }
    assertEquals(
        List.of(
            "cattleguard_canary_age_seconds",
            "cattleguard_canary_missing",
            "cattleguard_canary_passed_total",
            "cattleguard_caps_reached_total",
            "cattleguard_circuit_breaker_open",
            "cattleguard_decisions_total",
            "cattleguard_deliveries_total",
            "cattleguard_destination_blocked",
            "cattleguard_destination_not_configured",
            "cattleguard_destinations_for_people",
            "cattleguard_digest_age_seconds",
            "cattleguard_digests_waiting",
            "cattleguard_events_total",
            "cattleguard_events_unbalanced",
            "cattleguard_failed_undos",
            "cattleguard_incidents",
            "cattleguard_info",
            "cattleguard_live_containments",
            "cattleguard_oldest_failed_undo_seconds",
            "cattleguard_parked_entries",
            "cattleguard_policy_invalid",
            "cattleguard_policy_reloads_total",
            "cattleguard_queue_entries",
            "cattleguard_received_total",
            "cattleguard_record_failures_total",
            "cattleguard_record_ignored_total",
            "cattleguard_recorded_total",
            "cattleguard_responses_total",
            "cattleguard_scored_total",
            "cattleguard_silenced_total",
            "cattleguard_spool_alerts",
            "cattleguard_spool_lost_total",
            "cattleguard_state_lost_total",
            "cattleguard_time_to_contain_seconds",
            "cattleguard_worker_failures_total",
            "process_cpu_seconds_total",
            "process_max_fds",
            "process_open_fds",
            "process_resident_memory_bytes",
            "process_start_time_seconds"),
        after.types().keySet().stream()
            .filter(name -> !name.startsWith("cattleguard_sensor_"))
            .sorted()
            .toList());
    for (String file : List.of("files/dashboard.json", "templates/prometheusrule.yaml")) {
      Set<String> used =
          Pattern.compile("cattleguard_(?!sensor)[a-z_]+")
              .matcher(Files.readString(Path.of("../sensor/chart").resolve(file)))
              .results()
              .map(found -> found.group().replaceFirst("_(bucket|sum|count)$", ""))
              .collect(Collectors.toSet());
      assertTrue(used.size() > 4, file);
      used.removeAll(after.types().keySet());
      assertEquals(Set.of(), used, file);
    }
    assertEquals(1.0, after.samples().get("cattleguard_received_total"));
    assertEquals(1.0, after.samples().get("cattleguard_events_total{column=\"opened\"}"));
    assertEquals(0.0, after.samples().get("cattleguard_deliveries_total{outcome=\"try-again\"}"));
  }

  @Test
  void aRepeatIsNoSecondLineAndANewPodIsOne() throws Exception {
    UpServer server = start();
    String later = shell("web-1", TestAlerts.AT.plusMillis(200));
    assertEquals(200, post(server, "[" + shell("web-1") + "," + later + "]"));
    awaitIncidents(1);
    assertEquals(200, post(server, shell("web-1")), "a copy");
    assertEquals(200, post(server, shell("web-1", TestAlerts.AT.plusMillis(400))));
    assertEquals(200, post(server, shell("web-2")));
    assertTrue(awaitIncidents(2).get(1).contains("spread"));
  }

  @Test
  void aServerStartsWithADamagedStateReportsTheLossAndProcessesAlerts() throws Exception {
    UpServer first = start();
    for (int i = 0; i < 30; i++) {
      assertEquals(200, post(first, shell("db-" + i)));
    }
    await(() -> incidents().size() == 30);
    stop(first);
    Path state = folder.resolve("data/state.db");
    byte[] half = Files.readAllBytes(state);
    Files.write(state, Arrays.copyOf(half, half.length / 2 / 4_096 * 4_096));

    UpServer second = start();
    assertEquals(200, post(second, shell("web-1")));
    await(() -> incidents().stream().anyMatch(line -> line.contains("web-1")));
    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("the state was damaged"), said);
    assertTrue(Files.exists(folder.resolve("data/state.db.broken")));
    stop(second);

    Files.write(state, new byte[0]);
    UpServer third = start();
    assertEquals(200, post(third, shell("web-2")));
    await(() -> incidents().stream().anyMatch(line -> line.contains("web-2")));
    said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("rows are missing from the state: "), said);
    assertTrue(get(third, "/metrics").contains("cattleguard_state_lost_total "), "absent");
  }

  @Test
  void whatWasKnownBeforeARestartIsKnownAfterIt() throws Exception {
    UpServer first = start();
    post(first, shell("web-1"));
    awaitIncidents(1);
    stop(first);
    UpServer second = start();
    post(second, shell("web-1", TestAlerts.AT.plusMillis(200)));
    post(second, shell("web-2"));
    List<String> lines = awaitIncidents(2);
    assertTrue(lines.get(1).contains("spread"), lines.get(1));
    assertTrue(lines.get(1).contains("web-2"), lines.get(1));
  }

  @Test
  void promise1WhatWasAnsweredAndNotYetReadIsReadByTheNextServer() throws Exception {
    stop(start());
    // As after a kill: only in the spool.
    try (Spool spool =
        Spool.open(folder.resolve("data/spool"), 1 << 20, Spool.Sync.COMMIT, TestAlerts.AT)) {
      new GroupCommit(spool, shed -> {}, arrived -> {})
          .append(new Intake("blue").receive(shell("web-9"), TestAlerts.AT).observations());
    }
    start();
    assertTrue(awaitIncidents(1).get(0).contains("web-9"));
  }

  @Test
  void promise1WhatIsAnsweredJustBeforeAStopIsOneLineAfterTheRestartAndNeverTwo() throws Exception {
    UpServer first = start();
    for (int i = 0; i < 40; i++) {
      assertEquals(200, post(first, shell("web-" + i)));
    }
    stop(first);
    UpServer second = start();
    awaitIncidents(40);
    stop(second);
    UpServer third = start();
    assertEquals(200, post(third, shell("web-40")));
    List<String> lines = awaitIncidents(41);
    for (int i = 0; i < 40; i++) {
      String pod = "shop/web-" + i + " ";
      assertEquals(1, lines.stream().filter(line -> line.contains(pod)).count(), pod);
    }
    List<String> opened = lines.stream().filter(line -> line.contains("  opened ")).toList();
    assertEquals(1, opened.size(), opened.toString());
  }

  @Test
  void aBrokenEventOfABatchIsReportedAndTheOthersAreProcessed() throws Exception {
    UpServer server = start();
    String batch = "[" + shell("web-1") + ",{\"rule\": 7}," + shell("web-2") + "]";
    assertEquals(200, post(server, batch));
    List<String> lines = awaitIncidents(4);
    assertEquals(1, lines.stream().filter(line -> line.contains("  unreadable  ")).count());
    assertEquals(
        1,
        lines.stream().filter(line -> line.contains("cluster blue  Unreadable event")).count(),
        lines.toString());
    assertTrue(lines.stream().anyMatch(line -> line.contains("shop/web-1 ")), lines.toString());
    assertTrue(lines.stream().anyMatch(line -> line.contains("shop/web-2 ")), lines.toString());
    assertEquals(3, metric(server, "cattleguard_received_total"));
    assertEquals(0, metric(server, "cattleguard_events_unbalanced"));
  }

  @Test
  void invalidRequestsDoNotAffectLaterOnes() throws Exception {
    UpServer server = start();
    int pod = 0;
    for (String rubbish :
        List.of(
            "",
            " ",
            "null",
            "[]",
            "{}",
            "[".repeat(5_000),
            "{\"rule\":",
            "\"text\"",
            "0",
            "\u0000\u0001\ufffd",
            "<xml/>",
            "{\"output_fields\":" + "{\"a\":".repeat(900) + "0" + "}".repeat(901))) {
      int status = post(server, rubbish);
      assertTrue(status == 200 || status == 400, rubbish + ": " + status);
      String behind = "web-" + ++pod;
      assertEquals(200, post(server, shell(behind)));
      awaitPrinted("shop/" + behind + " ");
    }
    assertEquals(0, metric(server, "cattleguard_events_unbalanced"));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aCanaryPassesEveryStepAndSaysNothing() throws Exception {
    UpServer server = start();
    String before = out.toString(StandardCharsets.UTF_8);

    server.sendCanary();

    for (String step :
        List.of(
            "deduplicate",
            "score",
            "respond-kubernetes",
            "respond-aws",
            "route",
            "route-outcome",
            "record")) {
      await(() -> metric(server, "cattleguard_canary_passed_total{step=\"" + step + "\"}") >= 1);
    }
    assertEquals(before, out.toString(StandardCharsets.UTF_8));
    assertEquals(0, metric(server, "cattleguard_incidents"));
    assertEquals(0, metric(server, "cattleguard_responses_total{outcome=\"observed\"}"));
  }

  @Test
  void noClusterMayHaveTheCanarysName() {
    UsageError error = assertThrows(UsageError.class, () -> start("canary"));
    assertTrue(String.valueOf(error.getMessage()).contains("reserved"), error.getMessage());
  }

  private void awaitPrinted(String text) throws Exception {
    await(() -> out.toString(StandardCharsets.UTF_8).contains(text));
  }

  private void await(Callable<Boolean> condition) throws Exception {
    await(PATIENCE, condition);
  }

  private void await(Duration patience, Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + patience.toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() < until, () -> "not in time; printed:\n" + out + "\n" + err);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Test
  void unreadableEventsAreAcknowledgedReportedAndCounted() throws Exception {
    UpServer server = start();
    assertEquals(400, post(server, "{\"rule\": 7}"));
    assertEquals(200, post(server, shell("web-1")));
    List<String> lines = awaitIncidents(3);
    assertTrue(lines.stream().anyMatch(line -> line.contains("unreadable")), lines.toString());
    assertEquals(1, metric(server, "cattleguard_events_total{column=\"unreadable\"}"));
    assertEquals(1, metric(server, "cattleguard_parked_entries"));
    assertEquals(0, metric(server, "cattleguard_events_unbalanced"));
  }

  @Test
  void whatHappenedCanBeAskedForLaterAndSurvivesARestart() throws Exception {
    UpServer server = start();
    assertEquals(200, post(server, escape("web-1")));
    awaitIncidents(1);
    eventually(() -> asked("incidents", "--since", "2000-01-01", "--json").lines().count() == 1);
    stop(server);
    start();

    JsonNode summary =
        new JsonMapper().readTree(asked("incidents", "--since", "2000-01-01", "--json"));
    assertEquals("shop", summary.path("place").path("namespace").asText());
    assertEquals("open", summary.path("state").asText());
    String id = summary.path("id").asText();
    eventually(() -> asked("incident", id, "--json").contains("\"observed\""));
    String one = asked("incident", id.substring(0, 8));
    assertTrue(one.contains("observed"), one);
    assertTrue(one.contains("Escape to the node"), one);
    assertTrue(one.contains("cattleguard silence --fingerprint "), one);
    assertTrue(
        asked("report", "--since", "2000-01-01", "--markdown").contains("| incidents | 1 |"));

    asked("stop", "--reason", "wrong pods");
    String far = TestAlerts.AT.plus(Duration.ofDays(1)).toString();
    asked("silence", "--incident", id, "--until", far, "--responders-too", "--reason", "load test");
    String listed = asked("incidents", "--since", "2000-01-01");
    assertTrue(listed.contains("The kill switch is on since "), listed);
    assertTrue(listed.contains("wrong pods. No action is taken, and nothing is rel"), listed);
    assertTrue(listed.contains("Responders do not act on what silence "), listed);
    assertTrue(listed.contains("load test."), listed);
  }

  private String asked(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--data", folder.resolve("data").toString()));
    Shell.Result result = new Shell().run(line.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    return result.out();
  }

  private static void eventually(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "never happened");
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void textOfAnAttackerNeitherForgesALineNorMovesTheCursor() throws Exception {
    UpServer server = start();
    String forged = "2026-01-01T00:00:00Z  opened    score 100  shop/victim";
    String hostile =
        new FalcoEvent("A rule" + ESCAPE + "\n" + forged + "\u202e", "Critical", "T1059")
            .field("k8s.ns.name", "shop\r\n" + forged)
            .field("k8s.pod.name", "web-1\u2028" + forged + "x".repeat(100_000))
            .field("proc.cmdline", "sh\u0000\u0007" + ESCAPE)
            .toString();
    assertEquals(200, post(server, hostile));
    String line = awaitIncidents(1).get(0);
    assertTrue(line.length() < 4_000, "" + line.length());
    String all = out.toString(StandardCharsets.UTF_8);
    assertTrue(
        all.chars().allMatch(c -> c == '\n' || (c >= ' ' && c != 0x7f && !isFormat(c))), all);
    assertFalse(err.toString(StandardCharsets.UTF_8).contains(forged));
  }

  private static boolean isFormat(int c) {
    return Character.getType(c) == Character.FORMAT || Character.getType(c) == Character.CONTROL;
  }

  @Test
  void operatorsSeeHealthReadinessAndCounts() throws Exception {
    UpServer server = start();
    post(server, shell("web-1"));
    awaitIncidents(1);
    get(server, "/healthz");
    get(server, "/readyz");
    assertEquals(1, metric(server, "cattleguard_received_total"));
    assertEquals(1, metric(server, "cattleguard_scored_total"));
    assertEquals(0, metric(server, "cattleguard_spool_alerts"));
  }

  @Test
  void anUnavailableChannelGetsItsMessageLaterAndNoSecretIsPrinted() throws Exception {
    String path = "/services/" + "hook-of-a-test";
    List<String> heard = new CopyOnWriteArrayList<>();
    HttpServer slack =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    open.add(() -> slack.stop(0));
    slack.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          heard.add(body);
          boolean away = heard.size() < 2;
          exchange.getResponseHeaders().set("Retry-After", "1");
          exchange.sendResponseHeaders(away ? 503 : 200, 0);
          exchange
              .getResponseBody()
              .write("{\"text\":\"Success\",\"code\":0}".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    slack.start();
    secrets.put(
        "CATTLEGUARD_SPLUNK_URL", "http://127.0.0.1:" + slack.getAddress().getPort() + path);
    secrets.put("CATTLEGUARD_SPLUNK_TOKEN", "token-of-a-test");
    UpServer server = start();
    post(server, shell("web-1"));
    awaitIncidents(1);
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (metric(server, "cattleguard_deliveries_total{outcome=\"delivered\"}") < 1
        && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertEquals(2, heard.size());
    String printed = out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    assertFalse(printed.contains("token-of-a-test") || printed.contains(path), printed);
  }

  @Test
  void promise14PeopleInSlackAreToldOfASilenceOfRespondersAndOfACommandThatIsRefused()
      throws Exception {
    FakeSlack slack = new FakeSlack();
    open.add(slack);
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    String channel = "channel-from: CATTLEGUARD_SLACK_CHANNEL";
    Policies.replace(
        policy.resolve("routes.yaml"), channel, channel + "\n    api: " + slack.address() + "/api");
    Files.writeString(
        policy.resolve("settings.yaml"), "operators: { undo: [] }\n", StandardOpenOption.APPEND);
    secrets.put("CATTLEGUARD_SLACK_TOKEN", FakeSlack.TOKEN);
    secrets.put("CATTLEGUARD_SLACK_CHANNEL", FakeSlack.CHANNEL);
    UpServer unused = start();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    assertEquals(
        0,
        operate(
            new SilenceCommand(terminal(printed)),
            "--match",
            "{\"alert\":{\"target\":{\"namespace\":[\"shop\"]}}}",
            "--until",
            TestAlerts.AT.plus(Duration.ofDays(1)).toString(),
            "--responders-too",
            "--reason",
            "load test"),
        printed::toString);
    await(() -> slack.topLevel().size() == 1);
    String told = slack.topLevel().getFirst().arguments().toString();
    for (String part : List.of("Responders SILENCED", "load test", "unix:", "namespace", "shop")) {
      assertTrue(told.contains(part), part + " in " + told);
    }

    assertEquals(
        1,
        operate(
            new UndoCommand(terminal(printed)), "isolate-pod/uid-1", "--reason", "not an attack"));
    await(() -> slack.topLevel().size() == 2);
    String refused = slack.topLevel().getLast().arguments().toString();
    for (String part : List.of("Undo was IGNORED", "may not undo", "isolate-pod/uid-1")) {
      assertTrue(refused.contains(part), part + " in " + refused);
    }
    assertEquals(List.of(), slack.violations());
  }

  @Test
  @TakesLong
  void slackThatIsUnavailableDuringARestartGetsEachMessageOnceAndNoSecretIsPrinted()
      throws Exception {
    FakeSlack slack = new FakeSlack();
    open.add(slack);
    AtomicInteger refused = new AtomicInteger();
    // The first process has a way of its own: what it was sending when it was stopped never
    // arrives.
    Relay away =
        new Relay(
            slack.address(),
            (request, service) -> {
              refused.incrementAndGet();
              return Optional.of(new Relay.Answer(503, Map.of("retry-after", "1"), ""));
            });
    open.add(away);
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Path routes = policy.resolve("routes.yaml");
    String channel = "channel-from: CATTLEGUARD_SLACK_CHANNEL";
    Policies.replace(routes, channel, channel + "\n    api: " + away.address() + "/api");
    Policies.replace(
        routes, "to: [security-channel]", "to: [security-channel, developers-channel]");
    secrets.put("CATTLEGUARD_SLACK_TOKEN", FakeSlack.TOKEN);
    secrets.put("CATTLEGUARD_SLACK_CHANNEL", FakeSlack.CHANNEL);
    secrets.put("CATTLEGUARD_DEVELOPERS_WEBHOOK", away.address() + FakeSlack.WEBHOOK_PATH);

    UpServer first = start();
    assertEquals(200, post(first, escape("web-1")));
    awaitIncidents(1);
    await(() -> refused.get() > 1);
    stop(first);
    Policies.replace(routes, away.address().toString(), slack.address().toString());
    secrets.put("CATTLEGUARD_DEVELOPERS_WEBHOOK", slack.address() + FakeSlack.WEBHOOK_PATH);
    UpServer second = start();
    // A message that the first process was sending when it was stopped stays claimed for 30 s.
    await(PATIENCE.plusSeconds(30), () -> slack.messages().size() == 6);
    // Stopping waits for the messages that the second process is sending. Its counts are not
    // compared, because the first process may have delivered some of the messages.
    stop(second);

    assertEquals(List.of(), slack.violations());
    assertEquals(6, slack.messages().size(), () -> "each message once: " + slack.messages());
    List<FakeSlack.Posted> byTheBot =
        slack.topLevel().stream().filter(one -> one.arguments().has("channel")).toList();
    assertEquals(1, byTheBot.size(), "one message a problem");
    assertTrue(byTheBot.get(0).arguments().toString().contains("shop/web-1"));
    assertEquals(2, slack.thread(byTheBot.get(0)).size(), "the outcomes are in its thread");
    String printed = out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    assertFalse(printed.contains(FakeSlack.TOKEN), printed);
    assertFalse(printed.contains(FakeSlack.WEBHOOK_PATH), printed);
  }

  @Test
  void twoServersNeverShareOneFolder() {
    start();
    int before = open.size();
    UsageError error = assertThrows(UsageError.class, this::start);
    assertTrue(String.valueOf(error.getMessage()).contains("in use"), error.getMessage());
    assertEquals(before, open.size());
    assertTrue(Files.exists(folder.resolve("data")));
  }
}
