package io.cattleguard.sensor.learn;

import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Risk;
import io.cattleguard.models.SensorReports;
import io.cattleguard.models.Workload;
import io.cattleguard.sensor.spool.JsonSize;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All behaviour of this node's workloads, each once, within fixed limits. Behaviour without room is
 * refused and counted, and the workload's next report says so. Not thread-safe.
 */
final class NodeBook {
  /**
   * Harmless facts of one workload and image, so that one workload cannot take the room of all
   * others.
   */
  static final int FACTS_OF_A_WORKLOAD = 512;

  /** Risky facts of one workload and image: harmless ones cannot take their room. */
  static final int RISKY_FACTS_OF_A_WORKLOAD = 128;

  /** Facts of all workloads, risky ones included. */
  static final int FACTS = 5_000;

  /** System calls of all workloads, so that a tracer of many pods cannot take the others' room. */
  static final int CALLS = 1_000;

  /** Characters of all texts. */
  static final int CHARACTERS = 1_500_000;

  /** The part of {@link #FACTS} that harmless facts leave free. */
  private static final int RISKY_FACTS = 1_000;

  /** The part of {@link #CHARACTERS} that harmless facts leave free. */
  private static final int RISKY_CHARACTERS = 300_000;

  /** In the order of a report. */
  private static final List<Fact.News> NEWS =
      List.of(Fact.News.RISKY, Fact.News.NEW, Fact.News.DETAIL, Fact.News.REFRESH);

  private static final int BEHAVIOUR_OVERHEAD = 190;
  private static final int WORKLOAD_OVERHEAD = 160;

  /** Names a page. A new image has a page of its own, so that a model shows what it changed. */
  record Key(Workload workload, String image, String digest) {
    static Key of(Observation observation) {
      return new Key(
          observation.workload(),
          Objects.requireNonNullElse(observation.image(), ""),
          Objects.requireNonNullElse(observation.digest(), ""));
    }

    private int characters() {
      return workload.namespace().length()
          + workload.name().length()
          + workload.container().length()
          + image.length()
          + digest.length();
    }
  }

  /** The behaviour of one workload with one image. */
  static final class Page {
    final Map<Entry, Fact> facts = new LinkedHashMap<>();

    /** By kind, as a report has them. */
    final Map<String, Long> refused = new TreeMap<>();

    private int risky;
    private Optional<Instant> refusalReportedAt = Optional.empty();

    /** The refusals that were not reported yet. */
    Fact.News news(Instant now) {
      return isRefusalDue(now) ? Fact.News.RISKY : Fact.News.NONE;
    }

    /** Whether a report must say that there was no room for something. */
    private boolean isRefusalDue(Instant now) {
      return !refused.isEmpty()
          && refusalReportedAt
              .filter(at -> Duration.between(at, now).abs().compareTo(Fact.REFRESHED) < 0)
              .isEmpty();
    }
  }

  /**
   * The content of the next report.
   *
   * @param facts the facts in it
   * @param refusals the refusals in it
   */
  record Report(
      List<ObservedWorkload> workloads,
      List<Fact> facts,
      Map<Key, Map<String, Long>> refusals,
      boolean more) {}

  private final Map<Key, Page> pages = new LinkedHashMap<>();
  private int facts;
  private int calls;
  private long characters;
  private long refused;

  /** Counts an observation; returns its news that was not reported yet. */
  Fact.News note(Observation observation, Instant now) {
    Key key = Key.of(observation);
    Page page = pages.get(key);
    Fact fact = page == null ? null : page.facts.get(observation.entry());
    if (fact == null) {
      if (!hasRoom(key, page, observation.entry())) {
        refuse(page, observation);
        return page == null ? Fact.News.NONE : page.news(now);
      }
      fact = new Fact(care(observation.entry()), now);
      add(key, observation.entry(), fact);
    }
    return fact.see(observation, now);
  }

  private boolean hasRoom(Key key, @Nullable Page page, Entry entry) {
    boolean isRisky = isRisky(entry);
    long more = (long) size(entry) + (page == null ? key.characters() : 0);
    if (entry.kind() == Entry.Kind.SYSTEM_CALL && calls >= CALLS) {
      return false;
    }
    return facts < (isRisky ? FACTS : FACTS - RISKY_FACTS)
        && characters + more <= (isRisky ? CHARACTERS : CHARACTERS - RISKY_CHARACTERS)
        && (page == null
            || (isRisky
                ? page.risky < RISKY_FACTS_OF_A_WORKLOAD
                : page.facts.size() - page.risky < FACTS_OF_A_WORKLOAD));
  }

  /** A system call alone is never risky here: it is compared with a complete record only. */
  private static boolean isRisky(Entry entry) {
    return entry.kind() != Entry.Kind.SYSTEM_CALL && Risk.of(entry).rule().isRisky();
  }

  static Fact.Care care(Entry entry) {
    return entry.equals(Entry.SystemCall.RECORDED)
        ? Fact.Care.EVERY_START
        : isRisky(entry) ? Fact.Care.RISKY : Fact.Care.USUAL;
  }

  private void refuse(@Nullable Page page, Observation observation) {
    refused += observation.count();
    if (page != null) {
      String kind = SensorReports.kind(observation.entry());
      page.refused.merge(kind, observation.count(), Long::sum);
    }
  }

  private static int size(Entry entry) {
    return entry.subject().length() + entry.detail().length();
  }

