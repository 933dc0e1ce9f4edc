package io.cattleguard.sensor.learn;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Observations;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sources.parsing.Origin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Folds the events of a node into the behaviour of its workloads, and reports what is new within a
 * fixed number of calls. Not thread-safe; its counters are.
 */
final class NodeObserver {
  /**
   * Delay before a report, so that related behaviour, such as the programs of one script, is
   * reported together.
   */
  static final Duration GATHERED = Duration.ofSeconds(5);

  /** Maximum time that behaviour without news waits for a report with news. */
  static final Duration AT_LEAST = Duration.ofHours(1);

  private static final Duration SAVED = Duration.ofMinutes(1);
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  /** The envelope and the detail's own fields. */
  private static final int ENTRY_OVERHEAD = 1_536;

  private final String cluster;
  private final String node;
  private final int entryBytes;
  private final Bus bus;
  private final BookFile file;
  private final Observations observations;
  private final Consumer<String> trouble;
  private final NodeBook book = new NodeBook();
  private final CallAllowance allowance;
  private final CallAllowance riskyAllowance;

  private Optional<Instant> riskySince = Optional.empty();
  private Optional<Instant> newSince = Optional.empty();
  private Optional<Instant> otherSince = Optional.empty();
  private boolean changed;
  private Instant savedAt;
  private Instant forgottenAt;
  private boolean saves = true;
  private long refusedBefore;

  private final LongAdder events = new LongAdder();
  private final LongAdder calls = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile int facts;
  private volatile long refused;

  /**
   * Continues with the state that an earlier process left in the directory.
   *
   * @param entryBytes maximum bytes of an entry
   * @param trouble receives a sentence for the log, without the text of an event
   */
  NodeObserver(
      String cluster,
      String node,
      int entryBytes,
      Bus bus,
      Path directory,
      Observations observations,
      Consumer<String> trouble,
      Instant now) {
    this.cluster = cluster;
    this.node = node;
    this.entryBytes = entryBytes;
    this.bus = bus;
    this.file = new BookFile(directory);
    this.observations = observations;
    this.trouble = trouble;
    this.savedAt = now;
    this.forgottenAt = now;
    BookFile.Calls calls = restored(now);
    this.allowance = new CallAllowance(calls.earnedUntil());
    this.riskyAllowance = CallAllowance.ofRisky(calls.risky());
  }

  private BookFile.Calls restored(Instant now) {
    BookFile.Calls ofOne =
        new BookFile.Calls(CallAllowance.ofOne(now).state(), CallAllowance.ofOneRisky(now).state());
    if (!file.exists()) {
      return ofOne;
    }
    try {
      BookFile.Calls calls = file.read(book);
      look(now);
      return calls;
    } catch (IOException e) {
      trouble.accept(
          "the file of learnt behaviour is unreadable and is replaced; known behaviour is reported"
              + " again: "
              + e.getMessage());
      return ofOne;
    }
  }

  /** Finds the behaviour that an earlier process did not report. */
  private void look(Instant now) {
    for (NodeBook.Page page : book.pages().values()) {
      note(page.news(now), now);
      for (Fact fact : page.facts.values()) {
        note(fact.news(now), now);
      }
    }
  }

  /** Learns from an event, in UTF-8. */
  void take(byte[] event, Instant now) {
    events.increment();
    Origin origin = new Origin(cluster, now);
    for (Observation one : observations.of(new String(event, StandardCharsets.UTF_8), origin)) {
      int before = book.facts();
      note(book.note(one, now), now);
      changed |= book.facts() != before;
    }
    facts = book.facts();
    refused = book.refused();
  }

  private void note(Fact.News news, Instant now) {
    switch (news) {
      case NONE -> {}
      case RISKY -> riskySince = riskySince.or(() -> Optional.of(now));
      case NEW -> newSince = newSince.or(() -> Optional.of(now));
      case DETAIL, REFRESH -> otherSince = otherSince.or(() -> Optional.of(now));
    }
  }

