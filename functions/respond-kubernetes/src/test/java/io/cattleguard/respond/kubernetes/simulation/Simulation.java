package io.cattleguard.respond.kubernetes.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Again;
import io.cattleguard.respond.Later;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.DeletePod;
import io.cattleguard.respond.kubernetes.actions.IsolatePod;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Order;
import io.cattleguard.respond.ledger.StoredLedger;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One run: a random cluster, random alerts (forged, replayed, stale, doubled, on skewed clocks),
 * people who interfere, and up to five responders that fail and are killed between any two calls.
 * After every change and every message it checks the promises; at the end everything must be
 * undone. The seed determines the whole run.
 */
final class Simulation implements World.Observer {
  private static final Instant START = TestAlerts.AT;
  private static final String CLUSTER = "blue";
  private static final Set<String> CHANGES = Set.of("delete", "evict", "isolate", "release");

  /** Read concurrently with another read, so it is no step of its own. */
  private static final Set<String> BESIDE = Set.of("disruptionBudgets", "look", "peers");

  private static final int AT_ONCE = 5;

  private static final @Nullable String TRACE = System.getProperty("cattleguard.trace");

  /** After which Lambda kills a function. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final long seed;

  /** Whether alerts come about many pods of large workloads. */
  private final boolean storm;

  private final Random random;
  private final World world;
  private final SharedTable table = new SharedTable();
  private final Playbooks playbooks;
  private final List<Mail> mail = new ArrayList<>();
  private final List<Handling> processes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();

  /** What an honest sensor saw, by UID. */
  private final Set<String> seen = new HashSet<>();

  /** The alert whose action was told as taken, by action and UID. */
  private final Map<String, String> taken = new HashMap<>();

  private final Map<String, Instant> acted = new HashMap<>();
  private final Map<String, Long> disturbed = new HashMap<>();
  private final Map<String, Long> isolated = new HashMap<>();
  private final Set<String> ids = new HashSet<>();

  /** The pods whose isolation was ended, so that they may be isolated again. */
  private final Set<String> undone = new HashSet<>();

  /** The alerts of which people heard. */
  private final Set<String> answered = new HashSet<>();

  private final Map<ResponseOutcome, Integer> told = new HashMap<>();
  private Instant now = START;
  private long ordinal;
  private int alerts;
  private boolean calm;
  private boolean stopped;
  private long stoppedAt;
  private @Nullable Handling current;

  /** A message in the responders' queue. */
  private record Mail(Instant due, String name, BiConsumer<Responder, Hearing> work) {}

  /** Publishes an outcome. */
  private interface Hearing extends java.util.function.Consumer<ResponseDecided> {}

  /** A function that handles one message. */
  private final class Handling {
    private final Turns turns;
    private final Mail message;
    private final long startedAt = ordinal;
    private final Instant started = now;

    private Handling(Mail message) {
      this.message = message;
      this.turns = new Turns(() -> message.work().accept(responder(), Simulation.this::hear));
    }
  }

