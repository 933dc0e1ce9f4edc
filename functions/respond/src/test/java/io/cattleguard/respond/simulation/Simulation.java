package io.cattleguard.respond.simulation;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.LeaseSweep;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.ApprovalRules;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import io.cattleguard.respond.ledger.StoredLedger;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run: random alerts, people who interfere, and up to five responders that fail and are killed
 * between any two calls, in a world that a subclass adds. After every change and every message it
 * checks the promises; at the end everything must be undone. The seed determines the whole run.
 */
public abstract class Simulation {
  /** The start time of each run. */
  protected static final Instant START = TestAlerts.AT;

  private static final int AT_ONCE = 5;

  /** At least half of the shortest lease, by clocks that differ. */
  private static final Duration AN_ALERT_COUNTS = Duration.ofSeconds(86);

  private static final String SWEEP = "sweep";
  private static final String TABLE = VersionedTable.class.getSimpleName();

  /** The largest difference between the clock of a responder and the world's. */
  protected static final Duration SKEW = Duration.ofMillis(1_500);

  private static final Duration FRESHNESS = Duration.ofMinutes(10);

  /** People are told once, and again only by a responder that is killed before it notes that. */
  private static final int OFTEN = 2;

  private static final @Nullable String TRACE = System.getProperty("cattleguard.trace");

  /** After which Lambda kills a function. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final long seed;
  private final Random random;
  private final SharedTable table = new SharedTable(this::isContended);
  private final List<Mail> mail = new ArrayList<>();
  private final List<Handling> processes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();

  /** The objects that an honest source of alerts saw, by UID. */
  private final Set<String> seen = new HashSet<>();

  /** The alert whose action was told as taken, by action and object. */
  private final Map<String, String> taken = new HashMap<>();

  /** The same, by action and what people were told of the object. */
  private final Map<String, String> takenFor = new HashMap<>();

  private final Map<String, Acted> acted = new HashMap<>();
  private final Map<String, Long> disturbed = new HashMap<>();
  private final Set<String> ids = new HashSet<>();

  /** The objects whose containment was ended, so that they may be contained again. */
  private final Set<String> undone = new HashSet<>();

  /** The time at which a person had an action undone. */
  private final Map<Ledger.Key, Long> undoneByOrder = new HashMap<>();

  /** The alerts of which people were notified. */
  private final Set<String> answered = new HashSet<>();

  /** The time at which people were notified that an action is not taken again, by object. */
  private final Map<String, Instant> notAgain = new HashMap<>();

  /** The time at which people were notified that an action is retried, by object. */
  private final Map<String, Instant> notYet = new HashMap<>();

  /** The steps that people heard to be retried, by alert, playbook and action. */
  private final Map<String, Postponed> postponed = new HashMap<>();

  /** The objects of whose action people heard, by name and by what is exact. */
  private final Set<String> happened = new HashSet<>();

  private final Map<ResponseOutcome, Integer> told = new HashMap<>();

  /** In mode approve; empty in the other runs. */
  private final Optional<ApprovalRules> approval;

  private final Habits habits;

  private final People people = new People();

  /** The time at which people were notified that the release of a containment fails. */
  private final Map<String, List<Instant>> failedReleases = new HashMap<>();

  private Instant now = START;
  private long ordinal;
  private boolean calm;

  /** The time until which the table rejects every call. */
  private Instant throttledUntil = START;

  /** Whether an admission policy or a role denies every change for a while. */
  private boolean denying;

  /** Whether a person has just read that something is contained, and wants it undone at once. */
  private boolean regretted;

  private boolean stopped;
  private long stoppedAt;
  private @Nullable Handling current;

  /** A step that is retried, with the name of its object, and the object itself. */
  private record Postponed(String object, String uid, String why) {}

  /** A message in the responders' queue. */
  private record Mail(Instant due, String name, BiConsumer<Responder, Hearing> work) {}

  /** Publishes an outcome. */
  private interface Hearing extends Consumer<ResponseDecided> {}

  /**
   * The first action on an object, which counts against the hourly caps.
   *
   * @param limits whether the action only limits: such actions have hourly caps of their own
   */
  private record Acted(Instant at, String workload, String neighbourhood, boolean limits) {}

  private static final Set<String> LIMITING =
      Set.of("block-egress", "cordon-node", "block-address", "revoke-service-account");

