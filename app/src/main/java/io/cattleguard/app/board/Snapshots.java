package io.cattleguard.app.board;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.board.page.Snapshot;
import io.cattleguard.app.board.page.Snapshot.Answer;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.IncidentSummary;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** Caches what the pages show, so that a page reads only what is new instead of all incidents. */
final class Snapshots {
  /** What the board shows. */
  static final Duration KEPT = Duration.ofDays(30);

  /** Maximum incidents. */
  static final int LIMIT = 20_000;

  /** Maximum age of a page's content. */
  private static final Duration FRESH = Duration.ofSeconds(2);

  /** An event that is recorded with at most this delay is seen at once. */
  private static final Duration LATE = Duration.ofMinutes(10);

  /** An event that is recorded later is seen after this time. */
  private static final Duration WHOLE = Duration.ofMinutes(5);

  /** Maximum age of the budgets' figures: a read takes up to 1,000 items of the ledger. */
  private static final Duration BUDGETS = Duration.ofSeconds(10);

  private static final int HOLDING = 500;

  private final ShownDeployment deployment;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, IncidentSummary> incidents = new HashMap<>();
  private Optional<Snapshot> latest = Optional.empty();
  private Optional<Instant> whole = Optional.empty();
  private boolean isCut;

  /** All incidents, the latest first; empty if one has changed since. */
  private Optional<List<IncidentSummary>> sorted = Optional.empty();

  private Optional<Budgets> budgets = Optional.empty();
  private final ReentrantLock budgetLock = new ReentrantLock();
  private final AtomicBoolean reading = new AtomicBoolean();

  /** An answer, and its time. */
  private record Budgets(Answer answer, Instant at) {}

  Snapshots(ShownDeployment deployment, InstantSource clock) {
    this.deployment = deployment;
    this.clock = clock;
  }

  /** The current snapshot. */
  Snapshot current() {
    return read(FRESH);
  }

  /** The snapshot after a command. */
  Snapshot renewed() {
    return read(Duration.ZERO);
  }

  /** What is used of budgets and caps. A failure is not kept. */
  Answer budgets() {
    budgetLock.lock();
    try {
      Instant now = clock.instant();
      Optional<Answer> known =
          budgets
              .filter(one -> !now.isBefore(one.at) && now.isBefore(one.at.plus(BUDGETS)))
              .map(Budgets::answer);
      if (known.isPresent()) {
        return known.get();
      }
      Answer answer = ask(new OperatorRequest.Budgets());
      budgets =
          answer.unreadable().isEmpty() ? Optional.of(new Budgets(answer, now)) : Optional.empty();
      return answer;
    } finally {
      budgetLock.unlock();
    }
  }

  private Snapshot read(Duration age) {
    lock.lock();
    try {
      Instant now = clock.instant();
      Optional<Snapshot> known =
          latest.filter(
              one -> Duration.between(one.at(), now).compareTo(age) < 0 && !one.at().isAfter(now));
      Snapshot snapshot = known.orElseGet(() -> load(now));
      latest = Optional.of(snapshot);
      return snapshot;
    } finally {
      lock.unlock();
    }
  }

  private Snapshot load(Instant now) {
    // In parallel, because each is a request to a region that may be far away.
    FutureTask<Answer> containing = begun(() -> ask(new OperatorRequest.Containments()));
    FutureTask<Answer> asking = begun(() -> ask(new OperatorRequest.Approvals()));
    FutureTask<List<IncidentSummary>> holding =
        begun(() -> deployment.incidents().holding(HOLDING));
    List<String> troubles = new ArrayList<>();
    try {
      readIncidents(now);
      result(holding).forEach(this::put);
    } catch (Unavailable e) {
      troubles.add("The incidents cannot be read: " + e.getMessage());
    }
    Answer containments = result(containing);
    containments
        .unreadable()
        .ifPresent(why -> troubles.add("The containments cannot be read: " + why));
    Answer approvals = result(asking);
    approvals.unreadable().ifPresent(why -> troubles.add("The approvals cannot be read: " + why));
    Optional<ObjectNode> stop =
        containments.all().stream().filter(one -> one.path("killSwitch").asBoolean()).findFirst();
    return new Snapshot(
        now,
        asOf(now),
        isCut,
        whole.isEmpty(),
        new Answer(
            containments.all().stream().filter(one -> !one.has("killSwitch")).toList(),
            containments.unreadable()),
        stop,
        approvals,
        troubles);
  }