  Simulation(long seed) {
    this.seed = seed;
    // Neighbouring seeds would begin alike.
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.storm = random.nextInt(3) == 0;
    this.world = new World(random, START, enforcement(random));
    populate();
    world.observe(this);
    IsolatePod isolate =
        new IsolatePod(
            random.nextBoolean() ? Duration.ofHours(4) : Duration.ofMinutes(3),
            random.nextInt(4) > 0);
    List<Action<?, ?>> steps =
        switch (random.nextInt(4)) {
          case 0 -> List.of(new DeletePod());
          case 1 -> List.of(isolate);
          default -> List.of(isolate, new DeletePod());
        };
    Playbook playbook =
        new Playbook(
            "contain",
            EventPattern.compile(
                JsonMapper.builder()
                    .build()
                    .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            steps,
            new Budget(
                random.nextBoolean() ? Budget.Per.WORKLOAD : Budget.Per.NAMESPACE,
                1 + random.nextInt(storm ? 20 : 4),
                Duration.ofMinutes(10)));
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private static Cluster.Enforces enforcement(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> Cluster.Enforces.NO;
      case 1 -> Cluster.Enforces.UNKNOWN;
      default -> Cluster.Enforces.YES;
    };
  }

  private void populate() {
    List<String> namespaces = List.of("shop", "bank", "kube-system");
    for (int i = 0; i < 2 + random.nextInt(4); i++) {
      String kind =
          List.of("Deployment", "Deployment", "StatefulSet", "DaemonSet", "Job")
              .get(random.nextInt(5));
      world.add(
          new World.Workload(
              namespaces.get(random.nextInt(6) == 0 ? 2 : random.nextInt(2)),
              new Pod.Owner(kind, "w" + i),
              "team-" + random.nextInt(2),
              1 + random.nextInt(storm ? 14 : 4)));
    }
    for (String namespace : List.of("shop", "bank")) {
      if (random.nextBoolean()) {
        world.add(
            new World.Budget(
                namespace, "budget", "team-" + random.nextInt(2), 1 + random.nextInt(3)));
      }
    }
    for (boolean mirror : List.of(true, false)) {
      world.add(
          new Pod(
              "shop",
              mirror ? "static" : "bare",
              mirror ? "uid-static" : "uid-bare",
              Optional.of("node-0"),
              START.minusSeconds(3_600),
              Optional.empty(),
              mirror,
              false,
              false,
              true,
              List.of("c".repeat(64))));
    }
  }

  /** Runs that many steps, then lets everything end, and returns what was violated. */
  List<String> run(int steps) {
    for (int i = 0; i < steps && violations.isEmpty(); i++) {
      step();
    }
    if (violations.isEmpty()) {
      end();
    }
    return violations;
  }

  /** How often each outcome was told. */
  Map<ResponseOutcome, Integer> told() {
    return told;
  }

  /** How many steps there were, with those until everything had ended. */
  long steps() {
    return ordinal;
  }

  private void step() {
    ordinal++;
    int dice = random.nextInt(1_000);
    if (dice < (storm ? 105 : 60)) {
      alert();
    } else if (dice < 110) {
      pass(Duration.ofMillis(random.nextInt(10_000)));
    } else if (dice < 130) {
      post(new Mail(now, "sweep", (responder, hear) -> responder.releaseEnded(now, hear)));
    } else if (dice < 145) {
      person();
    } else if (dice < 155 && !processes.isEmpty()) {
      kill(processes.get(random.nextInt(processes.size())));
    } else if (dice < 160 && processes.isEmpty() && mail.size() < 3) {
      pass(Duration.ofHours(1 + random.nextInt(5)));
    } else {
      turn();
    }
  }

  private void pass(Duration time) {
    now = now.plus(time);
    world.pass(now);
  }

  private void post(Mail one) {
    mail.add(one);
  }

  /** Gives one process a turn, and starts one if there is room and mail. */
  private void turn() {
    List<Mail> due = mail.stream().filter(one -> !one.due().isAfter(now)).toList();
    if (!due.isEmpty() && processes.size() < AT_ONCE && random.nextBoolean()) {
      Mail next = due.get(random.nextInt(due.size()));
      mail.remove(next);
      processes.add(new Handling(next));
    }
    if (processes.isEmpty()) {
      pass(Duration.ofMillis(200 + random.nextInt(2_000)));
      return;
    }
    Handling next = processes.get(random.nextInt(processes.size()));
    if (next.started.plus(TIMEOUT).isBefore(now)) {
      kill(next);
    } else {
      go(next);
    }
  }

  private void go(Handling process) {
    current = process;
    process.turns.next();
    current = null;
    now = now.plusMillis(random.nextInt(20));
    world.pass(now);
    if (process.turns.done()) {
      finish(process);
    }
  }

  private void finish(Handling process) {
    processes.remove(process);
    if (process.turns.failed()) {
      Throwable error = process.turns.error();
      if (!(error instanceof Unavailable)
          && !(error instanceof Turns.Killed)
          && !(error instanceof Lost)) {
        violate("unexpected error: " + error + " at " + error.getStackTrace()[0]);
      }
      post(
          new Mail(
              now.plusSeconds(calm ? 1 : 1 + random.nextInt(150)),
              process.message.name(),
              process.message.work()));
    }
  }

  private void kill(Handling process) {
    current = process;
    trace("killed uid");
    process.turns.kill();
    current = null;
    finish(process);
  }

  private Responder responder() {
    StoredLedger ledger = StoredLedger.of(faulty(VersionedTable.class, table), CLUSTER);
    return new Responder(
        playbooks,
        Places.of(
            KubernetesScope.class,
            KubernetesScope.of(faulty(Cluster.class, world), Optional.of(CLUSTER))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        later());
  }

  private Later later() {
    return (again, delay) -> {
      pause();
      fault("queue");
      Again message = Again.read(again.toJson());
      post(
          new Mail(
              now.plus(delay), "again", (responder, hear) -> responder.again(message, now, hear)));
      fault("queue");
    };
  }

  /** Not delivered to the bus. */
  private static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A port that stops before each call, and that fails before or after the call. */
  private <T> T faulty(Class<T> port, T real) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              if (BESIDE.contains(method.getName())) {
                return call(real, method, arguments);
              }
              pause();
              if (port == Cluster.class && CHANGES.contains(method.getName())) {
                deny();
              }
              fault(port.getSimpleName());
              Object result = call(real, method, arguments);
              trace(method.getName() + " " + Arrays.deepToString(arguments) + " -> " + result);
              fault(port.getSimpleName());
              return result;
            }));
  }

  /** Prints a step whose text contains {@code -Dcattleguard.trace}, for a seed that fails. */
  private void trace(String what) {
    Handling process = current;
    if (TRACE != null && what.contains(TRACE)) {
      System.out.println(
          ordinal + " " + now + (process == null ? "" : " " + process.message.name()) + " " + what);
    }
  }

  private static @Nullable Object call(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private void pause() {
    Handling process = current;
    if (process != null) {
      process.turns.pause();
      return;
    }
    throw new IllegalStateException("called outside of a turn");
  }

  private void deny() {
    if (!calm && random.nextInt(60) == 0) {
      throw new Denied("an admission policy says no (HTTP 422)");
    }
  }

  private void fault(String port) {
    if (!calm && random.nextInt(150) == 0) {
      throw new Unavailable(port + " does not answer");
    }
  }

  private void violate(String what) {
    violations.add("seed " + seed + ", step " + ordinal + " at " + now + ": " + what);
  }

  // What sensors and attackers send.

  private void alert() {
    List<World.Running> pods = world.running();
    if (pods.isEmpty()) {
      return;
    }
    World.Running pod = pods.get(random.nextInt(pods.size()));
    Pod is = pod.identity;
    Target.Builder target = target(is).podUid(random.nextBoolean() ? is.uid() : null);
    Instant at = now.minusMillis(random.nextInt(3_000));
    boolean replayed = false;
    boolean honest = true;
    switch (random.nextInt(12)) {
      case 0 -> {
        target.cluster("green");
        honest = false;
      }
      case 1 -> {
        target.node("node-9");
        honest = false;
      }
      case 2 -> {
        target.podUid("uid-of-nobody");
        honest = false;
      }
      case 3 -> {
        at = now.minus(Duration.ofMinutes(11 + random.nextInt(100)));
        honest = false;
      }
      case 4 -> {
        at = now.plus(Duration.ofMinutes(3 + random.nextInt(100)));
        target.podUid(is.uid());
      }
      case 5 -> {
        replayed = true;
        honest = false;
      }
      case 6 -> at = now.minus(Duration.ofSeconds(random.nextInt(500)));
      default -> {}
    }
    if (honest) {
      seen.add(is.uid());
    }
    String id = "a" + alerts++;
    ScoredAlert scored = scored(id, target.build(), at);
    boolean isReplayed = replayed;
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(
          new Mail(
              now.plusMillis(random.nextInt(5_000)),
              id,
              (responder, hear) -> {
                boolean unused = responder.respond(scored, now, isReplayed, hear);
              }));
    }
  }

  private static Target.Builder target(Pod pod) {
    return TestAlerts.reverseShell("x").target().toBuilder()
        .cluster(CLUSTER)
        .namespace(pod.namespace())
        .pod(pod.name())
        .node(pod.node().orElse("none"))
        .podUid(pod.uid())
        .containerId(pod.containerIds().getFirst().substring(0, 12));
  }

  private static ScoredAlert scored(String id, Target target, Instant at) {
    return new ScoredAlert(
        new AcceptedAlert(
            TestAlerts.alert(id, "Reverse shell", Severity.CRITICAL).target(target).at(at).build(),
            "f00d",
            Acceptance.OPENED,
            1,
            at,
            at,
            1,
            1),
        85,
        List.of(new Points(85, "a test")));
  }

  // What people do.

  private void person() {
    Operations operations = new Operations(StoredLedger.in(table));
    Order order = new Order("ann@example.com", "a test");
    switch (random.nextInt(8)) {
      case 0 -> {
        operations.stop(order, now);
        stopped = true;
        stoppedAt = ordinal;
      }
      case 1, 2 -> {
        operations.resume(order, now);
        stopped = false;
      }
      case 3 ->
          operations.live().stream()
              .findFirst()
              .ifPresent(live -> operations.undo(live.id(), order, now));
      case 4 ->
          operations.live().stream()
              .findFirst()
              .ifPresent(live -> operations.extend(live.id(), Duration.ofHours(1), now));
      case 5 ->
          world.running().stream()
              .filter(pod -> pod.isolated)
              .findFirst()
              .ifPresent(this::takeIsolationAway);
      case 6 ->
          world.running().stream()
              .filter(pod -> pod.workload.isPresent() && pod.gone.isEmpty())
              .skip(random.nextInt(4))
              .findFirst()
              .ifPresent(
                  pod -> {
                    pod.gone = Optional.of(now.plusSeconds(random.nextInt(30)));
                    disturb(pod);
                  });
      default -> {
        if (!world.workloads().isEmpty() && random.nextInt(3) == 0) {
          World.Workload workload = world.workloads().get(random.nextInt(world.workloads().size()));
          world.rollOut(workload);
          world.running().stream()
              .filter(pod -> pod.workload.filter(workload::equals).isPresent())
              .forEach(this::disturb);
        }
      }
    }
  }

  private void takeIsolationAway(World.Running pod) {
    trace("a person removes the isolation of " + pod.uid());
    pod.isolated = false;
    undone.add(pod.uid());
    disturb(pod);
  }

  private void disturb(World.Running pod) {
    disturbed.put(pod.uid(), ordinal);
    disturbed.put(pod.identity.workload(), ordinal);
  }

  private boolean isDisturbed(String key) {
    Handling process = current;
    return process == null || disturbed.getOrDefault(key, -1L) >= process.startedAt;
  }

  // What must hold.

  @Override
  public void deleting(World.Running pod, boolean evicted) {
    acting("delete-pod", pod);
    if (pod.workload.isEmpty()
        || pod.identity.owner().stream()
            .noneMatch(
                owner -> owner.kind().equals("Deployment") || owner.kind().equals("StatefulSet"))) {
      violate("deleted " + pod.identity.inWords() + ", which nothing replaces");
    }
    boolean last =
        world.running().stream()
            .noneMatch(
                other ->
                    other != pod && other.workload.equals(pod.workload) && world.serves(other));
    if (last && world.serves(pod) && !isDisturbed(pod.identity.workload())) {
      violate("deleted the last pod of " + pod.identity.workload() + " that serves");
    }
    if (!evicted
        && world.serves(pod)
        && world.budgetsOf(pod).stream().anyMatch(budget -> world.allowed(budget) < 1)
        && !isDisturbed(pod.identity.workload())) {
      violate("deleted " + pod.identity.inWords() + " against a PodDisruptionBudget");
    }
  }

  @Override
  public void isolating(World.Running pod) {
    if (!pod.isolated) {
      acting("isolate-pod", pod);
    }
    if (pod.identity.hostNetwork()) {
      violate("isolated " + pod.identity.inWords() + " on the host network");
    }
    if (StoredLedger.of(table, CLUSTER)
        .remembered(new Ledger.Key("isolate-pod", pod.uid()))
        .isEmpty()) {
      violate("isolated " + pod.identity.inWords() + " without a lease");
    }
    disturbed.put(pod.identity.workload(), ordinal);
    isolated.put(pod.uid(), ordinal);
  }

  /** Whether a person or an undo ended the isolation before it was told. */
  private boolean isEndedSince(String uid) {
    return disturbed.getOrDefault(uid, -1L) >= isolated.getOrDefault(uid, 0L);
  }

  /** An undo may come between the check of an isolation and its message. */
  @Override
  public void releasing(World.Running pod) {
    disturbed.put(pod.uid(), ordinal);
    undone.add(pod.uid());
  }

  private void acting(String action, World.Running pod) {
    Handling process = current;
    String what = action + " on " + pod.identity.inWords();
    if (!seen.contains(pod.uid())) {
      violate(what + " without an honest alert about it");
    }
    if (pod.identity.namespace().equals("kube-system") || pod.identity.mirror()) {
      violate(what + ", which is protected");
    }
    if (stopped && process != null && stoppedAt < process.startedAt) {
      violate(what + " although the kill switch was on before");
    }
    if (acted.putIfAbsent(pod.uid(), now) == null) {
      String workload = pod.identity.workload();
      if (recently(one -> one.identity.workload().equals(workload)) > 5) {
        violate(what + ": more than 5 of the workload in an hour");
      }
      if (recently(one -> one.identity.namespace().equals(pod.identity.namespace())) > 10) {
        violate(what + ": more than 10 of the namespace in an hour");
      }
      if (recently(one -> true) > 20) {
        violate(what + ": more than 20 in an hour");
      }
    }
  }

  private final Map<String, World.Running> actedOn = new HashMap<>();

  private long recently(java.util.function.Predicate<World.Running> which) {
    world.running().forEach(pod -> actedOn.putIfAbsent(pod.uid(), pod));
    return acted.entrySet().stream()
        .filter(one -> one.getValue().isAfter(now.minus(Duration.ofMinutes(50))))
        .map(one -> actedOn.get(one.getKey()))
        .filter(pod -> pod != null && which.test(pod))
        .count();
  }

  private void hear(ResponseDecided decided) {
    trace("told " + decided.target() + " " + decided.outcome() + " " + decided.explanation());
    pause();
    if (!calm && random.nextInt(100) == 0) {
      throw new Lost();
    }
    told.merge(decided.outcome(), 1, Integer::sum);
    answered.add(decided.scored().alert().id());
    if (decided.outcome() == ResponseOutcome.TAKEN) {
      check(decided);
    } else if (decided.outcome() == ResponseOutcome.RELEASED) {
      taken.remove(decided.action() + " " + uidOf(decided));
    }
    if (!calm && random.nextInt(100) == 0) {
      throw new Lost();
    }
  }

  private static String uidOf(ResponseDecided decided) {
    int from = decided.target().indexOf("(uid ") + 5;
    return decided.target().substring(from, decided.target().indexOf(')', from));
  }

  private void check(ResponseDecided decided) {
    String uid = uidOf(decided);
    if (!ids.add(decided.id())) {
      // A redelivery is told the same, whatever happened since.
      return;
    }
    String before = taken.put(decided.action() + " " + uid, decided.scored().alert().id());
    String alert = decided.scored().alert().id();
    if (before != null && !before.equals(alert) && !undone.contains(uid)) {
      violate(decided.action() + " on " + uid + " told for " + before + " and for " + alert);
    }
    Optional<World.Running> pod = world.byUid(uid);
    if (decided.action().equals("delete-pod") && pod.isPresent()) {
      violate("told as deleted, and is not: " + decided.target());
    }
    if (decided.action().equals("isolate-pod")
        && pod.isPresent()
        && (!world.enforces() || (!pod.get().isolated && !isEndedSince(uid)))) {
      violate("told as isolated, and is not: " + decided.target());
    }
  }

  /** From now on nothing fails. */
  private void calm() {
    calm = true;
    List.copyOf(processes).forEach(this::kill);
    new Operations(StoredLedger.in(table)).resume(new Order("ann@example.com", "the end"), now);
    stopped = false;
    passMinutes(15);
  }

  private void passMinutes(int minutes) {
    for (int i = 0; i < minutes && violations.isEmpty(); i++) {
      pass(Duration.ofMinutes(1));
      drain();
    }
  }

  private void drain() {
    while (violations.isEmpty()
        && (mail.stream().anyMatch(one -> !one.due().isAfter(now)) || !processes.isEmpty())) {
      ordinal++;
      turn();
    }
  }

  /**
   * An honest alert about any pod is answered: by an effect, or by a message. The effect of an
   * earlier action may be gone.
   */
  private void answer() {
    List<World.Running> pods = new ArrayList<>(world.running());
    Collections.shuffle(pods, random);
    for (World.Running pod : pods.subList(0, Math.min(4, pods.size()))) {
      if (world.byUid(pod.uid()).isEmpty() || pod.gone.isPresent() || !violations.isEmpty()) {
        continue;
      }
      if (pod.isolated && random.nextBoolean()) {
        takeIsolationAway(pod);
      }
      seen.add(pod.uid());
      String id = "last-" + pod.uid();
      ScoredAlert scored = scored(id, target(pod.identity).build(), now);
      post(
          new Mail(
              now,
              id,
              (responder, hear) -> {
                boolean unused = responder.respond(scored, now, false, hear);
              }));
      drain();
      passMinutes(12);
      if (!answered.contains(id) && world.byUid(pod.uid()).isPresent() && !pod.isolated) {
        violate("nothing came of the alert about " + pod.identity.inWords());
      }
    }
  }

  /** Everything ends without faults: the queue empties, and every containment is undone. */
  private void end() {
    calm();
    answer();
    Instant last = now.plus(Duration.ofDays(2));
    while (now.isBefore(last) && violations.isEmpty()) {
      ordinal++;
      post(new Mail(now, "sweep", (responder, hear) -> responder.releaseEnded(now, hear)));
      drain();
      pass(Duration.ofMinutes(mail.isEmpty() ? 20 : 1));
    }
    for (World.Running pod : world.running()) {
      if (pod.isolated) {
        violate("still isolated at the end: " + pod.identity.inWords());
      }
    }
    if (!StoredLedger.of(table, CLUSTER).live().isEmpty()) {
      violate("containments are left: " + StoredLedger.of(table, CLUSTER).live());
    }
    if (!mail.isEmpty()) {
      violate("messages are left: " + mail.size());
    }
  }
}