  /** A function that handles one message. */
  private final class Handling {
    private final Turns turns;
    private final Mail message;
    private final long startedAt = ordinal;
    private final Instant started = now;
    private final boolean breakerOpen = isBreakerOpen();

    /** The difference between the clock of this process and the world's. */
    private final Duration skew = skew();

    private final List<Containment> live;

    /** Of the latest two turns. */
    private long lastCall = ordinal;

    private long thisCall = ordinal;
    private Instant lastCallAt = now;
    private Instant thisCallAt = now;

    private Handling(Mail message) {
      this.message = message;
      this.live = message.name().equals(SWEEP) ? ledger().live() : List.of();
      this.turns = new Turns(() -> message.work().accept(responder(), Simulation.this::hear));
    }
  }

  protected Simulation(long seed) {
    this.seed = seed;
    // Otherwise neighbouring seeds would begin with similar numbers.
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.approval = seed % 4 == 3 ? Optional.of(rules()) : Optional.empty();
    this.habits = Habits.of(random);
  }

  /** Without a draw, so that a seed means the same with and without it. */
  private Duration skew() {
    return seed % 3 == 0
        ? Duration.ofMillis((ordinal * 7_919) % (2 * SKEW.toMillis() + 1)).minus(SKEW)
        : Duration.ZERO;
  }

  /** The time on the clock of the process that acts now. */
  private Instant clock() {
    Handling process = current;
    return process == null ? now : now.plus(process.skew);
  }

  private ApprovalRules rules() {
    Duration expires =
        List.of(Duration.ofMinutes(2), Duration.ofMinutes(10), Duration.ofMinutes(30))
            .get(random.nextInt(3));
    return new ApprovalRules(expires, random.nextBoolean(), List.of());
  }

  // The parts that a subclass adds for its world.

  protected abstract Playbooks playbooks();

  /** The places of the responders, over ports that {@link #faulty} made. */
  protected abstract Places places();

  /** The part of a table that the responders use. */
  protected abstract StoredLedger ledgerIn(VersionedTable shared);

  /** Lets the world's time pass. */
  protected abstract void passed();

  /** How many of a thousand steps are alerts, up to 110. */
  protected abstract int alertShare();

  protected abstract void alert();

  /** Other actions of people, numbered from 5 to 7. */
  protected abstract void interfere(int what);

  /** The result or exception of a denied change. */
  protected abstract Object denied();

  /** The object of an outcome, as {@link #undone} and {@link #isUndone} name it. */
  protected abstract String objectOf(ResponseDecided decided);

  protected abstract void checkTaken(ResponseDecided decided);

  /** Alerts at the end, each of which must be answered. */
  protected abstract void answer();

  /** From now on nothing fails, so people repair what they have broken. */
  protected void repair() {}

  /** Checks that everything is undone. */
  protected abstract void checkEnd();

  // The parts that a subclass may use.

  /** The mode of every playbook of this run. */
  protected final Mode mode() {
    return approval.isPresent() ? Mode.APPROVE : Mode.ENFORCE;
  }

  /** How its playbooks ask for approval. */
  protected final ApprovalRules approval() {
    return approval.orElse(ApprovalRules.DEFAULT);
  }

  protected final Random random() {
    return random;
  }

  protected final Instant now() {
    return now;
  }

  protected final long ordinal() {
    return ordinal;
  }

  protected final StoredLedger ledger() {
    return ledgerIn(table);
  }

  protected final void see(String uid) {
    seen.add(uid);
  }

  protected final void disturb(String key) {
    disturbed.put(key, ordinal);
  }

  /** Whether something else changed that since the process that acts now was started. */
  protected final boolean isDisturbed(String key) {
    Handling process = current;
    return process == null || isDisturbedSince(key, process.startedAt);
  }

  private void extend(Operations operations, Operations.Live live) {
    try {
      operations.extend(live.id(), Duration.ofHours(1), now);
    } catch (IllegalArgumentException e) {
      trace("a person is told: " + e.getMessage());
    }
  }

  /** When the process that acts now began; now, if none does. */
  protected final Instant began() {
    Handling process = current;
    return process == null ? now : process.started;
  }

  /** Whether it changed since the process that acts now last asked the outside for something. */
  protected final boolean isDisturbedSinceLastCall(String key) {
    Handling process = current;
    return process == null || isDisturbedSince(key, process.lastCall);
  }

