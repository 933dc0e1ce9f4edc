package io.cattleguard.app.replay;

import io.cattleguard.events.Alert;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a recording contains: its files, its sources, and the tactics that its alerts name. */
final class Coverage {
  private final Map<String, Long> files = new LinkedHashMap<>();
  private final Map<String, Source> sources = new TreeMap<>();
  private final Map<String, Tactic> tactics = new TreeMap<>();
  private long withoutTactic;

  /** A source with its alerts and the time of the first and last one. */
  static final class Source {
    private final String name;
    private long alerts;
    private @Nullable Instant firstAt;
    private @Nullable Instant lastAt;

    private Source(String name) {
      this.name = name;
    }

    private void add(Alert alert) {
      alerts++;
      Instant at = alert.observedAt();
      if (at != null) {
        firstAt = firstAt == null || at.isBefore(firstAt) ? at : firstAt;
        lastAt = lastAt == null || at.isAfter(lastAt) ? at : lastAt;
      }
    }

    String name() {
      return name;
    }

    long alerts() {
      return alerts;
    }

    @Nullable Instant firstAt() {
      return firstAt;
    }

    @Nullable Instant lastAt() {
      return lastAt;
    }
  }

  /** A tactic with the alerts that name it and their sources. */
  static final class Tactic {
    private final TreeSet<String> sources = new TreeSet<>();
    private long alerts;

    private void add(Alert alert) {
      alerts++;
      sources.add(alert.source());
    }

    long alerts() {
      return alerts;
    }

    String sources() {
      return String.join(", ", sources);
    }
  }

  /** Counts an event of a file. */
  void receive(String file) {
    files.merge(file, 1L, Long::sum);
  }

  /** Counts an alert, whatever its result. */
  void add(Alert alert) {
    sources.computeIfAbsent(alert.source(), Source::new).add(alert);
    if (alert.tactics().isEmpty()) {
      withoutTactic++;
    }
    alert.tactics().stream()
        .distinct()
        .forEach(id -> tactics.computeIfAbsent(id, key -> new Tactic()).add(alert));
  }

  /** The files, in order, with the number of their events. */
  Map<String, Long> files() {
    return files;
  }

  /** The sources, that with the most alerts first. */
  List<Source> sources() {
    List<Source> all = new ArrayList<>(sources.values());
    all.sort(Comparator.comparingLong(Source::alerts).reversed());
    return all;
  }

  /** The tactics that an alert names, by id. */
  Map<String, Tactic> tactics() {
    return tactics;
  }

  /** The alerts that name no tactic. */
  long withoutTactic() {
    return withoutTactic;
  }
}
