package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.time.Instant;
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
 * @param shared usage of the limits that all playbooks share
 * @param budgetTrouble why the usage may be incomplete
 * @param isCut whether the figures leave out incidents
 */
public record PlaybookList(
    List<Row> rows,
    String source,
    boolean readable,
    List<String> others,
    List<Use> shared,
    Optional<String> budgetTrouble,
    boolean isCut) {
  private static final int EXAMPLES = 3;

  /** Maximum number of a playbook's budgets that are shown, the most used ones first. */
  private static final int USES = 10;

  /**
   * The usage of a budget.
   *
   * @param figure used and maximum
   * @param of whose budget it is
   * @param note when the next action is allowed, or when the next use stops counting
   */
  public record Use(Chip figure, String of, String note) {
    private static Use of(ObjectNode one, Instant now) {
      int used = one.path("used").asInt();
      int max = one.path("max").asInt();
      String figure = Words.number(used) + (max > 0 ? " of " + Words.number(max) : "");
      boolean isPlaybooks = !one.path("playbook").asText().isEmpty();
      String only = one.path("only").asText();
      String whose = one.path("of").asText();
      String cluster = one.path("cluster").asText();
      boolean isUsedUp = one.path("usedUp").asBoolean();
      String scope = whose.isEmpty() ? "all" : whose;
      String named =
          isPlaybooks
              ? scope + (only.isEmpty() ? "" : ", " + only)
              : limit(one) + (whose.isEmpty() ? "" : ": " + whose);
      return new Use(
          isUsedUp
              ? Chip.alarm(figure + ", used up")
              : max > 0 && used * 4 >= max * 3 ? Chip.warn(figure) : Chip.plain(figure),
          Words.name(cluster.isEmpty() ? named : named + " in " + cluster),
          Held.time(one.path("freeAt"))
              .map(
                  at ->
                      (isUsedUp ? "the next action is allowed " : "the next one stops counting ")
                          + Words.distance(at, now))
              .orElse(""));
    }

    private static String limit(ObjectNode one) {
      String only = one.path("only").asText();
      return switch (one.path("kind").asText()) {
        case "hourly-cap" ->
            "Hourly cap, " + one.path("per").asText() + (only.isEmpty() ? "" : ", " + only);
        case "repeat-offender" -> "Repeat offender, " + only;
        case "circuit-breaker" -> "Failed actions" + (only.isEmpty() ? "" : ", " + only);
        default -> one.path("budget").asText();
      };
    }
  }

  /** A playbook. */
  public record Row(
      String name,
      Chip mode,
      String steps,
      String budget,
      List<Use> uses,
      String more,
      String limits,
      List<Tally> tallies,
      String would,
      List<IncidentView.Fact> examples) {
    /** Copies the lists. */
    public Row {
      uses = List.copyOf(uses);
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
    shared = List.copyOf(shared);
  }

  /** A page for a policy that cannot be read. */
  public static PlaybookList unreadable(String why) {
    return new PlaybookList(
        List.of(), Words.sentence(why), false, List.of(), List.of(), Optional.empty(), false);
  }

  /**
   * The playbooks of that directory.
   *
   * @param budgets as {@code budgets --json} prints them
   */
  public static PlaybookList of(
      List<Playbook> all, String directory, Snapshot snapshot, Snapshot.Answer budgets) {
    Map<String, Seen> seen = seen(snapshot);
    Map<String, List<ObjectNode>> used =
        budgets.all().stream().collect(Collectors.groupingBy(one -> one.path("playbook").asText()));
    TreeSet<String> others = new TreeSet<>(seen.keySet());
    others.remove("");
    all.forEach(one -> others.remove(one.name()));
    return new PlaybookList(
        all.stream()
            .map(
                one ->
                    row(
                        one,
                        seen.getOrDefault(one.name(), new Seen()),
                        uses(used, one.name(), snapshot.at())))
            .toList(),
        Words.sentence(directory),
        true,
        others.stream().map(Words::name).toList(),
        uses(used, "", snapshot.at()),
        budgets.trouble(),
        snapshot.isCut());
  }

  /** What the incidents say about a playbook. */
  private static final class Seen {
    private final Map<ResponseOutcome, Integer> counts = new EnumMap<>(ResponseOutcome.class);
    private final List<IncidentView.Fact> examples = new ArrayList<>();
    private final Map<String, Integer> actions = new HashMap<>();
    private int would;

    /** What it would have done, the most frequent action first. */
    private String actions() {
      return actions.entrySet().stream()
          .sorted(
              Map.Entry.<String, Integer>comparingByValue()
                  .reversed()
                  .thenComparing(Map.Entry.comparingByKey()))
          .map(one -> one.getKey() + " in " + Words.number(one.getValue()))
          .collect(Collectors.joining(", "));
    }

    /** Most incidents have one action, and there are up to 20,000 of them. */
    private void add(IncidentSummary incident, IncidentSummary.Action action) {
      counts.merge(action.outcome(), 1, Integer::sum);
      if (wouldHaveActed(action)) {
        actions.merge(action.action(), 1, Integer::sum);
        addWould(incident);
      }
    }

    private void add(IncidentSummary incident, List<IncidentSummary.Action> actions) {
      actions.stream()
          .map(IncidentSummary.Action::outcome)
          .distinct()
          .forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
      List<String> wouldBe =
          actions.stream()
              .filter(PlaybookList::wouldHaveActed)
              .map(IncidentSummary.Action::action)
              .distinct()
              .toList();
      wouldBe.forEach(one -> this.actions.merge(one, 1, Integer::sum));
      if (!wouldBe.isEmpty()) {
        addWould(incident);
      }
    }

    private void addWould(IncidentSummary incident) {
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

  /** By playbook, in one pass over the incidents. */
  private static Map<String, Seen> seen(Snapshot snapshot) {
    Map<String, Seen> all = new HashMap<>();
    for (IncidentSummary incident : snapshot.incidents()) {
      if (incident.actions().size() == 1) {
        IncidentSummary.Action only = incident.actions().getFirst();
        all.computeIfAbsent(only.playbook(), name -> new Seen()).add(incident, only);
        continue;
      }
      incident.actions().stream()
          .collect(Collectors.groupingBy(IncidentSummary.Action::playbook))
          .forEach(
              (playbook, actions) ->
                  all.computeIfAbsent(playbook, name -> new Seen()).add(incident, actions));
    }
    return all;
  }

  /** Those of a playbook, or of all playbooks together. */
  private static List<Use> uses(Map<String, List<ObjectNode>> used, String playbook, Instant now) {
    return used.getOrDefault(playbook, List.of()).stream().map(one -> Use.of(one, now)).toList();
  }

  private static Row row(Playbook playbook, Seen seen, List<Use> uses) {
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
        uses.stream().limit(USES).toList(),
        uses.size() > USES ? "and " + Words.number(uses.size() - USES) + " more" : "",
        Words.sentence(limits(playbook)),
        tallies,
        seen.would == 0
            ? ""
            : Words.sentence(
                "Would have acted in "
                    + IncidentWords.count(seen.would, "incident")
                    + ": "
                    + seen.actions()),
        seen.examples);
  }

  /**
   * In observe mode the guards are evaluated too; an action to which one objects is not counted.
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
