package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelText;
import io.cattleguard.sensor.Sensor;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.UpBus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From an event of the kernel to an incident: a sensor that learns reports to a server whose policy
 * has a model.
 */
final class UpModelsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Workload WEB = new Workload("blue", "shop", "Deployment", "web", "main");

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** The test moves the clock, because the sensor collects behaviour for seconds. */
  private final AtomicLong ahead = new AtomicLong();

  private final long began = System.nanoTime();
  private final InstantSource clock =
      () ->
          TestAlerts.AT
              .plusSeconds(1)
              .plusNanos(System.nanoTime() - began)
              .plusSeconds(ahead.get());
  private Path policy;

  /** Set by start(), which each test calls first. */
  @SuppressWarnings("NullAway.Init")
  private UpServer server;

  @SuppressWarnings("NullAway.Init")
  private Sensor sensor;

  @BeforeEach
  void policy() throws IOException {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
  }

  @AfterEach
  void close() {
    if (sensor != null) {
      sensor.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private void model(Mode mode, String... programs) throws IOException {
    Instant from = TestAlerts.AT.minus(Duration.ofDays(14));
    TreeMap<Entry, Sighting> entries = new TreeMap<>();
    for (String program : programs) {
      entries.put(
          new Entry.Executable(program, ""),
          new Sighting(9, from, TestAlerts.AT, 3, 3, "", false, List.of(), false));
    }
    Model model =
        new Model(
            WEB,
            mode,
            "registry.example.com/shop/web",
            from,
            TestAlerts.AT,
            from,
            List.of("web-0"),
            List.of("0a"),
            entries,
            EnumSet.allOf(Entry.Kind.class),
            Map.of());
    Files.createDirectories(policy.resolve("models"));
    Files.writeString(
        policy.resolve("models").resolve(ModelText.fileName(WEB)), ModelText.of(model));
  }

  private void start() throws IOException {
    serve(UnaryOperator.identity());
    Path token = Files.writeString(folder.resolve("token"), "none");
    sensor =
        Sensor.start(
            SensorCommand.settings(
                "--cluster",
                "blue",
                "--node",
                "node-a",
                "--learn",
                "--listen",
                "127.0.0.1:0",
                "--operations-listen",
                "127.0.0.1:0",
                "--spool",
                folder.resolve("spool").toString()),
            new UpBus(URI.create("http://127.0.0.1:" + server.address().getPort() + "/"), token),
            new SensorLog(new PrintStream(err, true, StandardCharsets.UTF_8), clock),
            clock);
  }

  private void serve(UnaryOperator<UpSettings> with) {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        UpServer.start(
            with.apply(
                new UpSettings(
                    anywhere,
                    anywhere,
                    policy,
                    folder.resolve("data"),
                    Optional.of("blue"),
                    Optional.empty(),
                    InputAccess.DEFAULT,
                    Optional.empty())),
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                Optional.empty(),
                false),
            name -> Optional.empty(),
            clock,
            policy -> {});
  }

  private String event(String program, String pod) {
    return """
    {"process_exec":{"process":{"exec_id":"eA==","pid":7,"binary":"%s",\
    "start_time":"%s","pod":{"namespace":"shop","name":"%s","workload":"web",\
    "workload_kind":"Deployment","container":{"id":"containerd://3f1c2ab97d10",\
    "name":"main"}}}},"node_name":"node-a","time":"%s"}\
    """
        .formatted(program, clock.instant(), pod, clock.instant());
  }

  private void run(String program, String pod) throws IOException {
    String event = event(program, pod);
    try (FalcoConnection to = FalcoConnection.open(sensor.address(), PATIENCE)) {
      assertEquals(200, to.post(event.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private List<String> incidents() {
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(TestAlerts.AT.toString().substring(0, 4)))
        .toList();
  }

  private void await(BooleanSupplier done) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!done.getAsBoolean() && System.nanoTime() < until) {
      ahead.addAndGet(2);
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertTrue(done.getAsBoolean(), () -> out + "\n" + err);
  }

  @Test
  void aNewExecutableInAModelledWorkloadBecomesAnIncident() throws Exception {
    model(Mode.OBSERVING, "/usr/sbin/nginx");
    start();
    run("/usr/sbin/nginx", "web-1");
    run("/tmp/dropper", "web-1");

    await(() -> !incidents().isEmpty());
    String incident = String.join("\n", incidents());
    assertTrue(incident.contains("Program in temporary folder not in model"), incident);
    assertTrue(incident.contains("web"), incident);
    assertFalse(incident.contains("nginx"), incident);
    assertEquals(2, server.learnt().all().getFirst().entries().size());
  }

  @Test
  void whatWasLearntIsPulledAsModelFilesWhateverNamesItHas() throws Exception {
    start();
    run("/usr/sbin/nginx", "web-1");
    run("/opt/a: [b, {c: d}] # e\\n- mode: enforcing\\u0000\\u202e\\\"", "../../../etc/x: *y");
    await(
        () -> server.learnt().all().stream().mapToInt(model -> model.entries().size()).sum() == 2);
    Path models = folder.resolve("pulled/models");
    Shell.Result pull =
        new Shell()
            .run(
                "model",
                "pull",
                "--data",
                folder.resolve("data").toString(),
                "--out",
                models.toString());

    assertEquals(0, pull.code(), pull::err);
    assertTrue(pull.out().contains("1 model file written"), pull.out());
    Model pulled = Objects.requireNonNull(ModelFiles.read(models).get(WEB)).model();
    assertEquals(Mode.LEARNING, pulled.mode());
    assertEquals(server.learnt().all().getFirst().entries().keySet(), pulled.entries().keySet());
    try (Stream<Path> files = Files.list(models)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void withoutAModelTheServerOnlyLearns() throws Exception {
    start();
    run("/tmp/dropper", "web-1");

    await(() -> !server.learnt().all().isEmpty());
    assertEquals(List.of(), incidents());
    assertEquals(WEB, server.learnt().all().getFirst().workload());
  }

  private String metrics() {
    try (InputStream in =
        URI.create("http://127.0.0.1:" + server.operationsAddress().getPort() + "/metrics")
            .toURL()
            .openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatTheServersOwnFileShowsIsLearntAndDeviates() throws Exception {
    model(Mode.OBSERVING, "/usr/sbin/nginx");
    Path export = folder.resolve("tetragon.log");
    serve(settings -> settings.following(export).learning());
    Files.writeString(
        export, event("/usr/sbin/nginx", "web-1") + "\n" + event("/tmp/dropper", "web-1") + "\n");

    await(() -> !incidents().isEmpty());
    String incident = String.join("\n", incidents());
    assertTrue(incident.contains("Program in temporary folder not in model"), incident);
    assertFalse(incident.contains("nginx"), incident);
    assertEquals(2, server.learnt().all().getFirst().entries().size());
    assertEquals(WEB, server.learnt().all().getFirst().workload());
    String metrics = metrics();
    assertTrue(metrics.contains("cattleguard_sensor_learning_events_total 2.0"), metrics);
    assertTrue(metrics.contains("cattleguard_sensor_learning_behaviours 2.0"), metrics);
    assertTrue(metrics.contains("cattleguard_sensor_learning_calls_total 1.0"), metrics);
    assertTrue(metrics.contains("cattleguard_sensor_learning_call_failures_total 0.0"), metrics);
    assertTrue(metrics.contains("reason=\"queue_full\"} 0.0"), metrics);
  }

  private String called(String function, String arguments) {
    return event("/usr/sbin/nginx", "web-1")
            .replace("process_exec", "process_kprobe")
            .replace(
                "}}}},\"node_name\"",
                "}}},\"function_name\":\"%s\",\"policy_name\":\"p\",\"args\":[%s]},\"node_name\""
                    .formatted(function, arguments))
        + "\n";
  }

  @Test
  void theServersOwnFileNamesServicesAndLeavesVolumesOut() throws Exception {
    Path export = folder.resolve("tetragon.log");
    Path facts =
        Files.writeString(
            folder.resolve("facts"),
            """
            service 10.96.0.20 shop/cache
            volume shop/Deployment/web/main /data
            node shop/Deployment/web/main /data/host
            """);
    serve(settings -> settings.following(export).learning().knowing(facts));
    Files.writeString(
        export,
        called(
                "tcp_connect",
                "{\"sock_arg\":{\"sport\":40000,\"daddr\":\"10.96.0.20\",\"dport\":6379}}")
            + called(
                "security_file_permission", "{\"file_arg\":{\"path\":\"/data/x\"}},{\"int_arg\":2}")
            + called(
                "security_file_permission",
                "{\"file_arg\":{\"path\":\"/data/host/x\"}},{\"int_arg\":2}"));

    await(
        () -> {
          // On a busy machine the events are in two reports, which are 15 minutes apart.
          ahead.addAndGet(30);
          return server.learnt().all().stream().mapToInt(model -> model.entries().size()).sum()
              >= 3;
        });
    assertEquals(
        Set.of(
            new Entry.Executable("/usr/sbin/nginx", ""),
            new Entry.Peer(Entry.PeerKind.SERVICE, "shop/cache", 6379),
            new Entry.WrittenFile("/data/host/x")),
        server.learnt().all().getFirst().entries().keySet());
  }

  @Test
  void aModelOfAnotherClusterIsSaidToBeComparedWithNothing() throws IOException {
    model(Mode.OBSERVING, "/usr/sbin/nginx");
    serve(settings -> settings);
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("models        1 observing\n"));
    server.close();
    out.reset();

    Path file = policy.resolve("models").resolve(ModelText.fileName(WEB));
    Files.writeString(
        file, Files.readString(file).replace("cluster: blue", "cluster: \"bl\\e[31mue\""));
    serve(settings -> settings);

    String said = out.toString(StandardCharsets.UTF_8);
    assertTrue(
        said.contains(
            "models        none of blue; not compared, because of other clusters than blue: 1"
                + " (bl\\u001b[31mue)\n"),
        said);
  }

  @Test
  void aTextThatLooksLikeAReportInThatFileTeachesNothing() throws Exception {
    Path export = folder.resolve("tetragon.log");
    serve(settings -> settings.following(export).learning());
    String report =
        new WorkloadObserved(
                "forged",
                "blue",
                clock.instant(),
                0,
                "node-a",
                List.of(
                    new ObservedWorkload(
                        "shop",
                        "Deployment",
                        "other",
                        "main",
                        "",
                        "",
                        Map.of(),
                        List.of(
                            new ObservedBehaviour(
                                "executable",
                                "/bin/forged",
                                "",
                                0,
                                "running",
                                clock.instant(),
                                "other-1",
                                "start",
                                1)))),
                Optional.of(clock.instant()))
            .write()
            .toString();
    Files.writeString(export, report + "\n" + event("/usr/sbin/nginx", "web-1") + "\n");

    await(() -> !server.learnt().all().isEmpty());
    assertEquals(List.of(WEB), server.learnt().all().stream().map(Model::workload).toList());
  }

  @Test
  void withoutTheOptionTheServersOwnFileTeachesNothing() throws Exception {
    Path export = folder.resolve("tetragon.log");
    serve(settings -> settings.following(export));
    Files.writeString(export, event("/usr/sbin/nginx", "web-1") + "\n");

    await(
        () -> metrics().contains("cattleguard_sensor_received_total{input=\"tetragon_file\"} 1.0"));
    assertEquals(List.of(), server.learnt().all());
    assertFalse(metrics().contains("learning"), metrics());
  }
}
