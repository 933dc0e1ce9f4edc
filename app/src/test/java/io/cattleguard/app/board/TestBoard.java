package io.cattleguard.app.board;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.CommandingOperator;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.sensors.LatestHeartbeats;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.InMemoryEvidenceStore;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A board of a deployment in memory, and a browser with a session. */
final class TestBoard implements AutoCloseable {
  static final Instant NOW = TestIncidents.AT.plusSeconds(3_600);
  private static final Instant LEASE = NOW.plus(Duration.ofMinutes(47));
  static final String FINGERPRINT = "5d41402abc4b2a76b9719d911017c592";
  static final Person ANN = new Person("unix:ann", "ann");
  static final String QUESTION = "blue/isolate-pod/1f8a3c9e5b7d2046";
  static final URI RUNBOOK = URI.create("https://runbooks.example.com/reverse-shell?a=1&b=2");
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"");

  final Incidents incidents;
  final Ledger ledger;
  final VersionedTable sightings;
  final List<OperatorCommand> published = new CopyOnWriteArrayList<>();
  final List<String> log = new CopyOnWriteArrayList<>();
  final SilenceOperator silences;
  final InMemoryEvidenceStore evidence = new InMemoryEvidenceStore();
  final BoardServer server;
  private final StateFile file;
  private final Recorder recorder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private String cookie = "";

  /** The deployment's answer when the board asks for sensors. */
  volatile Supplier<OperatorReply> sensors = () -> nodes("node-a", "node-b");

  /** Changes the answer when the board asks for containments and approvals. */
  volatile UnaryOperator<OperatorReply> reading = UnaryOperator.identity();

  /**
   * A board whose silences are in that folder.
   *
   * @param before what happened before the board starts
   */
  TestBoard(Path folder, Consumer<TestBoard> before) throws IOException {
    this(folder, file -> new InMemoryIncidents(), before);
  }

  /** A board whose incidents are in the state file of the folder, or elsewhere. */
  TestBoard(Path folder, Function<StateFile, Incidents> records, Consumer<TestBoard> before)
      throws IOException {
    this(folder, records, new InMemoryLedger(), Optional.empty(), before);
  }

  /**
   * The tables of a stack, and the operator that answers from them.
   *
   * @param operator with the clock of the board
   */
  record Stack(VersionedTable sightings, Function<InstantSource, Operator> operator) {}

  /** A board with that ledger, of a deployment in memory or of a stack. */
  TestBoard(
      Path folder,
      Function<StateFile, Incidents> records,
      Ledger ledger,
      Optional<Stack> stack,
      Consumer<TestBoard> before)
      throws IOException {
    InstantSource clock = now::get;
    this.file = StateFile.open(folder);
    this.incidents = records.apply(file);
    this.recorder = new Recorder(incidents);
    this.ledger = ledger;
    this.sightings = stack.map(Stack::sightings).orElse(new SqliteTable(file, "sightings", 1_000));
    this.silences = new SilenceOperator(sightings, clock);
    LedgerOperator inLedger = new LedgerOperator(new Operations(Map.of("blue", ledger)), clock);
    Operator doing =
        (request, identity) ->
            request instanceof SilenceRequest silence
                ? silences.ask(silence)
                : inLedger.ask(request, identity);
    Operator commanding =
        stack
            .map(one -> one.operator().apply(clock))
            .orElseGet(
                () ->
                    new CommandingOperator(doing, (verb, identity) -> true, published::add, clock));
    before.accept(this);
    this.server =
        BoardServer.start(
            0,
            new ShownDeployment(
                "cattleguard up in /data",
                incidents,
                (request, identity) -> {
                  OperatorReply reply =
                      request instanceof OperatorRequest.Sensors
                          ? sensors.get()
                          : commanding.ask(request, identity);
                  return request instanceof OperatorRequest.Containments
                          || request instanceof OperatorRequest.Approvals
                          || request instanceof OperatorRequest.Budgets
                          || request instanceof OperatorRequest.Sensors
                      ? reading.apply(reply)
                      : reply;
                },
                new ShownPolicy(
                    "From the policy directory policy.",
                    new Renewed<>(
                        () -> Policy.read(Policies.defaultPolicy()).playbooks().all(),
                        InstantSource.system()),
                    () -> Map.of("reverse-shell", RUNBOOK),
                    ShownPolicy.patchesIn(folder.resolve("policy"))),
                new ShownEvidence(Optional.of(evidence), "folder /data/evidence", "--data /data")),
            clock,
            log::add);
  }

  /** An alert of an incident. */
  static ScoredAlert alert(String incident, String rule, Severity severity, Target target) {
    return TestIncidents.scored(
        incident,
        TestAlerts.alert("alert-" + incident, rule, severity).target(target).build(),
        FINGERPRINT,
        Acceptance.OPENED,
        1);
  }

  static Target pod(String namespace, String pod) {
    return Target.builder().cluster("blue").namespace(namespace).pod(pod).node("node-a").build();
  }

  /** An alert with reasons as people read them. */
  private static ScoredAlert scoredFor(ScoredAlert alert, Points... reasons) {
    return new ScoredAlert(alert.accepted(), alert.score(), List.of(reasons), alert.incident());
  }

  void record(ScoredAlert alert) {
    recorder.record(TestIncidents.detail(alert), "cattleguard.score");
  }

  private void notified(ScoredAlert alert, String destination) {
    boolean unused =
        recorder.record(
            PeopleNotified.of(
                    alert.id() + "@" + destination,
                    alert.incidentId(),
                    alert.accepted().lastAt(),
                    destination,
                    alert.accepted().lastAt())
                .write(),
            "cattleguard.route");
  }

  void record(
      ScoredAlert alert,
      String action,
      String target,
      ResponseOutcome outcome,
      String why,
      @Nullable Instant lease,
      ResponseDecided.@Nullable Approval approval) {
    record(alert, action, target, outcome, why, lease, approval, GuardAnswers.NONE);
  }

  private void record(
      ScoredAlert alert,
      String action,
      String target,
      ResponseOutcome outcome,
      String why,
      @Nullable Instant lease,
      ResponseDecided.@Nullable Approval approval,
      GuardAnswers guards) {
    recorder.record(
        TestIncidents.detail(
            new ResponseDecided(
                    alert,
                    "reverse-shell",
                    action,
                    target,
                    outcome,
                    outcome == ResponseOutcome.REFUSED ? List.of(why) : List.of(),
                    why,
                    TestIncidents.AT.plusSeconds(2),
                    lease)
                .about(approval)
                .after(guards)),
        "cattleguard.respond");
  }

  void recordObserved(ScoredAlert alert, List<String> objections) {
    recordObserved(alert, objections, GuardAnswers.NONE);
  }

  void recordObserved(ScoredAlert alert, List<String> objections, GuardAnswers guards) {
    boolean unused =
        recorder.record(
            TestIncidents.detail(
                new ResponseDecided(
                        alert,
                        "reverse-shell",
                        "isolate-pod",
                        "pod shop/web-7 (uid 7)",
                        ResponseOutcome.OBSERVED,
                        objections,
                        "observe mode",
                        TestIncidents.AT.plusSeconds(2),
                        null)
                    .after(guards)),
            "cattleguard.respond");
  }

  void hold(String action, String uid, ObjectNode subject, String playbook, Instant until) {
    ledger.remember(new Containment(action, uid, subject, playbook, TestIncidents.AT, until, "{}"));
  }

  void ask(String id, String uid, String target, String playbook) {
    Approval unused =
        ledger
            .approvals()
            .ask(
                new Approval(
                    id,
                    new Ledger.Key("isolate-pod", uid),
                    target,
                    playbook,
                    "a1",
                    NOW,
                    NOW.plusSeconds(1_500),
                    false,
                    List.of("kill switch", "freshness"),
                    Approval.State.WAITING,
                    Optional.empty(),
                    false,
                    "{}"));
  }

  static ObjectNode subject(String namespace, String name) {
    return JsonNodeFactory.instance.objectNode().put("namespace", namespace).put("name", name);
  }

  /** The evidence of a pod, of which one part could not be captured. */
  void collect(ScoredAlert alert, String namespace, String pod, String missing) {
    ObjectNode about = JsonNodeFactory.instance.objectNode().put("capturedAt", NOW.toString());
    about.putObject("object").put("namespace", namespace).put("name", pod);
    EvidenceChain.Stored stored =
        new EvidenceChain(evidence, EvidenceChain.idOf(alert))
            .append(
                about,
                List.of(
                    new EvidenceChain.Part("pod.json", "{}", false),
                    new EvidenceChain.Part("logs/web.txt", "x".repeat(4_096), true)),
                Map.of("logs/previous-web.txt", missing));
    record(
        alert,
        "capture-evidence",
        "pod " + namespace + "/" + pod + " (uid 0b3f)",
        ResponseOutcome.TAKEN,
        "3 parts stored as manifest 1 (SHA-256 " + stored.sha256() + ")",
        null,
        null);
  }

  /** One contained incident, one that waits for approval, one refused, one open, and a silence. */
  void lastNight() {
    ScoredAlert held =
        scoredFor(
            alert("held", "Reverse shell", Severity.CRITICAL, pod("shop", "web-1")),
            new Points(50, "severity critical (source)"),
            new Points(20, "stdin or stdout of a program is a network connection"));
    record(held);
    notified(held, "security-channel");
    notified(held, "pager");
    record(
        held,
        "isolate-pod",
        "pod shop/web-1 (uid 0b3f)",
        ResponseOutcome.TAKEN,
        "isolated; a replacement serves",
        NOW.plus(Duration.ofHours(3)),
        null,
        new GuardAnswers(
            List.of(
                "alert class",
                "cluster",
                "freshness",
                "host network",
                "last ready replica",
                "owner",
                "protected namespace"),
            List.of(),
            List.of()));
    collect(held, "shop", "web-1", "the container did not start before");
    hold(
        "isolate-pod",
        "0b3f",
        subject("shop", "web-1"),
        "reverse-shell",
        NOW.plus(Duration.ofHours(3)));
    ScoredAlert asks = alert("asks", "Crypto miner", Severity.HIGH, pod("dev", "job-7"));
    record(asks);
    record(
        asks,
        "isolate-pod",
        "pod dev/job-7 (uid 77aa)",
        ResponseOutcome.AWAITING_APPROVAL,
        "people are asked",
        null,
        new ResponseDecided.Approval(
            QUESTION,
            NOW.plusSeconds(1_500),
            false,
            List.of("kill switch", "freshness"),
            null,
            null,
            null));
    ask(QUESTION, "77aa", "pod dev/job-7 (uid 77aa)", "miner");
    record(
        alert("alone", "Reverse shell", Severity.HIGH, pod("shop", "db-0")),
        "isolate-pod",
        "pod shop/db-0 (uid 99)",
        ResponseOutcome.REFUSED,
        "last-ready-replica: it is the only one",
        null,
        null);
    record(alert("quiet", "Terminal shell in container", Severity.LOW, pod("dev", "tool-1")));
    silence("a known scanner");
  }

  /** A server, a healthy sensor, a failing one and one that sends no heartbeats. */
  static OperatorReply nodes(String... names) {
    LatestHeartbeats all = new LatestHeartbeats();
    int number = 0;
    for (String name : names) {
      all.add(heartbeat("blue", name, number), NOW.minusSeconds(20), Optional.of(number % 3 != 1));
      number++;
    }
    all.add(heartbeat("blue", "node-old", 0), NOW.minusSeconds(3_000), Optional.of(true));
    ObjectNode up = JsonNodeFactory.instance.objectNode();
    ObjectNode self = up.putObject("up").put("version", "0.1.0").put("received", 123_456);
    self.put("unreadable", 2).put("waiting", 17).put("waitingBytes", 40_000);
    self.put("limitBytes", 256L << 20).put("lost", 0);
    self.putObject("queues").put("respond", 3).put("slack", 12);
    self.putObject("shed").put("low", 0).put("informational", 4);
    self.putObject("rejected").put("unauthorized", 31).put("too_large", 0);
    self.putArray("notes").add("destination slack: not_in_channel; invite the app: " + names[0]);
    List<OperatorReply.Result> results = new ArrayList<>();
    results.add(new OperatorReply.Result("", up));
    results.addAll(all.results(NOW));
    return new OperatorReply(true, results, Optional.empty());
  }

  static SensorHeartbeat heartbeat(String cluster, String node, int dropped) {
    return new SensorHeartbeat(
        cluster,
        node,
        "0.1.0",
        NOW.minusSeconds(20),
        1_000,
        900,
        12L * dropped,
        200_000L * dropped,
        Map.of(Severity.LOW, 7L * dropped),
        0,
        12.5,
        1.3,
        92L << 20,
        List.of(),
        new SensorHeartbeat.Condition(
            3, 256L << 20, 0, dropped == 0 ? List.of() : List.of("sending"), 0));
  }

  /** The budgets that were used within the last minutes. */
  void spend() {
    Instant at = NOW.minusSeconds(240);
    for (String uid : List.of("0b3f", "1c40", "2d51")) {
      spend("reverse-shell/shop/Deployment/web", uid, at, Duration.ofMinutes(10), 3);
      spend("hourly-cap/cluster/cluster", uid, at, Duration.ofHours(1), 20);
      spend("hourly-cap/namespace/shop", uid, at, Duration.ofHours(1), 4);
      spend("hourly-cap/workload/shop/Deployment/web", uid, at, Duration.ofHours(1), 5);
    }
    spend("web-shell/search", "77", at, Duration.ofMinutes(10), 3);
    spend("circuit-breaker", "99", at, Duration.ofMinutes(10), 5);
  }

  void spend(String budget, String uid, Instant at, Duration window, int max) {
    boolean unused = ledger.spend(budget, uid, at, window, max);
  }

  /** An incident in which an attacker controls every text. */
  void hostile() {
    String text =
        "<script>alert(1)</script> \"><img src=x onerror=alert(1)> \u202egpj.exe "
            + "a".repeat(900);
    ScoredAlert alert = alert("hostile", text, Severity.CRITICAL, pod(text, text));
    record(alert);
    collect(alert, text, text, text);
    record(
        alert,
        "isolate-pod",
        "pod " + text + " (uid 666)",
        ResponseOutcome.TAKEN,
        text,
        NOW.plus(Duration.ofHours(1)),
        null);
    hold("isolate-pod", "666", subject(text, text), text, NOW.plus(Duration.ofHours(1)));
    ask("blue/" + text, "667", text, text);
    spend("reverse-shell/" + text, "666", NOW, Duration.ofMinutes(10), 3);
    spend("hourly-cap/workload/" + text, "666", NOW, Duration.ofHours(1), 5);
    silence(text);
  }

  /** Many incidents of a month, with a hundred alerts each. */
  void lastMonth(int number) {
    boolean unused =
        file.transaction(
            () -> {
              for (int one = 0; one < number; one++) {
                several(one, Duration.ofDays(29).dividedBy(number).multipliedBy(one), 100);
              }
              return true;
            });
  }

  /** Incidents of several days, so that the pages look like those of a running deployment. */
  void lastWeek() {
    for (int one = 0; one < 160; one++) {
      Duration ago = Duration.ofMinutes(53L * one + 7);
      ScoredAlert first = several(one, ago, 1L + one * 7L % 90);
      if (one % 3 == 0) {
        record(another(first, "Drop and execute new binary in container", 3));
      }
    }
    hold("isolate-pod", "u4", subject("search", "checkout-7d9f"), "crypto-miner", LEASE);
    hold(
        "quarantine-instance",
        "i-0abcd1234efgh5678",
        JsonNodeFactory.instance.objectNode(),
        "instance-compromise",
        NOW.plus(Duration.ofHours(9)));
  }

  /**
   * An incident of the given age, with the given number of alerts; its number determines its kind.
   */
  private ScoredAlert several(int one, Duration ago, long alerts) {
    List<String> rules =
        List.of(
            "Reverse shell",
            "Terminal shell in container",
            "Contact K8S API Server From Container",
            "CryptoCurrency:Runtime/BitcoinTool.B!DNS",
            "Read sensitive file untrusted");
    List<String> pods = List.of("checkout-7d9f", "cart-5c4b", "search-0", "payments-64d8");
    List<Severity> severities =
        List.of(Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL);
    String id = "inc-" + one;
    Instant at = NOW.minus(ago);
    Severity severity = severities.get(one % severities.size());
    String name = pods.get(one % pods.size());
    String namespace = one % 3 == 0 ? "shop" : "search";
    String workload = namespace + "/" + name.substring(0, name.lastIndexOf('-'));
    ScoredAlert alert =
        scored(
            TestAlerts.alert("alert-" + id, rules.get(one % rules.size()), severity)
                .target(pod(namespace, name))
                .at(at)
                .count(alerts)
                .build(),
            String.format("%032x", one),
            new Incident(
                id, at, "workload " + workload + " in blue", List.of(), List.of(), List.of()));
    record(alert);
    if (severity.compareTo(Severity.HIGH) >= 0) {
      notified(alert, "security-channel");
    }
    if (severity == Severity.CRITICAL) {
      notified(alert, "pager");
    }
    String target = "pod " + namespace + "/" + name + " (uid u" + one + ")";
    switch (one % 7) {
      case 0, 2, 4 ->
          recordAt(
              alert,
              "isolate-pod",
              target,
              ResponseOutcome.TAKEN,
              "isolated; verified: traffic is cut",
              at.plusMillis(900 + one * 37L % 4_000),
              one == 4 ? LEASE : null);
      case 1 ->
          recordAt(
              alert,
              "delete-pod",
              target,
              ResponseOutcome.OBSERVED,
              "observe mode: the pod would be deleted, its controller replaces it",
              at.plusSeconds(1),
              null);
      case 3 ->
          recordAt(
              alert,
              "isolate-pod",
              target,
              ResponseOutcome.REFUSED,
              "protected-namespace: shop is protected",
              at.plusSeconds(1),
              null);
      case 5 ->
          recordAt(
              alert,
              "isolate-pod",
              target,
              ResponseOutcome.FAILED,
              "the API server answered 403",
              at.plusSeconds(1),
              null);
      default -> {}
    }
    return alert;
  }

  /** As deduplicate and score publish it, if it is all that is known of its problem. */
  private static ScoredAlert scored(Alert alert, String fingerprint, Incident incident) {
    Instant at = incident.openedAt();
    return new ScoredAlert(
        new AcceptedAlert(alert, fingerprint, Acceptance.OPENED, alert.count(), at, at, 1, 1),
        70,
        List.of(new Points(70, "a test says so")),
        incident);
  }

  /** An alert of another rule of the same incident. */
  private static ScoredAlert another(ScoredAlert first, String rule, long alerts) {
    Incident incident = Objects.requireNonNull(first.incident());
    return scored(
        TestAlerts.alert(first.alert().id() + "-2", rule, Severity.LOW)
            .target(first.alert().target())
            .at(incident.openedAt())
            .count(alerts)
            .build(),
        "f" + first.accepted().fingerprint().substring(1),
        incident);
  }

  private void recordAt(
      ScoredAlert alert,
      String action,
      String target,
      ResponseOutcome outcome,
      String why,
      Instant at,
      @Nullable Instant lease) {
    recorder.record(
        TestIncidents.detail(
            new ResponseDecided(
                alert,
                "reverse-shell",
                action,
                target,
                outcome,
                outcome == ResponseOutcome.REFUSED ? List.of(why) : List.of(),
                why,
                at,
                lease)),
        "cattleguard.respond");
  }

  void silence(String reason) {
    var unused =
        silences.ask(
            new SilenceRequest.Set(
                HidingPattern.ofProblem("0123456789abcdef0123456789abcdef"),
                new OperatorOrder("bob", reason),
                NOW.plus(Duration.ofDays(2)),
                Optional.empty(),
                false,
                false,
                false));
  }

  /** Makes the board's cache too old for the next page. */
  void later() {
    later(Duration.ofSeconds(3));
  }

  void later(Duration by) {
    now.updateAndGet(before -> before.plus(by));
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Opens the address that the command prints. */
  TestBoard enter() {
    cookie = enter(server.address(ANN, ""));
    return this;
  }

  /** The cookie of a browser that opens an address. */
  String enter(String address) {
    HttpResponse<String> entered = send(HttpRequest.newBuilder(URI.create(address)).build());
    return entered.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
  }

  /** From now on, another browser sends the requests. */
  void use(String other) {
    cookie = other;
  }

  String cookie() {
    return cookie;
  }

  HttpResponse<String> get(String path) {
    later();
    return send(HttpRequest.newBuilder(uri(path)).header("Cookie", cookie).build());
  }

  /** Requests a page by another method, or with a further header. */
  HttpResponse<String> ask(String method, String path, String header) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("Cookie", cookie)
            .header(header, "true")
            .build());
  }

  HttpResponse<String> post(String form, String... headers) {
    later();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("/do"))
            .header("Cookie", cookie)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form));
    return send((headers.length == 0 ? request : request.headers(headers)).build());
  }

  /** The token of the forms. */
  String csrf() {
    Matcher found = CSRF.matcher(get("/do?verb=stop").body());
    if (!found.find()) {
      throw new AssertionError("no token in the form");
    }
    return found.group(1);
  }

  @Override
  public void close() {
    server.close();
    http.close();
    file.close();
  }
}
