package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What suppressions, silences and inhibitions have hidden, in one item of deduplicate's table. The
 * counts are approximate: they are written once a minute, and at once for a rule that has hidden
 * nothing for a day. Once a day a report to people names the rules that hide nothing or too much.
 */
public final class HidingRecords {
  private static final String KEY = "hidden";
  private static final String REPORTED = "reported";
  private static final String RULES = "rules";
  private static final Duration STEP = Duration.ofMinutes(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration KEPT = HidingRecord.IDLE.multipliedBy(2);
  private static final int MOST = 500;
  private static final int ATTEMPTS = 3;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final VersionedTable table;
  private final Consumer<String> report;

  @GuardedBy("this")
  private final Map<String, Long> hidden = new HashMap<>();

  @GuardedBy("this")
  private final Set<String> capped = new HashSet<>();

  @GuardedBy("this")
  private Stored known = Stored.NONE;

  @GuardedBy("this")
  private Instant writtenAt = Instant.MIN;

  private record Stored(Instant reported, Map<String, HidingRecord> rules) {
    private static final Stored NONE = new Stored(Instant.MIN, Map.of());
  }

  /**
   * Uses deduplicate's table.
   *
   * @param report receives a sentence per rule that needs a person, once a day
   */
  public HidingRecords(VersionedTable table, Consumer<String> report) {
    this.table = table;
    this.report = report;
  }

  /** Counts an alert that a rule hid. */
  public synchronized void hid(String rule) {
    hidden.merge(rule, 1L, Long::sum);
  }

  /** Notes an alert beyond a rule's cap. */
  public synchronized void cap(String rule) {
    capped.add(rule);
  }

  /**
   * Stores what was counted, if it is time. A failure is retried at the next time.
   *
   * @param policy the names of the policy's rules
   */
  public synchronized void store(Set<String> policy, Instant now) {
    if (!isDue(policy, now)) {
      return;
    }
    writtenAt = now;
    try {
      write(policy, now);
    } catch (Unavailable e) {
      // What was counted is kept.
    }
  }

  @GuardedBy("this")
  private boolean isDue(Set<String> policy, Instant now) {
    if (writtenAt.equals(Instant.MIN)) {
      return !policy.isEmpty() || !hidden.isEmpty();
    }
    if (now.isBefore(writtenAt.plus(STEP))) {
      for (String rule : hidden.keySet()) {
        if (isNews(rule)) {
          return true;
        }
      }
      return false;
    }
    return !hidden.isEmpty()
        || !capped.isEmpty()
        || (!policy.isEmpty() && !now.isBefore(known.reported.plus(DAY)));
  }

  @GuardedBy("this")
  private boolean isNews(String rule) {
    HidingRecord record = known.rules.get(rule);
    return record == null || !writtenAt.isBefore(record.latest().plus(DAY));
  }

  @GuardedBy("this")
  private void write(Set<String> policy, Instant now) {
    Optional<VersionedTable.State> state = table.read(KEY);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = state.map(VersionedTable.State::version).orElse(0L);
      Stored before = read(state);
      Map<String, HidingRecord> rules = next(before.rules, policy, now);
      boolean reports = !now.isBefore(before.reported.plus(DAY));
      Stored next = new Stored(reports ? now : before.reported, rules);
      if (next.equals(before)) {
        known = before;
        return;
      }
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(KEY, version + 1, text(next)), version, now.plus(KEPT));
      if (conflict.isEmpty()) {
        known = next;
        hidden.clear();
        capped.clear();
        if (reports) {
          rules.values().forEach(rule -> rule.trouble(now).ifPresent(report));
        }
        return;
      }
      state = conflict.filter(current -> current.version() != 0);
    }
  }

  /** A rule that left the policy, and a silence that ended, are forgotten after a while. */
  @GuardedBy("this")
  private Map<String, HidingRecord> next(
      Map<String, HidingRecord> before, Set<String> policy, Instant now) {
    Map<String, HidingRecord> rules = new TreeMap<>(before);
    rules
        .values()
        .removeIf(
            rule ->
                !policy.contains(rule.name())
                    && !now.isBefore(rule.latest().plus(StoredSilences.KEPT_AFTER_END)));
    policy.forEach(rule -> rules.putIfAbsent(rule, HidingRecord.began(rule, now)));
    hidden.forEach(
        (rule, count) ->
            rules.put(
                rule, rules.getOrDefault(rule, HidingRecord.began(rule, now)).hid(count, now)));
    capped.forEach(
        rule ->
            rules.put(rule, rules.getOrDefault(rule, HidingRecord.began(rule, now)).cappedAt(now)));
    while (rules.size() > MOST) {
      rules.remove(rules.keySet().iterator().next());
    }
    return rules;
  }

  /**
   * The stored records.
   *
   * @throws Unavailable if the table does not answer
   */
  public List<HidingRecord> all() {
    return new ArrayList<>(read(table.read(KEY)).rules.values());
  }

  private static String text(Stored stored) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put(REPORTED, stored.reported.toString());
    ObjectNode rules = out.putObject(RULES);
    stored.rules.forEach((name, rule) -> rules.set(name, rule.toJson()));
    return out.toString();
  }

  private static Stored read(Optional<VersionedTable.State> state) {
    if (state.isEmpty()) {
      return Stored.NONE;
    }
    try {
      JsonNode in = JSON.readTree(state.get().text());
      Map<String, HidingRecord> rules = new TreeMap<>();
      for (Map.Entry<String, JsonNode> rule : in.path(RULES).properties()) {
        rules.put(rule.getKey(), HidingRecord.read(rule.getKey(), rule.getValue()));
      }
      return new Stored(Instant.parse(in.path(REPORTED).asText()), rules);
    } catch (IOException | DateTimeException e) {
      return Stored.NONE;
    }
  }
}
