package io.cattleguard.app.replay;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.models.RecordedDeviations;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.report.Document;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.events.HostileText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The report of a replay as a document: the result of a replay for people who did not run it. */
final class ReplayDocument {
  private static final int FILES = 3;
  private static final int WIDTH = 160;
  private static final int DEVIATIONS = 50;
  private static final String NONE = "–";

  private final Replay replay;
  private final EventCounts counts;
  private final ReplayedIncidents incidents;

  private ReplayDocument(Replay replay, Policy policy) {
    this.replay = replay;
    this.counts = replay.counts();
    this.incidents = new ReplayedIncidents(replay.incidents(), policy);
  }

  static Document of(Replay replay, Policy policy) {
    return new ReplayDocument(replay, policy).document();
  }

  private Document document() {
    List<Document.Section> sections = new ArrayList<>();
    sections.add(funnel());
    sections.add(outcomes());
    sections.addAll(new IncidentSections(incidents).all());
    if (replay.deviations().hasModels()) {
      sections.add(deviations(replay.deviations()));
    }
    sections.addAll(new CoverageSections(replay).all());
    return new Document("What Cattleguard makes of this recording", period(), key(), sections);
  }

  private String period() {
    List<Coverage.Source> sources = replay.coverage().sources();
    Optional<Instant> first =
        sources.stream()
            .map(Coverage.Source::firstAt)
            .filter(Objects::nonNull)
            .min(Instant::compareTo);
    Optional<Instant> last =
        sources.stream()
            .map(Coverage.Source::lastAt)
            .filter(Objects::nonNull)
            .max(Instant::compareTo);
    String when =
        first.isPresent() && last.isPresent()
            ? time(first.get()) + " to " + time(last.get()) + " UTC by the events' own time"
            : "No alert has a time";
    return when + ". " + files() + " A replay changes nothing and sends no message.";
  }

  private String files() {
    Map<String, Long> files = replay.coverage().files();
    if (files.isEmpty()) {
      return "The recording has no events.";
    }
    StringBuilder out = new StringBuilder("Read: ");
    int shown = 0;
    for (Map.Entry<String, Long> file : files.entrySet()) {
      if (shown++ == FILES) {
        out.append(Screen.format(", and %,d more", files.size() - FILES));
        break;
      }
      out.append(shown == 1 ? "" : ", ");
      String name = file.getKey().equals("-") ? "standard input" : file.getKey();
      out.append(cut(name)).append(" (").append(IncidentWords.count(file.getValue(), "event"));
      out.append(')');
    }
    return out.append('.').toString();
  }

  private List<Document.Cell> key() {
    return List.of(
        new Document.Cell(number(counts.received()), "events received"),
        new Document.Cell(
            share(alerts() - incidents.told(), alerts()), "of the alerts interrupt no person"),
        new Document.Cell(number(incidents.all().size()), "incidents"),
        new Document.Cell(number(incidents.told()), "incidents sent to people"),
        new Document.Cell(number(incidents.contained()), "incidents a playbook would contain"),
        new Document.Cell(number(incidents.containedNow()), "of them contained in these modes"));
  }

  /** The events that are alerts, whatever their result. */
  private long alerts() {
    return counts.received()
        - counts.of(EventCounts.Column.IGNORED)
        - counts.of(EventCounts.Column.UNREADABLE);
  }

  private Document.Section funnel() {
    long received = counts.received();
    return new Document.Section(
        "Noise removed",
        "A problem is one cause on one workload, however many alerts it has. An incident is all"
            + " problems that belong together. People get one message per incident, which is"
            + " updated. Shares are of the events received.",
        List.of("From events to interruptions", "Number", "Share"),
        received == 0
            ? List.of()
            : List.of(
                row("events received", received),
                row("alerts", alerts()),
                row("problems", incidents.problems()),
                row("incidents", incidents.all().size()),
                row("incidents sent to people", incidents.told())),
        "No event.");
  }

  private List<String> row(String what, long number) {
    return List.of(what, number(number), share(number, counts.received()));
  }

  private Document.Section outcomes() {
    return new Document.Section(
        "What became of each event",
        "Every event received is in exactly one row.",
        List.of("Outcome", "Events", "Share"),
        Stream.of(EventCounts.Column.values())
            .filter(column -> counts.of(column) > 0)
            .map(column -> row(meaning(column), counts.of(column)))
            .toList(),
        "No event.");
  }

  private static Document.Section deviations(RecordedDeviations deviations) {
    List<RecordedDeviations.Found> found = deviations.found();
    long more = Math.max(0, found.size() - DEVIATIONS) + deviations.more();
    return new Document.Section(
        "Deviations from the models of workloads",
        DeviationWords.MEANING
            + (more == 0 ? "" : " " + number(more) + " further deviations are not shown."),
        List.of("Severity", "Rule", "Workload", "What it did", "Times", "First (UTC)"),
        found.stream()
            .limit(DEVIATIONS)
            .map(
                each ->
                    List.of(
                        each.first().severity().jsonName(),
                        each.first().rule(),
                        cut(DeviationWords.workload(each)),
                        cut(each.first().why()),
                        number(each.count()),
                        time(each.first().observation().at())))
            .toList(),
        DeviationWords.heading(deviations));
  }

  private static String meaning(EventCounts.Column column) {
    return switch (column) {
      case OPENED -> "opened a problem";
      case SPREAD -> "a known problem on a new object";
      case MERGED -> "merged: repeats of a known problem";
      case SUPPRESSED -> "suppressed by the policy";
      case IGNORED -> "ignored: not alerts";
      case UNREADABLE -> "unreadable";
    };
  }

  static String number(long number) {
    return Screen.format("%,d", number);
  }

  /** A share in percent; a small one is not shown as nothing, nor a large one as everything. */
  static String share(long part, long whole) {
    if (whole <= 0) {
      return NONE;
    }
    double percent = 100.0 * Math.max(0, part) / whole;
    if (part > 0 && percent < 0.1) {
      return "< 0.1 %";
    }
    if (part < whole && percent > 99.9) {
      return "> 99.9 %";
    }
    return Screen.format("%.1f %%", percent);
  }

  static String time(@Nullable Instant at) {
    return at == null ? NONE : IncidentWords.time(at);
  }

  /** Text of an event, truncated to the length of a cell. */
  static String cut(String text) {
    return HostileText.visible(text, WIDTH);
  }
}