  /** Adds a fact, also one of an earlier process; false if there is no room. */
  boolean restore(Key key, Entry entry, Fact fact) {
    boolean fits = hasRoom(key, pages.get(key), entry);
    if (fits) {
      add(key, entry, fact);
    }
    return fits;
  }

  private void add(Key key, Entry entry, Fact fact) {
    Page page = pages.get(key);
    if (page == null) {
      page = new Page();
      pages.put(key, page);
      characters += key.characters();
    }
    if (page.facts.put(entry, fact) == null) {
      facts++;
      calls += entry.kind() == Entry.Kind.SYSTEM_CALL ? 1 : 0;
      characters += size(entry);
      page.risky += isRisky(entry) ? 1 : 0;
    }
  }

  /** Forgets behaviour that was not seen for long. */
  void forget(Instant now) {
    Iterator<Map.Entry<Key, Page>> each = pages.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Key, Page> one = each.next();
      Iterator<Map.Entry<Entry, Fact>> of = one.getValue().facts.entrySet().iterator();
      while (of.hasNext()) {
        Map.Entry<Entry, Fact> fact = of.next();
        if (fact.getValue().isForgotten(now)) {
          characters -= size(fact.getKey());
          facts--;
          calls -= fact.getKey().kind() == Entry.Kind.SYSTEM_CALL ? 1 : 0;
          one.getValue().risky -= isRisky(fact.getKey()) ? 1 : 0;
          of.remove();
        }
      }
      if (one.getValue().facts.isEmpty()) {
        characters -= one.getKey().characters();
        each.remove();
      }
    }
  }

  /**
   * The next report: risky behaviour first, then new behaviour, then details, then behaviour that
   * was not reported for a day.
   *
   * @param maxBytes of the workloads as JSON
   */
  Report report(Instant now, int maxBytes) {
    Map<Key, List<ObservedBehaviour>> chosen = new LinkedHashMap<>();
    List<Fact> reported = new ArrayList<>();
    int bytes = 0;
    boolean more = false;
    for (Map.Entry<Key, Page> page : pages.entrySet()) {
      if (page.getValue().isRefusalDue(now)) {
        int size = size(page.getKey());
        if (bytes + size > maxBytes / 2) {
          more = true;
          break;
        }
        bytes += size;
        chosen.put(page.getKey(), new ArrayList<>());
      }
    }
    for (Fact.News news : NEWS) {
      for (Map.Entry<Key, Page> page : pages.entrySet()) {
        for (Map.Entry<Entry, Fact> fact : page.getValue().facts.entrySet()) {
          if (fact.getValue().news(now) != news) {
            continue;
          }
          List<ObservedBehaviour> behaviour = behaviour(fact.getKey(), fact.getValue());
          int size = chosen.containsKey(page.getKey()) ? 0 : size(page.getKey());
          for (ObservedBehaviour one : behaviour) {
            size += size(one);
          }
          if (bytes + size > maxBytes) {
            more = true;
            continue;
          }
          bytes += size;
          chosen.computeIfAbsent(page.getKey(), key -> new ArrayList<>()).addAll(behaviour);
          reported.add(fact.getValue());
        }
      }
    }
    return report(chosen, reported, more);
  }

  private Report report(
      Map<Key, List<ObservedBehaviour>> chosen, List<Fact> reported, boolean more) {
    List<ObservedWorkload> workloads = new ArrayList<>(chosen.size());
    Map<Key, Map<String, Long>> refusals = new LinkedHashMap<>();
    chosen.forEach(
        (key, behaviour) -> {
          Map<String, Long> refusedHere = Map.copyOf(pages.getOrDefault(key, new Page()).refused);
          refusals.put(key, refusedHere);
          workloads.add(
              new ObservedWorkload(
                  key.workload.namespace(),
                  key.workload.kind(),
                  key.workload.name(),
                  key.workload.container(),
                  key.image,
                  key.digest,
                  refusedHere,
                  behaviour));
        });
    return new Report(workloads, reported, refusals, more);
  }

  /** The bus has accepted a report. */
  void accepted(Report report, Instant now) {
    report.facts().forEach(fact -> fact.reported(now));
    report
        .refusals()
        .forEach(
            (key, counts) -> {
              Page page = pages.get(key);
              if (page != null && !counts.isEmpty()) {
                page.refusalReportedAt = Optional.of(now);
                page.refused.keySet().removeAll(counts.keySet()); // on one thread, so none came
              }
            });
  }

  private static List<ObservedBehaviour> behaviour(Entry entry, Fact fact) {
    List<ObservedBehaviour> all = new ArrayList<>(1);
    for (Fact.Waiting one : fact.waiting()) {
      all.add(
          SensorReports.write(
              entry, one.phase(), one.at(), one.instance(), one.start(), one.count()));
    }
    return all;
  }

  private static int size(Key key) {
    return WORKLOAD_OVERHEAD
        + JsonSize.of(key.workload.namespace())
        + JsonSize.of(key.workload.kind())
        + JsonSize.of(key.workload.name())
        + JsonSize.of(key.workload.container())
        + JsonSize.of(key.image)
        + JsonSize.of(key.digest);
  }

  private static int size(ObservedBehaviour one) {
    return BEHAVIOUR_OVERHEAD
        + JsonSize.of(one.subject())
        + JsonSize.of(one.detail())
        + JsonSize.of(one.instance())
        + JsonSize.of(one.start());
  }

  Map<Key, Page> pages() {
    return pages;
  }

  int facts() {
    return facts;
  }

  long characters() {
    return characters;
  }

  /** How many observations had no room. */
  long refused() {
    return refused;
  }
}
