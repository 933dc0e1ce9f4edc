package io.cattleguard.app.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.incidents.DeploymentOptions;
import io.cattleguard.app.incidents.IncidentsCommand;
import io.cattleguard.app.incidents.Period;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.TimelineEntry;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reports on a period. */
@Command(
    name = "report",
    sortOptions = false,
    description = {
      "Report on a period: incidents, containments, and why actions were not taken.",
      "It also shows the time to contain, the noisiest rules, and how many containments people"
          + " undid.",
      ""
    })
public final class ReportCommand implements Callable<Integer> {
  /** Maximum incidents of a report. */
  static final int LIMIT = 20_000;

  private final Surroundings surroundings;
  private final Function<DeploymentOptions, RecordedIncidents> open;
  private final Function<DeploymentOptions, List<ObjectNode>> silences;
  private final InstantSource clock;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      defaultValue = "7d",
      description = "24h, 7d, a day, or a time in UTC. Default: ${DEFAULT-VALUE}.")
  private String since = "7d";

  @ArgGroup(exclusive = true)
  private final Format format = new Format();

  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** How to print it. */
  private static final class Format {
    @Option(names = "--markdown", description = "Print Markdown.")
    private boolean markdown;

    @Option(names = "--html", description = "Print one self-contained HTML page.")
    private boolean html;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;
  }

  /** Creates the command with the streams to print to. */
  public ReportCommand(Surroundings surroundings) {
    this(
        surroundings, DeploymentOptions::incidents, DeploymentOptions::silences, Clock.systemUTC());
  }

  ReportCommand(
      Surroundings surroundings,
      Function<DeploymentOptions, RecordedIncidents> open,
      Function<DeploymentOptions, List<ObjectNode>> silences,
      InstantSource clock) {
    this.surroundings = surroundings;
    this.open = open;
    this.silences = silences;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    Instant now = clock.instant();
    Instant from = Period.start(since, now);
    List<IncidentSummary> all;
    List<IncidentSummary> holding;
    List<TimelineEntry> commands;
    try {
      RecordedIncidents incidents = open.apply(deployment);
      all = incidents.latest(from, LIMIT).stream().map(one -> one.asOf(now)).toList();
      holding =
          incidents.holding(RecordedIncidents.LIMIT).stream()
              .map(one -> one.asOf(now))
              .filter(IncidentSummary::holding)
              .toList();
      commands =
          incidents
              .find(IncidentRecord.DEPLOYMENT)
              .map(record -> record.timeline().entries())
              .orElse(List.of());
    } catch (Unavailable e) {
      surroundings.err().println(IncidentsCommand.unavailable(deployment, e));
      return ExitCode.FAILURE;
    }
    boolean isCut = all.size() == LIMIT;
    Figures figures = Figures.of(all, isCut ? all.getLast().lastAt() : from, now, isCut);
    Document document =
        Document.of(figures, holding, StaleSilences.of(silences.apply(deployment)), commands);
    if (format.json) {
      JsonLines.print(json(figures, holding), surroundings.out());
    } else if (format.html) {
      surroundings.out().print(HtmlReport.of(document));
    } else if (format.markdown) {
      surroundings.out().print(MarkdownReport.of(document));
    } else {
      print(document);
    }
    surroundings.out().flush();
    return ExitCode.SUCCESS;
  }

  private void print(Document document) {
    Screen screen = surroundings.screen();
    screen.line(Screen.Style.STRONG, document.title());
    screen.line(Screen.Style.FAINT, document.period());
    screen.blank();
    document
        .key()
        .forEach(cell -> screen.field(2, 26, cell.label(), Screen.Style.STRONG, cell.figure()));
    for (Document.Section section : document.sections()) {
      screen.blank();
      screen.line(Screen.Style.STRONG, section.title());
      if (!section.note().isEmpty()) {
        screen.line(Screen.Style.FAINT, "  " + section.note());
      }
      if (section.rows().isEmpty()) {
        screen.line(Screen.Style.FAINT, "  " + section.ifEmpty());
      }
      section.rows().forEach(row -> row(screen, section, row));
    }
    screen.flush();
  }

  private static void row(Screen screen, Document.Section section, List<String> row) {
    StringBuilder rest = new StringBuilder();
    for (int column = 1; column < row.size(); column++) {
      rest.append(rest.isEmpty() ? "" : ", ");
      rest.append(section.columns().get(column).toLowerCase(Locale.ROOT));
      rest.append(' ').append(row.get(column));
    }
    if (row.getFirst().length() > 24) {
      screen.line("  " + row.getFirst());
      screen.field(4, 0, "", Screen.Style.FAINT, rest.toString());
    } else {
      screen.field(2, 26, row.getFirst(), Screen.Style.PLAIN, rest.toString());
    }
  }

  private static ObjectNode json(Figures figures, List<IncidentSummary> holding) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("from", figures.from().toString()).put("to", figures.to().toString());
    out.put("cut", figures.isCut());
    out.put("incidents", figures.incidents()).put("alerts", figures.alerts());
    ObjectNode states = out.putObject("states");
    figures.states().forEach((state, number) -> states.put(state.jsonName(), number));
    ObjectNode severities = out.putObject("severities");
    figures.severities().forEach((severity, number) -> severities.put(severity.jsonName(), number));
    out.put("contained", figures.contained()).put("undone", figures.undone());
    figures
        .percentile(50)
        .ifPresent(took -> out.put("medianTimeToContainSeconds", took.toMillis() / 1000.0));
    figures
        .percentile(99)
        .ifPresent(took -> out.put("p99TimeToContainSeconds", took.toMillis() / 1000.0));
    out.put("notified", figures.notified()).put("messages", figures.messages());
    out.put("silenced", figures.silenced());
    ArrayNode reasons = out.putArray("notTaken");
    figures
        .reasons()
        .forEach(
            one ->
                reasons
                    .addObject()
                    .put("reason", one.name())
                    .put("incidents", one.incidents())
                    .put("example", one.example()));
    ArrayNode rules = out.putArray("rules");
    figures
        .rules()
        .forEach(
            one ->
                rules
                    .addObject()
                    .put("source", one.source())
                    .put("rule", one.rule())
                    .put("alerts", one.alerts())
                    .put("incidents", one.incidents())
                    .put("contained", one.contained()));
    ArrayNode held = out.putArray("holding");
    holding.forEach(one -> held.add(IncidentJson.write(one)));
    return out;
  }
}
