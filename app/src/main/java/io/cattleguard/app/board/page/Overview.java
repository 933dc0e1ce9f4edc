package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a deployment did in a period, and what it contains now.
 *
 * @param funnel from alerts to contained incidents
 * @param times how long it took to contain, and what nothing contains
 * @param states how many incidents have each state
 * @param latest the latest incidents
 */
public record Overview(
    Period period,
    List<Step> funnel,
    List<Step> times,
    List<Count> states,
    Chart chart,
    Live live,
    List<IncidentRow> latest,
    boolean isCut) {
  private static final int LATEST = 8;

  /** A number of the funnel, and its relation to the number before. */
  public record Step(String figure, String label, String note, String tone) {}

  /** How many incidents have a state, with the address of their list. */
  public record Count(Chip state, String number, String href) {}

  /** Copies the lists. */
  public Overview {
    funnel = List.copyOf(funnel);
    times = List.copyOf(times);
    states = List.copyOf(states);
    latest = List.copyOf(latest);
  }

  /** The periods to choose from. */
  public List<Period> periods() {
    return List.of(Period.values());
  }

  /** Creates it from a snapshot, for a period. */
  public static Overview of(Snapshot snapshot, Period period) {
    Instant now = snapshot.at();
    Instant from = period.from(now);
    List<IncidentSummary> all =
        snapshot.incidents().stream().takeWhile(one -> !one.lastAt().isBefore(from)).toList();
    return new Overview(
        period,
        snapshot.isUnread() ? unknown(funnel(all)) : funnel(all),
        times(all, snapshot.isUnread()),
        states(all, period),
        Chart.of(all, period, now),
        Live.of(snapshot),
        all.stream().limit(LATEST).map(one -> IncidentRow.of(one, now)).toList(),
        snapshot.isCut());
  }

  /** A page without numbers, because zero would mean that nothing happened. */
  private static List<Step> unknown(List<Step> steps) {
    return steps.stream().map(one -> new Step("–", one.label(), "", "plain")).toList();
  }

  private static List<Step> funnel(List<IncidentSummary> all) {
    long alerts = all.stream().mapToLong(IncidentSummary::alerts).sum();
    // A summary of an earlier version does not count its problems, but lists the rules.
    long problems =
        all.stream().mapToLong(one -> Math.max(one.problems(), one.rules().size())).sum();
    long contained = all.stream().filter(one -> one.timeToContain().isPresent()).count();
    return List.of(
        // A record knows the count of the latest event that deduplicate published.
        new Step(
            Words.number(alerts),
            "alerts",
            alerts == 0 ? "" : "at least; repeats are added at 10, 100, 1,000",
            "plain"),
        new Step(
            Words.number(problems),
            "problems",
            ratio(alerts, problems, "alerts per problem"),
            "plain"),
        new Step(
            Words.number(all.size()),
            "incidents",
            ratio(problems, all.size(), "problems per incident"),
            "plain"),
        interrupted(all),
        new Step(
            Words.number(contained),
            "contained",
            share(contained, all.size()),
            contained == 0 ? "plain" : "good"));
  }

  /** The incidents of which a destination notified people, and by how many messages. */
  private static Step interrupted(List<IncidentSummary> all) {
    long unknown = all.stream().filter(one -> one.notified().isEmpty()).count();
    long people = all.stream().filter(one -> one.notified().orElse(0) > 0).count();
    long messages = all.stream().mapToLong(one -> one.notified().orElse(0)).sum();
    String label = "people interrupted";
    if (unknown > 0 && unknown == all.size()) {
      return new Step("–", label, "recorded by an earlier version", "plain");
    }
    return new Step(
        Words.number(people),
        label,
        Stream.of(
                share(people, all.size()),
                people == 0 ? "" : IncidentWords.count(messages, "message"),
                unknown == 0 ? "" : IncidentWords.count(unknown, "incident") + " not known")
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("; ")),
        people == 0 ? "plain" : "warn");
  }

  /**
   * Whether a person must look: an action waits, was refused, failed or has no visible effect, or a
   * grave incident is open.
   */
  static boolean isLeftToPeople(IncidentSummary one) {
    return one.silencedBy().isEmpty()
        && switch (one.state()) {
          case AWAITING_APPROVAL, REFUSED, FAILED, REQUESTED -> true;
          case OPEN -> Chip.isGrave(one);
          case CONTAINED, RELEASED -> one.uncontained() > 0;
        };
  }

  private static String ratio(long many, long few, String of) {
    return few == 0 ? "" : String.format(Locale.ROOT, "%,.1f %s", (double) many / few, of);
  }

  private static String share(long some, long all) {
    return all == 0 ? "" : String.format(Locale.ROOT, "%.0f %% of incidents", 100.0 * some / all);
  }

  private static List<Step> times(List<IncidentSummary> all, boolean isUnread) {
    long left = all.stream().filter(Overview::isLeftToPeople).count();
    List<Duration> times =
        all.stream().flatMap(one -> one.timeToContain().stream()).sorted().toList();
    return List.of(
        new Step(percentile(times, 50), "median time to contain", "", "plain"),
        new Step(percentile(times, 90), "90 % contained within", "", "plain"),
        new Step(isUnread ? "–" : Words.number(left), "incidents left to people", "", "plain"));
  }

  private static String percentile(List<Duration> sorted, int percent) {
    return sorted.isEmpty()
        ? "–"
        : IncidentWords.took(
            sorted.get(Math.max(1, (int) Math.ceil(sorted.size() * percent / 100.0)) - 1));
  }

  private static List<Count> states(List<IncidentSummary> all, Period period) {
    Map<IncidentState, Integer> counts = new EnumMap<>(IncidentState.class);
    all.forEach(one -> counts.merge(one.state(), 1, Integer::sum));
    List<Count> out = new ArrayList<>();
    counts.forEach(
        (state, number) ->
            out.add(
                new Count(
                    Chip.of(state),
                    Words.number(number),
                    new IncidentFilter(
                            period.word(), Optional.of(state), Optional.empty(), "", "", 1)
                        .href())));
    return out;
  }
}