  /** Usually nothing has changed, so avoid sorting and copying 20,000 incidents. */
  private List<IncidentSummary> asOf(Instant now) {
    List<IncidentSummary> all = sorted();
    boolean isAsWritten =
        all.stream().noneMatch(one -> one.waitsUntil().filter(now::isAfter).isPresent());
    return isAsWritten ? all : all.stream().map(one -> one.asOf(now)).toList();
  }

  private List<IncidentSummary> sorted() {
    List<IncidentSummary> all =
        sorted.orElseGet(
            () ->
                incidents.values().stream()
                    .sorted(
                        Comparator.comparing(IncidentSummary::lastAt)
                            .reversed()
                            .thenComparing(IncidentSummary::id))
                    .toList());
    sorted = Optional.of(all);
    return all;
  }

  private void put(IncidentSummary one) {
    if (!one.equals(incidents.put(one.id(), one))) {
      sorted = Optional.empty();
    }
  }

  private void readIncidents(Instant now) {
    if (whole.isEmpty()) {
      replace(deployment.incidents().latest(now.minus(KEPT), LIMIT), now);
    } else {
      if (Duration.between(whole.get(), now).compareTo(WHOLE) >= 0) {
        readAllMeanwhile(now);
      }
      Instant since =
          sorted().stream()
              .map(IncidentSummary::lastAt)
              .filter(at -> !at.isAfter(now))
              .findFirst()
              .map(at -> at.minus(LATE))
              .orElse(now.minus(KEPT));
      deployment.incidents().latest(since, LIMIT).forEach(this::put);
    }
  }

  private static <T> FutureTask<T> begun(Callable<T> read) {
    FutureTask<T> task = new FutureTask<>(read);
    Thread unused = Thread.ofVirtual().name("board-read").start(task);
    return task;
  }

  private static <T> T result(FutureTask<T> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted");
    }
  }

  /** No page waits for it. The next page reads again what changes during this read. */
  private void readAllMeanwhile(Instant now) {
    if (!reading.compareAndSet(false, true)) {
      return;
    }
    Thread unused =
        Thread.ofVirtual()
            .name("board-incidents")
            .start(
                () -> {
                  try {
                    List<IncidentSummary> read =
                        deployment.incidents().latest(now.minus(KEPT), LIMIT);
                    lock.lock();
                    try {
                      replace(read, now);
                    } finally {
                      lock.unlock();
                    }
                  } catch (Unavailable e) {
                    // The pages report the failure, and the next page tries again.
                  } finally {
                    reading.set(false);
                  }
                });
  }

  private void replace(List<IncidentSummary> read, Instant now) {
    incidents.clear();
    read.forEach(one -> incidents.put(one.id(), one));
    sorted = Optional.empty();
    isCut = read.size() == LIMIT;
    whole = Optional.of(now);
  }

  private Answer ask(OperatorRequest question) {
    return answer(deployment, question);
  }

  /** What the deployment answers to a question. */
  static Answer answer(ShownDeployment deployment, OperatorRequest question) {
    try {
      OperatorReply reply = deployment.operator().ask(question, "");
      return new Answer(
          reply.results().stream().map(OperatorReply.Result::object).toList(),
          reply.success()
              ? Optional.empty()
              : Optional.of(reply.note().orElse("the deployment does not answer")),
          reply.success() ? reply.note() : Optional.empty());
    } catch (Unavailable e) {
      String why = e.getMessage();
      return new Answer(List.of(), Optional.of(why == null ? "the ledger does not answer" : why));
    }
  }
}
