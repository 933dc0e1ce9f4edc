package io.cattleguard.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.cattleguard.app.board.BoardServer;
import io.cattleguard.app.board.Person;
import io.cattleguard.app.board.ShownDeployment;
import io.cattleguard.app.board.ShownEvidence;
import io.cattleguard.app.board.ShownPolicy;
import io.cattleguard.app.incidents.IncidentOperator;
import io.cattleguard.app.incidents.SocketIncidents;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.OperatorSocket;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Measures {@code cattleguard incidents} at a server with 10,000 incidents and 1,000,000 alerts:
 * the time from the request on the operators' socket to the last byte of the answer.
 */
final class IncidentBench {
  private static final int INCIDENTS = 10_000;
  private static final int ALERTS = 100;
  private static final int ROUNDS = 50;
  private static final Instant NOW = Instant.parse("2026-03-02T09:00:00Z");

  private IncidentBench() {}

  /** Runs the benchmark and prints a table. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("cattleguard-incidents");
    try (StateFile file = StateFile.open(folder)) {
      SqliteIncidents incidents = new SqliteIncidents(file, Duration.ofDays(90), 50_000);
      long began = System.nanoTime();
      int events = fill(incidents);
      System.out.printf(
          Locale.ROOT,
          "%,d incidents with %,d alerts, recorded from %,d events: %.2f ms per event%n%n",
          incidents.count(),
          (long) INCIDENTS * ALERTS,
          events,
          (System.nanoTime() - began) / 1e6 / events);
      IncidentOperator answers = new IncidentOperator(incidents);
      Operator operator =
          (request, identity) ->
              request instanceof OperatorRequest.Incidents question
                  ? answers.ask(question)
                  : new OperatorReply(true, List.of(), Optional.empty());
      OperatorSocket socket = OperatorSocket.listen(folder, operator, line -> {});
      try {
        SocketOperator client = new SocketOperator(folder);
        System.out.println("| asked | answer | median | slowest | CPU |\n|---|---|---|---|---|");
        Instant day = NOW.minus(Duration.ofHours(24));
        measure("incidents --since 24h", client, latest(day, RecordedIncidents.LIMIT), holding());
        measure("report --since 90d", client, latest(Instant.EPOCH, 20_000), holding());
        ObjectNode one = question("find").put("id", id(INCIDENTS / 2));
        measure("incident ID", client, one);
        board(client);
      } finally {
        socket.close();
      }
    }
  }

  /** From the request for a page to its last byte. */
  private static void board(SocketOperator client) throws IOException {
    ShownDeployment deployment =
        new ShownDeployment(
            "bench",
            new SocketIncidents(client::ask),
            (request, identity) -> client.ask(request),
            new ShownPolicy("None.", List::of, Map::of, ShownPolicy.patchesIn(Path.of("none"))),
            new ShownEvidence(Optional.empty(), "nowhere", ""));
    try (BoardServer board =
            BoardServer.start(
                0, deployment, Clock.offset(Clock.systemUTC(), sinceThen()), line -> {});
        HttpClient http =
            HttpClient.newBuilder()
                .cookieHandler(new CookieManager())
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
      String base = "http://127.0.0.1:" + board.port();
      page("first page of the board", 1, http, board.address(new Person("", "bench"), ""));
      page("board: overview, 30 days", ROUNDS, http, base + "/?since=30d");
      page("board: list of 30 days", ROUNDS, http, base + "/incidents?since=30d&text=shop");
      page("board: an incident", ROUNDS, http, base + "/incident?id=" + id(INCIDENTS / 2));
    }
  }

  /** The incidents of the last 30 days are those before {@link #NOW}. */
  private static Duration sinceThen() {
    return Duration.between(Instant.now(), NOW);
  }