  protected final boolean isDisturbedSince(String key, long since) {
    return disturbed.getOrDefault(key, -1L) >= since;
  }

  /** The containment of that object was ended. */
  protected final void undone(String object) {
    undone.add(object);
  }

  protected final boolean isUndone(String object) {
    return undone.contains(object);
  }

  /** The process that acts now; the world itself if none does. */
  protected final Object process() {
    Handling process = current;
    return process == null ? this : process;
  }

  /** Whether a responder makes the change that is heard of now. */
  protected final boolean isResponder() {
    return current != null;
  }

  protected final void violate(String what) {
    violations.add("seed " + seed + ", step " + ordinal + " at " + now + ": " + what);
  }

  protected final boolean hasViolations() {
    return !violations.isEmpty();
  }

  /** Sends an alert to the responders, which take it after a while. */
  protected final void post(Instant due, ScoredAlert scored, boolean replayed) {
    post(
        new Mail(
            due,
            scored.alert().id(),
            (responder, hear) -> {
              boolean unused = responder.respond(scored, clock(), replayed, hear);
            }));
  }

  /** Sends an alert, lets it be handled, and returns whether people were notified of it. */
  protected final boolean isAnswered(ScoredAlert scored) {
    post(now, scored, false);
    drain();
    passMinutes(12);
    return answered.contains(scored.alert().id()) || isAsked(scored);
  }

  /** Another alert asked about the object when this one came; the end of its question is told. */
  private boolean isAsked(ScoredAlert scored) {
    Instant at = scored.alert().observedAt();
    return approval.isPresent() && at != null && people.isAsked(scored.alert().target(), at);
  }

  /**
   * What a person undid is not done again, and people are told that once an hour. Of what is
   * retried they are told every ten minutes. The alert of {@link #isAnswered} came twelve minutes
   * ago.
   */
  protected final boolean isToldNotAgain(Predicate<String> object) {
    return isTold(notAgain, object, Duration.ofMinutes(75))
        || isTold(notYet, object, Duration.ofMinutes(23));
  }

  private boolean isTold(Map<String, Instant> when, Predicate<String> object, Duration within) {
    return when.entrySet().stream()
        .filter(one -> object.test(one.getKey()))
        .anyMatch(one -> one.getValue().isAfter(now.minus(within)));
  }

  /** Lets time pass in steps in which every message is on time. */
  protected final void passPunctually(Duration time) {
    Instant end = now.plus(time);
    while (now.isBefore(end) && violations.isEmpty()) {
      pass(Duration.ofSeconds(5));
      if (approval.isPresent() && now.getEpochSecond() % 12 == 0) {
        sweep();
      }
      drain();
    }
  }

  /** Checks the invariants of every action. */
  protected final void acting(
      String what, String uid, String workload, String neighbourhood, boolean isProtected) {
    Handling process = current;
    if (!seen.contains(uid)) {
      violate(what + " without an honest alert about it");
    }
    if (isProtected) {
      violate(what + ", which is protected");
    }
    if (stopped && process != null && stoppedAt < process.startedAt) {
      violate(what + " although the kill switch was on before");
    }
    if (process != null && process.breakerOpen && isBreakerOpen()) {
      violate(what + " although the circuit breaker was open before");
    }
    boolean limits = LIMITING.contains(what.split(" ", 2)[0]);
    if (acted.putIfAbsent(uid, new Acted(now, workload, neighbourhood, limits)) == null) {
      if (recently(one -> one.limits == limits && one.workload.equals(workload)) > 5) {
        violate(what + ": more than 5 of the workload in an hour");
      }
      if (recently(one -> one.limits == limits && one.neighbourhood.equals(neighbourhood)) > 10) {
        violate(what + ": more than 10 of the namespace in an hour");
      }
      if (recently(one -> one.limits == limits) > 20) {
        violate(what + ": more than 20 in an hour");
      }
    }
  }

  /** Checks that people have approved an action, in the runs that ask them. */
  protected final void approved(String what, Ledger.Key key) {
    if (approval.isPresent() && current != null) {
      people.objection(ledger(), key, clock()).ifPresent(why -> violate(what + ", " + why));
    }
  }