  /** Sends the report, saves the book and forgets old behaviour, each when it is due. */
  void tick(Instant now) {
    boolean risky = isOver(riskySince, GATHERED, now);
    boolean due = isOver(newSince, GATHERED, now) || isOver(otherSince, AT_LEAST, now);
    if (risky && riskyAllowance.allows(now)) {
      report(riskyAllowance, now);
    } else if ((risky || due) && allowance.allows(now)) {
      report(allowance, now);
    }
    if (Duration.between(forgottenAt, now).compareTo(FORGOTTEN) > 0) {
      forgottenAt = now;
      book.forget(now);
      facts = book.facts();
    }
    if (changed && Duration.between(savedAt, now).abs().compareTo(SAVED) > 0) {
      save(now);
    }
    if (book.refused() > refusedBefore && refusedBefore == 0) {
      refusedBefore = book.refused();
      trouble.accept(
          "a memory limit is reached, so further behaviour of the node's workloads is not recorded:"
              + " models will be incomplete; the metric cattleguard_sensor_learning_refused_total"
              + " counts it");
    }
  }

  private static boolean isOver(Optional<Instant> since, Duration wait, Instant now) {
    return since.filter(at -> !at.plus(wait).isAfter(now) || at.isAfter(now)).isPresent();
  }

  private void report(CallAllowance from, Instant now) {
    NodeBook.Report report = book.report(now, entryBytes - ENTRY_OVERHEAD);
    if (report.workloads().isEmpty()) {
      riskySince = Optional.empty();
      newSince = Optional.empty();
      otherSince = Optional.empty();
      return;
    }
    // Counted and saved before the call: a sensor that dies in it must not call at every start.
    from.take(now);
    if (!save(now)) {
      from.take(now);
    }
    calls.increment();
    Bus.Outcome outcome = put(entry(report, now));
    if (!(outcome instanceof Bus.Outcome.Accepted)) {
      failures.increment();
    }
    switch (outcome) {
      case Bus.Outcome.Later later -> {
        return;
      }
      case Bus.Outcome.Accepted taken -> {}
      case Bus.Outcome.Never never ->
          // It would be rejected again, and delay the rest.
          trouble.accept("the event bus rejects a report of behaviour: " + never.explanation());
    }
    book.accepted(report, now);
    riskySince = Optional.empty();
    newSince = Optional.empty();
    otherSince = Optional.empty();
    if (report.more()) {
      look(now);
    }
    changed = true;
    save(now);
  }

  private Bus.Outcome put(Entry entry) {
    try {
      return bus.put(List.of(entry)).getFirst();
    } catch (RuntimeException e) {
      return new Bus.Outcome.Later("unanswered", e.getClass().getName());
    }
  }

  private Entry entry(NodeBook.Report report, Instant now) {
    String identity = cluster + "\n" + node + "\n" + now + "\n" + report.facts().size();
    WorkloadObserved detail =
        new WorkloadObserved(
            Fingerprint.hash(identity),
            cluster,
            now,
            0,
            node,
            report.workloads(),
            Optional.of(now));
    return new Entry(DetailType.WORKLOAD_OBSERVED, now, List.of(), detail.write().toString());
  }

  /** Writes the book for the next start; false if that failed. */
  boolean save(Instant now) {
    savedAt = now;
    try {
      file.write(book, new BookFile.Calls(allowance.state(), riskyAllowance.state()));
      changed = false;
      saves = true;
    } catch (IOException e) {
      if (saves) {
        trouble.accept("what was learnt cannot be saved: " + e);
      }
      saves = false;
    }
    return saves;
  }

  /** Writes the metrics. */
  void write(MetricsText out) {
    out.counter(
        "cattleguard_sensor_learning_events_total",
        "Events that were read to learn what workloads do.",
        events.sum());
    out.gauge(
        "cattleguard_sensor_learning_behaviours",
        "Different behaviours of the node's workloads in memory.",
        facts);
    out.counter(
        "cattleguard_sensor_learning_refused_total",
        "Observations refused because a memory limit was reached: models of their workloads are"
            + " incomplete.",
        refused);
    out.counter(
        "cattleguard_sensor_learning_calls_total",
        "Calls to report behaviour: on average at most four per hour, and twelve per hour for"
            + " behaviour that intruders show.",
        calls.sum());
    out.counter(
        "cattleguard_sensor_learning_call_failures_total",
        "Calls to report behaviour that failed; the behaviour waits for the next one.",
        failures.sum());
  }

  NodeBook book() {
    return book;
  }
}