  private static void page(String what, int rounds, HttpClient http, String address)
      throws IOException {
    List<Double> times = new ArrayList<>();
    int bytes = 0;
    long cpu = cpu();
    for (int round = 0; round < rounds; round++) {
      long began = System.nanoTime();
      try {
        HttpResponse<byte[]> reply =
            http.send(
                HttpRequest.newBuilder(URI.create(address)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        if (reply.statusCode() != 200) {
          throw new IOException(address + ": " + reply.statusCode());
        }
        bytes = reply.body().length;
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      times.add((System.nanoTime() - began) / 1e6);
    }
    times.sort(Double::compare);
    System.out.printf(
        Locale.ROOT,
        "| %s | %,d bytes | %.0f ms | %.0f ms | %.0f ms |%n",
        what,
        bytes,
        times.get(rounds / 2),
        times.getLast(),
        (cpu() - cpu) / 1e6 / rounds);
  }

  private static ObjectNode question(String ask) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("command", OperatorRequest.Incidents.COMMAND)
        .put("ask", ask);
  }

  private static ObjectNode latest(Instant since, int limit) {
    return question("latest").put("since", since.toString()).put("limit", limit);
  }

  private static ObjectNode holding() {
    return question("holding").put("limit", RecordedIncidents.LIMIT);
  }

  private static void measure(String what, SocketOperator client, ObjectNode... questions) {
    List<Double> times = new ArrayList<>();
    int results = 0;
    long cpu = cpu();
    for (int round = 0; round < ROUNDS; round++) {
      long began = System.nanoTime();
      results = 0;
      for (ObjectNode question : questions) {
        results += client.ask(new OperatorRequest.Incidents(question)).results().size();
      }
      times.add((System.nanoTime() - began) / 1e6);
    }
    times.sort(Double::compare);
    System.out.printf(
        Locale.ROOT,
        "| %s | %,d incidents | %.0f ms | %.0f ms | %.0f ms |%n",
        what,
        results,
        times.get(ROUNDS / 2),
        times.getLast(),
        (cpu() - cpu) / 1e6 / ROUNDS);
  }

  /** The CPU time of client and server, which does not depend on what else the machine does. */
  private static long cpu() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static String id(int number) {
    return String.format(Locale.ROOT, "%032x", number);
  }

  /** Spreads the incidents over 30 days; every twentieth is still contained. */
  private static int fill(SqliteIncidents incidents) {
    Recorder recorder = new Recorder(incidents);
    AlertReader reader = new AlertReader(Detections.NONE);
    FalcoStream stream = new FalcoStream(50);
    Duration apart = Duration.ofDays(30).dividedBy(INCIDENTS);
    int events = 0;
    for (int number = 0; number < INCIDENTS; number++) {
      Instant at = NOW.minus(apart.multipliedBy(INCIDENTS - number));
      Alert alert = alert(reader, stream, at);
      Incident incident =
          new Incident(id(number), at, "workload shop/web", List.of(), List.of(), List.of());
      for (long count = 1; count <= ALERTS; count *= 10) {
        ScoredAlert scored =
            new ScoredAlert(
                new AcceptedAlert(
                    alert,
                    id(number + INCIDENTS),
                    count == 1 ? Acceptance.OPENED : Acceptance.REPEATED,
                    count,
                    at,
                    at,
                    1,
                    1),
                85,
                List.of(new Points(60, "Falco says critical"), new Points(25, "T1059 shell")),
                incident);
        recorder.record(AlertJson.write(scored), "cattleguard.score");
        events++;
        if (count == 1) {
          recorder.record(
              decided(scored, number, at.plusSeconds(2)).write(), "cattleguard.respond");
          events++;
        }
      }
    }
    return events;
  }

  private static ResponseDecided decided(ScoredAlert scored, int number, Instant at) {
    boolean held = number % 20 == 0;
    return new ResponseDecided(
        scored,
        "reverse-shell",
        held ? "isolate-pod" : "delete-pod",
        "pod shop/web-" + number + " (uid 0b3f2c1e-6c1d-4c53-9d4e-" + number + ")",
        number % 3 == 0 && !held ? ResponseOutcome.REFUSED : ResponseOutcome.TAKEN,
        number % 3 == 0 && !held
            ? List.of("last-ready-replica: it is the only ready pod")
            : List.of(),
        "its Deployment has a ready replacement",
        at,
        held ? at.plus(Duration.ofHours(4)) : null);
  }

  private static Alert alert(AlertReader reader, FalcoStream stream, Instant at) {
    String raw = stream.next().replaceFirst("\"time\":\"[^\"]*\"", "\"time\":\"" + at + "\"");
    if (reader.read(raw, new Origin("blue", at)) instanceof Reading.Read read) {
      return read.alert();
    }
    throw new IllegalStateException("not an alert: " + raw);
  }
}
