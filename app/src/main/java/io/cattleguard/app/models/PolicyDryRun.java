package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.HostileText;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Workload;
import io.cattleguard.models.export.Effect;
import io.cattleguard.models.export.ExportedPolicy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reports what exported policies would have done with recorded behaviour. */
final class PolicyDryRun {
  /** Maximum number of different entries. */
  private static final int MOST = 10_000;

  private record Key(Workload workload, Entry entry) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byWorkload = workload.compareTo(other.workload);
      return byWorkload == 0 ? entry.compareTo(other.entry) : byWorkload;
    }
  }

  private final List<ExportedPolicy> policies;
  private final Map<Key, Long> blocked = new TreeMap<>();
  private final Map<Key, Long> unknown = new TreeMap<>();
  private long allowed;
  private long others;
  private long more;
  private long lost;
  private final Set<String> lostAndBlocked = new TreeSet<>();

  PolicyDryRun(List<ExportedPolicy> policies) {
    this.policies = policies;
  }

  void add(Observation seen) {
    if (seen.entry().equals(SystemCall.RECORDED)) {
      return; // it says how calls were recorded
    }
    boolean applies = false;
    Effect effect = Effect.ALLOWED;
    for (ExportedPolicy policy : policies) {
      if (policy.workloads().contains(seen.workload())) {
        applies = true;
        Effect each = policy.effect(seen.entry());
        effect = effect == Effect.BLOCKED || each == Effect.ALLOWED ? effect : each;
      }
    }
    if (!applies) {
      others += seen.count();
      return;
    }
    switch (effect) {
      case ALLOWED -> allowed += seen.count();
      case BLOCKED -> count(blocked, seen);
      case UNKNOWN -> count(unknown, seen);
    }
  }

  /** Adds a program of a process that its source lost: it may be of this workload or another. */
  void addLost(Executable program) {
    lost++;
    if (policies.stream().anyMatch(policy -> policy.effect(program) == Effect.BLOCKED)
        && (lostAndBlocked.size() < MOST || lostAndBlocked.contains(program.path()))) {
      lostAndBlocked.add(program.path());
    }
  }

  private void count(Map<Key, Long> counts, Observation seen) {
    Key key = new Key(seen.workload(), seen.entry());
    if (counts.size() < MOST || counts.containsKey(key)) {
      counts.merge(key, seen.count(), Long::sum);
    } else {
      more += seen.count();
    }
  }

  boolean hasBlocked() {
    return !blocked.isEmpty();
  }

  void print(Screen screen) {
    print(screen, Style.ALARM, "would have been blocked", blocked);
    print(screen, Style.WARN, "cannot be told from the recording", unknown);
    printLost(screen);
    if (more > 0) {
      screen.line(Style.WARN, more + " further observations are not listed");
    }
    screen.line(
        blocked.isEmpty() ? Style.GOOD : Style.ALARM,
        allowed
            + " observations allowed, "
            + sum(blocked)
            + " blocked, "
            + sum(unknown)
            + " unknown; "
            + others
            + " are of other workloads.");
  }

  /** The counts, and each entry that was not allowed. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("allowed", allowed);
    out.put("otherWorkloads", others);
    list(blocked, out.putArray("blocked"));
    list(unknown, out.putArray("unknown"));
    out.put("notListed", more);
    out.put("lost", lost);
    lostAndBlocked.forEach(out.putArray("lostAndBlocked")::add);
    return out;
  }

  private static void list(Map<Key, Long> counts, ArrayNode out) {
    counts.forEach(
        (key, count) ->
            out.addObject()
                .put("workload", key.workload().toString())
                .put("entry", EntryText.of(key.entry()))
                .put("count", count));
  }

  private void printLost(Screen screen) {
    if (lost > 0) {
      screen.line(
          Style.WARN,
          ModelWords.count(lost, "program", "programs")
              + " started in processes that the source lost, such as by its rate limit: it is not"
              + " known of which workload."
              + (lostAndBlocked.isEmpty() ? "" : " In this one the policy would block:"));
      lostAndBlocked.forEach(path -> screen.line("  " + HostileText.visible(path, 120)));
    }
  }

  private static long sum(Map<Key, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void print(Screen screen, Style style, String heading, Map<Key, Long> counts) {
    if (!counts.isEmpty()) {
      screen.line(style, heading + ":");
      counts.forEach(
          (key, count) ->
              screen.line(
                  "  "
                      + key.workload()
                      + " "
                      + Deviations.words(key.entry())
                      + ", "
                      + count
                      + (count == 1 ? " time" : " times")));
    }
  }
}
