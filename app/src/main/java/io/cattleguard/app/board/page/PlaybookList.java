package io.cattleguard.app.board.page;

import io.cattleguard.app.incidents.IncidentWords;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The playbooks of a policy directory, and what each did in the incidents of the last 30 days.
 *
 * @param source the policy directory, or why it cannot be read
 * @param others playbooks that acted, and that the policy directory does not have
 */
public record PlaybookList(List<Row> rows, String source, boolean readable, List<String> others) {
  private static final int EXAMPLES = 3;

  /** A playbook. */
  public record Row(
      String name,
      Chip mode,
      String steps,
      String budget,
      String limits,
      List<Tally> tallies,
      String would,
      List<IncidentView.Fact> examples) {
    /** Copies the lists. */
    public Row {
      tallies = List.copyOf(tallies);
      examples = List.copyOf(examples);
    }
  }

  /** In how many incidents its actions had an outcome. */
  public record Tally(Chip outcome, String number) {}

  /** Copies the lists. */
  public PlaybookList {
    rows = List.copyOf(rows);
    others = List.copyOf(others);
  }

  /** Without a policy that can be read. */
  public static PlaybookList unreadable(String why) {
    return new PlaybookList(List.of(), Words.sentence(why), false, List.of());
  }

  /** The playbooks of that directory. */
  public static PlaybookList of(List<Playbook> all, String directory, Snapshot snapshot) {
    Map<String, Seen> seen = seen(snapshot);
    TreeSet<String> others = new TreeSet<>(seen.keySet());
    others.remove("");
    all.forEach(one -> others.remove(one.name()));
    return new PlaybookList(
        all.stream().map(one -> row(one, seen.getOrDefault(one.name(), new Seen()))).toList(),
        Words.sentence(directory),
        true,
        others.stream().map(Words::name).toList());
  }

  /** What the incidents have of a playbook. */
  private static final class Seen {
    private final Map<ResponseOutcome, Integer> counts = new EnumMap<>(ResponseOutcome.class);
    private final List<IncidentView.Fact> examples = new ArrayList<>();
    private int would;

    private void add(IncidentSummary incident, List<IncidentSummary.Action> actions) {
      actions.stream()
          .map(IncidentSummary.Action::outcome)
          .distinct()
          .forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
      if (actions.stream().anyMatch(PlaybookList::wouldHaveActed)) {
        would++;
        if (examples.size() < EXAMPLES) {
          examples.add(
              new IncidentView.Fact(
                  Words.time(incident.lastAt()),
                  IncidentRow.title(incident.title(), incident.id()),
                  Optional.of(Links.incident(incident.id()))));
        }
      }
    }
  }

  /** By playbook, in one pass over the incidents. */
  private static Map<String, Seen> seen(Snapshot snapshot) {
    Map<String, Seen> all = new HashMap<>();
    for (IncidentSummary incident : snapshot.incidents()) {
      incident.actions().stream()
          .collect(Collectors.groupingBy(IncidentSummary.Action::playbook))
          .forEach(
              (playbook, actions) ->
                  all.computeIfAbsent(playbook, name -> new Seen()).add(incident, actions));
    }
    return all;
  }

  private static Row row(Playbook playbook, Seen seen) {
    List<Tally> tallies = new ArrayList<>();
    seen.counts.forEach(
        (outcome, number) -> tallies.add(new Tally(Chip.of(outcome), Words.number(number))));
    String steps =
        playbook.steps().stream().map(Action::name).collect(Collectors.joining(", then "));
    return new Row(
        Words.name(playbook.name()),
        Chip.mode(playbook.mode()),
        Words.sentence(steps),
        Words.sentence(budget(playbook)),
        Words.sentence(limits(playbook)),
        tallies,
        seen.would == 0
            ? ""
            : Words.sentence(
                "Would have acted in "
                    + IncidentWords.count(seen.would, "incident")
                    + ": "
                    + steps),
        seen.examples);
  }

  /**
   * In observe mode the guards are asked too, and an action to which one objects is not counted.
   */
  private static boolean wouldHaveActed(IncidentSummary.Action action) {
    return action.outcome() == ResponseOutcome.OBSERVED && !action.objected();
  }

  private static String budget(Playbook playbook) {
    Budget budget = playbook.budget();
    return budget.max()
        + " per "
        + budget.per().name().toLowerCase(Locale.ROOT)
        + " in "
        + IncidentWords.took(budget.window())
        + playbook.then().map(then -> ", then " + then.name()).orElse("");
  }

  private static String limits(Playbook playbook) {
    String places =
        playbook.modes().rules().isEmpty() ? "" : "mode " + playbook.modes().inWords() + "; ";
    String fresh = places + "alerts younger than " + IncidentWords.took(playbook.freshness());
    return playbook.mode() == Mode.APPROVE
        ? fresh
            + "; people have "
            + IncidentWords.took(playbook.approval().expires())
            + (playbook.approval().actsByDefault() ? ", then it acts" : ", then it does nothing")
        : fresh;
  }
}