  /** Checks that an action is not taken again on an object on which a person undid it. */
  protected final void containing(String what, Ledger.Key key) {
    Handling process = current;
    if (process != null && undoneByOrder.getOrDefault(key, Long.MAX_VALUE) < process.startedAt) {
      violate(what + ", which a person undid before");
    }
  }

  private boolean isBreakerOpen() {
    Budget breaker = playbooks().limits().circuitBreaker();
    String key = Allowance.CIRCUIT_BREAKER;
    return ledger()
            .spentByOthers(List.of(new Ledger.Spent(key, "", now.minus(breaker.window()))))
            .getOrDefault(key, 0)
        >= breaker.max();
  }

  /** Checks the invariants of every release that no person requested. */
  protected final void releasing(String what, Ledger.Key key) {
    Handling process = current;
    Optional<Containment> found = ledger().remembered(key);
    if (process == null || found.isEmpty()) {
      return;
    }
    Containment containment = found.get();
    if (containment.undo().isPresent()) {
      undoneByOrder.putIfAbsent(key, ordinal);
      return;
    }
    if (stopped && stoppedAt < process.startedAt) {
      violate(what + " although the kill switch was on before");
    }
    if (process.message.name().equals(SWEEP)
        && process.live.stream()
            .noneMatch(seen -> seen.key().equals(key) && seen.since().equals(containment.since()))
        && containment.since().plus(SKEW).isBefore(process.lastCallAt)) {
      violate(what + ", which was contained after the releaser had looked");
    }
    // What changed since the process began, it may not have seen.
    for (Containment seen : process.live) {
      if (!seen.key().equals(key) || !seen.since().equals(containment.since())) {
        continue;
      }
      if (seen.until().isAfter(now.plus(SKEW))) {
        violate(what + " before its lease ended");
      }
      // An alert does not delay the retry of a release that another sweep began.
      if (containment.failing().isEmpty()
          && seen.failing().isEmpty()
          && seen.alertAt().isAfter(seen.since())
          && seen.alertAt().plus(AN_ALERT_COUNTS).isAfter(now)) {
        violate(what + " although alerts about it still come");
      }
    }
  }

  private long recently(Predicate<Acted> which) {
    return acted.values().stream()
        .filter(one -> one.at.isAfter(now.minus(Duration.ofMinutes(50))))
        .filter(which)
        .count();
  }

