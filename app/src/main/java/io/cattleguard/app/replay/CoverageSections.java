package io.cattleguard.app.replay;

import static io.cattleguard.app.replay.ReplayDocument.cut;
import static io.cattleguard.app.replay.ReplayDocument.number;
import static io.cattleguard.app.replay.ReplayDocument.time;

import io.cattleguard.app.report.Document;
import io.cattleguard.events.attack.Tactic;
import io.cattleguard.route.ocsf.AttackNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The sections about what was read, what could not be read, and what no source reported. */
final class CoverageSections {
  private static final int SHOWN = 25;
  private static final int PLACES = 3;

  /** The tactics in the order of ATT&amp;CK's matrix, which is that of an intrusion. */
  private static final List<String> TACTICS = Tactic.ids();

  private final Replay replay;
  private final Coverage coverage;

  CoverageSections(Replay replay) {
    this.replay = replay;
    this.coverage = replay.coverage();
  }

  List<Document.Section> all() {
    return List.of(
        sources(),
        skipped(
            "What could not be read, and where",
            "Each of them is also an alert about the sender in a deployment, so that a sensor that"
                + " breaks is noticed.",
            replay.unreadable(),
            "Every event was read."),
        skipped("Read, but not alerts", "", replay.ignored(), "Every event is an alert."),
        unseen(),
        seen());
  }

  private Document.Section sources() {
    Map<String, Set<String>> problems = new HashMap<>();
    for (Incident one : replay.incidents()) {
      problems.computeIfAbsent(one.source(), key -> new HashSet<>()).add(one.fingerprint());
    }
    return new Document.Section(
        "Sources that were read",
        "",
        List.of("Source", "Alerts", "Problems", "First alert (UTC)", "Last alert (UTC)"),
        coverage.sources().stream()
            .limit(SHOWN)
            .map(
                one ->
                    List.of(
                        cut(one.name()),
                        number(one.alerts()),
                        number(problems.getOrDefault(one.name(), Set.of()).size()),
                        time(one.firstAt()),
                        time(one.lastAt())))
            .toList(),
        "No alert of any source.");
  }

  private static Document.Section skipped(
      String title, String note, SkippedEvents events, String ifEmpty) {
    List<List<SkippedEvents.SkippedEvent>> groups = events.byReason();
    return new Document.Section(
        title
            + (groups.size() > SHOWN
                ? ": the " + SHOWN + " most frequent of " + number(groups.size()) + " reasons"
                : ""),
        groups.isEmpty() ? "" : note,
        List.of("Reason", "Events", "Where"),
        groups.stream().limit(SHOWN).map(CoverageSections::row).toList(),
        ifEmpty);
  }

  private static List<String> row(List<SkippedEvents.SkippedEvent> group) {
    String places =
        group.stream().limit(PLACES).map(one -> cut(one.place())).collect(Collectors.joining(", "));
    return List.of(
        cut(group.getFirst().reason()),
        number(group.size()),
        group.size() > PLACES
            ? places + " and " + number(group.size() - PLACES) + " more"
            : places);
  }

  private Document.Section unseen() {
    long alerts = coverage.sources().stream().mapToLong(Coverage.Source::alerts).sum();
    String without =
        coverage.withoutTactic() == 0
            ? ""
            : " "
                + number(coverage.withoutTactic())
                + " of "
                + number(alerts)
                + " alerts name no tactic at all; they may belong to one of these.";
    return new Document.Section(
        "What no source saw",
        "Tactics of MITRE ATT&CK that no alert in this recording names. The absence of alerts is"
            + " not the absence of attacks: either nothing of the kind happened, or no sensor, rule"
            + " or log here would have seen it. cattleguard drill shows which."
            + without,
        List.of("Tactic", "Name"),
        TACTICS.stream()
            .filter(id -> !coverage.tactics().containsKey(id))
            .map(id -> List.of(id, AttackNames.of(id).orElse(id)))
            .toList(),
        "An alert names each tactic of the matrix. That says nothing of the techniques.");
  }

  private Document.Section seen() {
    List<List<String>> rows = new ArrayList<>();
    for (String id : TACTICS) {
      Coverage.Tactic tactic = coverage.tactics().get(id);
      if (tactic != null) {
        rows.add(
            List.of(
                id, AttackNames.of(id).orElse(id), number(tactic.alerts()), cut(tactic.sources())));
      }
    }
    return new Document.Section(
        "Tactics that alerts name",
        "What a rule says of itself. An alert may name several.",
        List.of("Tactic", "Name", "Alerts", "Reported by"),
        rows,
        "No alert names a tactic.");
  }
}