  /**
   * A port that stops before each call, and that fails before or after the call.
   *
   * @param beside read concurrently with another read, so no steps of their own
   * @param changes that may be denied
   */
  protected final <T> T faulty(Class<T> port, T real, Set<String> beside, Set<String> changes) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              if (beside.contains(method.getName())) {
                return call(real, method, arguments);
              }
              pause();
              if (changes.contains(method.getName())
                  && !calm
                  && (denying || random.nextInt(60) == 0)) {
                return denied();
              }
              fault(port.getSimpleName());
              Object result = call(real, method, arguments);
              trace(method.getName() + " " + Arrays.deepToString(arguments) + " -> " + result);
              fault(port.getSimpleName());
              return result;
            }));
  }

  /** Prints a step whose text contains {@code -Dcattleguard.trace}, for a seed that fails. */
  protected final void trace(String what) {
    Handling process = current;
    if (TRACE != null && what.contains(TRACE)) {
      System.out.println(
          ordinal + " " + now + (process == null ? "" : " " + process.message.name()) + " " + what);
    }
  }

  // The run.

  /** Runs that many steps, then lets everything end, and returns what was violated. */
  final List<String> run(int steps) {
    for (int i = 0; i < steps && violations.isEmpty(); i++) {
      step();
    }
    if (violations.isEmpty()) {
      end();
    }
    return violations;
  }

  /** How often each outcome was reported. */
  final Map<ResponseOutcome, Integer> told() {
    return told;
  }

  /** How many steps there were, with those until everything had ended. */
  final long steps() {
    return ordinal;
  }

  private void step() {
    ordinal++;
    if (regretted) {
      regretted = false;
      undoLatest();
    }
    int dice = random.nextInt(1_000);
    if (dice < (habits.slow() ? alertShare() / 3 : alertShare())) {
      alert();
    } else if (dice < 110) {
      pass(Duration.ofMillis(random.nextInt(10_000)));
    } else if (dice < 110 + habits.sweepShare()) {
      sweep();
    } else if (dice < 145) {
      person();
    } else if (dice < 155 && !processes.isEmpty() && habits.kills()) {
      kill(processes.get(random.nextInt(processes.size())));
    } else if (dice < 160 && processes.isEmpty() && mail.size() < 3) {
      pass(Duration.ofHours(1 + random.nextInt(5)));
    } else if (dice < 185 && approval.isPresent()) {
      decide();
    } else {
      turn();
    }
  }

  /** While the place may still show the state before the containment. */
  private void undoLatest() {
    Operations operations = new Operations(StoredLedger.in(table));
    operations.live().stream()
        .max(Comparator.comparing(live -> live.containment().since()))
        .ifPresent(
            live -> {
              trace("a person regrets " + live.id());
              failedReleases.clear();
              operations.undo(live.id(), new OperatorOrder("ann@example.com", "a test"), now);
              // The first of them may come before the outcome is recorded.
              for (int second = 0; second < 8; second++) {
                sweep(now.plusSeconds(second));
              }
            });
  }

  private void sweep() {
    sweep(now);
  }

  private void sweep(Instant due) {
    post(new Mail(due, SWEEP, this::sweep));
  }

  private void sweep(Responder responder, Consumer<ResponseDecided> hear) {
    new LeaseSweep(List.of(responder), Duration.ZERO)
        .sweep(clock(), hear)
        .ifPresent(
            error -> {
              throw error;
            });
  }

  private void pass(Duration time) {
    now = now.plus(time);
    passed();
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
      pass(Duration.ofMillis(200 + random.nextInt(habits.slow() ? 15_000 : 2_000)));
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
    process.lastCall = process.thisCall;
    process.thisCall = ordinal;
    process.lastCallAt = process.thisCallAt;
    process.thisCallAt = now;
    current = process;
    process.turns.next();
    current = null;
    now = now.plusMillis(random.nextInt(20));
    passed();
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
        violate("unexpected error: " + error + " at " + frames(error));
      }
      post(
          new Mail(
              now.plusSeconds(calm ? 1 : 1 + random.nextInt(150)),
              process.message.name(),
              process.message.work()));
    }
  }

  private static String frames(Throwable error) {
    return Arrays.stream(error.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith("io.cattleguard"))
        .limit(3)
        .toList()
        .toString();
  }

  private void kill(Handling process) {
    current = process;
    trace("killed uid");
    process.turns.kill();
    current = null;
    finish(process);
  }

  private Responder responder() {
    return new Responder(
        playbooks(),
        places(),
        ledgerIn(faulty(VersionedTable.class, table, Set.of(), Set.of())),
        ResponderSettings.DEFAULT,
        this::clock,
        later());
  }

  private DelayQueue later() {
    return (again, delay) -> {
      pause();
      fault("queue");
      DelayedMessage message = DelayedMessage.read(again.toJson());
      post(
          new Mail(
              now.plus(delay),
              "again",
              (responder, hear) -> responder.again(message, clock(), hear)));
      fault("queue");
    };
  }

  /** Not delivered to the bus. */
  private static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;
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

  private void fault(String port) {
    if (calm) {
      return;
    }
    if (throttledUntil.isAfter(now) && port.equals(TABLE)) {
      throw new Unavailable(port + " is throttled");
    }
    if (habits.happens(habits.callsPerFault(), random)) {
      throw new Unavailable(port + " does not answer");
    }
    if (port.equals(TABLE) && habits.happens(habits.callsPerThrottling(), random)) {
      throttledUntil = now.plusMillis(random.nextInt(30_000));
    }
  }

  /** Only a responder's write meets another one. */
  private boolean isContended() {
    return current != null && !calm && random.nextInt(40) == 0;
  }

  private void person() {
    Operations operations = new Operations(StoredLedger.in(table));
    OperatorOrder order = new OperatorOrder("ann@example.com", "a test");
    int what = random.nextInt(10);
    if ((what == 0 && !habits.stops()) || (habits.undoes() && random.nextBoolean())) {
      what = 3;
    }
    switch (what) {
      case 0 -> {
        trace("a person stops the responders");
        operations.stop(order, now);
        stopped = true;
        stoppedAt = ordinal;
      }
      case 1, 2 -> {
        trace("a person resumes the responders");
        operations.resume(order, now);
        stopped = false;
      }
      case 3 -> {
        failedReleases.clear();
        any(operations)
            .ifPresent(
                live -> {
                  trace("a person undoes " + live.id());
                  operations.undo(live.id(), order, now);
                });
      }
      case 4 -> any(operations).ifPresent(live -> extend(operations, live));
      case 8 -> denying = habits.happens(habits.ordersPerDenial(), random);
      // Where alerts come seldom, a denial lasts long enough for several retries of a release.
      case 9 -> denying &= habits.slow() && random.nextInt(4) > 0;
      default -> interfere(what);
    }
  }

  /** Answers a question, twice now and then, and not always as one who may. */
  private void decide() {
    List<OperatorCommand> pressed = people.press(random, now);
    for (OperatorCommand command : pressed) {
      trace("pressed " + command.command() + " " + command.about().approval().orElse(""));
      post(
          new Mail(
              now.plusMillis(random.nextInt(20_000)),
              "pressed",
              (responder, hear) -> {
                people.isDelivered(command, clock());
                Optional<String> ignored = responder.command(command, clock(), hear);
                people.isHandled(command, ignored);
              }));
    }
  }

  private Optional<Operations.Live> any(Operations operations) {
    List<Operations.Live> live = operations.live();
    return live.isEmpty() ? Optional.empty() : Optional.of(live.get(random.nextInt(live.size())));
  }

  private void hear(ResponseDecided decided) {
    trace("told " + decided.target() + " " + decided.outcome() + " " + decided.explanation());
    pause();
    lose();
    told.merge(decided.outcome(), 1, Integer::sum);
    answered.add(decided.scored().alert().id());
    if (decided.explanation().contains(" is not taken again: ")) {
      notAgain.put(objectOf(decided), now);
    } else if (decided.explanation().contains("no action taken yet, retrying until ")) {
      notYet.put(objectOf(decided), now);
      notYet.put(decided.target(), now);
    }
    heard(decided);
    checkHeard(decided);
    if (approval.isPresent()) {
      people.hear(decided, objectOf(decided)).ifPresent(this::violate);
    }
    follow(decided);
    String told = decided.action() + " " + decided.target();
    if (decided.outcome() == ResponseOutcome.TAKEN) {
      regretted |= !calm && random.nextInt(12) == 0;
      check(decided);
      takenFor.put(told, decided.scored().alert().id());
    } else if (decided.outcome() == ResponseOutcome.REFUSED) {
      // If the ledger does not answer, people are notified that an earlier answer is not known.
      if (decided.objections().stream().noneMatch(one -> one.startsWith("cannot read whether"))
          && decided.scored().alert().id().equals(takenFor.get(told))
          && !undone.contains(objectOf(decided))
          && !decided.explanation().contains("undone by ")) {
        violate("told as refused, and was told as taken: " + decided.target());
      }
    } else if (decided.outcome() == ResponseOutcome.RELEASED) {
      taken.remove(decided.action() + " " + objectOf(decided));
      takenFor.remove(told);
    }
    lose();
  }

  private void checkHeard(ResponseDecided decided) {
    String object = decided.action() + " " + objectOf(decided);
    boolean isRelease =
        decided.explanation().startsWith("lease expired")
            || decided.explanation().startsWith("undone by ");
    if (isRelease && decided.outcome() == ResponseOutcome.FAILED) {
      List<Instant> times = failedReleases.computeIfAbsent(object, key -> new ArrayList<>());
      times.add(now);
      Instant atOnce = times.getFirst().plus(Duration.ofMinutes(5));
      if (times.stream().filter(time -> time.isAfter(atOnce)).count() > OFTEN) {
        violate("told again and again that a release fails: " + decided.target());
      }
    }
    if (decided.outcome() != ResponseOutcome.FAILED) {
      failedReleases.remove(object);
    }
    Instant at = decided.scored().alert().observedAt();
    if (decided.outcome() == ResponseOutcome.REFUSED
        && decided.explanation().startsWith("no action taken: cannot ")
        && decided.objections().stream().allMatch(one -> one.startsWith("cannot read "))
        && at != null
        && at.plus(FRESHNESS).isAfter(now.plusSeconds(30))) {
      violate("not decided again, although it may pass: " + decided.explanation());
    }
  }

  /** Follows a step that is retried until it ends. */
  private void follow(ResponseDecided decided) {
    String alert = decided.scored().alert().id() + " " + decided.playbook() + " ";
    Set<String> steps = new HashSet<>();
    playbooks().all().stream()
        .filter(one -> one.name().equals(decided.playbook()))
        .flatMap(one -> one.steps().stream())
        .forEach(one -> steps.add(alert + one.name()));
    // A stronger action and the one that it replaces are one step.
    boolean isStronger = !steps.contains(alert + decided.action());
    // An action on an object, and its stronger one, answer also the alerts that name the object
    // without its UID.
    String object = decided.target().replaceFirst(" [(]uid .*", "");
    if (decided.explanation().contains("no action taken yet, retrying until ")) {
      // An object that cannot be read has no name of its own. Where an earlier action cannot be
      // verified, it answers the alert as soon as it can.
      if (decided.objections().stream()
          .noneMatch(
              one ->
                  one.startsWith("cannot read ")
                      || one.startsWith("cannot verify the earlier action"))) {
        postponed.put(
            alert + decided.action(),
            new Postponed(object, objectOf(decided), decided.explanation()));
      }
      return;
    }
    postponed.remove(alert + decided.action());
    postponed
        .keySet()
        .removeIf(step -> step.startsWith(alert) && (isStronger || !steps.contains(step)));
    if (decided.outcome() != ResponseOutcome.REFUSED
        && decided.outcome() != ResponseOutcome.OBSERVED) {
      // Later messages name an object as the alert does: a workload by its pod.
      happened.add(object);
      happened.add(objectOf(decided));
    }
  }

  private void checkPostponed() {
    postponed.forEach(
        (step, one) -> {
          if (!happened.contains(one.object()) && !happened.contains(one.uid())) {
            violate(
                "retried, and never heard of again: "
                    + step
                    + ": "
                    + one.object()
                    + ": "
                    + one.why());
          }
        });
  }

  /** People are notified of an outcome. */
  protected void heard(ResponseDecided decided) {}

  private void lose() {
    if (!calm && habits.happens(habits.callsPerFault(), random)) {
      throw new Lost();
    }
  }

  private void check(ResponseDecided decided) {
    if (decided.explanation().contains(" changed nothing: ")) {
      // For a late answer, people are notified how the approval ended.
      checkTaken(decided);
      return;
    }
    if (!ids.add(decided.id())) {
      // A redelivery gets the same outcome, whatever happened since.
      return;
    }
    String object = objectOf(decided);
    String alert = decided.scored().alert().id();
    String before = taken.put(decided.action() + " " + object, alert);
    // A responder that is killed after it reported an outcome has not stored it.
    if (before != null
        && !before.equals(alert)
        && ledger().answered(before, decided.action()).isPresent()
        && !undone.contains(object)
        && !decided.explanation().contains(" does not show, and the alert cannot wait: ")
        && !decided.explanation().contains("it is in effect already: ")) {
      violate(decided.action() + " on " + object + " told for " + before + " and for " + alert);
    }
    checkTaken(decided);
  }

  /** From now on nothing fails. */
  private void calm() {
    calm = true;
    denying = false;
    List.copyOf(processes).forEach(this::kill);
    new Operations(StoredLedger.in(table))
        .resume(new OperatorOrder("ann@example.com", "the end"), now);
    stopped = false;
    repair();
    passMinutes(15);
  }

  private void passMinutes(int minutes) {
    for (int i = 0; i < minutes && violations.isEmpty(); i++) {
      pass(Duration.ofMinutes(1));
      // Questions expire, and releases that failed are retried.
      sweep();
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

  /** Everything ends without faults: the queue empties, and every containment is undone. */
  private void end() {
    calm();
    answer();
    Instant last = now.plus(Duration.ofDays(2));
    while (now.isBefore(last) && violations.isEmpty()) {
      ordinal++;
      sweep();
      drain();
      pass(Duration.ofMinutes(mail.isEmpty() ? 20 : 1));
    }
    if (!violations.isEmpty()) {
      return;
    }
    checkEnd();
    checkPostponed();
    if (!ledger().live().isEmpty()) {
      violate("containments are left: " + ledger().live());
    }
    if (!ledger().approvals().open().isEmpty()) {
      violate("questions are left: " + ledger().approvals().open());
    }
    people.unanswered().ifPresent(this::violate);
    if (!mail.isEmpty()) {
      violate("messages are left: " + mail.size());
    }
  }
}
