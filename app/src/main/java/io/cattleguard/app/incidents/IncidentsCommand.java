package io.cattleguard.app.incidents;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.RecordedIncidents;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the incidents. */
@Command(
    name = "incidents",
    sortOptions = false,
    description = {
      "Show what happened, and what is contained now.",
      "Incidents with a containment in force or a pending approval come first, however old they"
          + " are.",
      ""
    })
public final class IncidentsCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  private final Function<DeploymentOptions, StoredState> read;
  private final InstantSource clock;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      defaultValue = "24h",
      description = "24h, 7d, a day, or a time in UTC. Default: ${DEFAULT-VALUE}.")
  private String since = "24h";

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "Only incidents that are open, contained, requested, refused, awaiting-approval, released"
              + " or failed.")
  private @Nullable String state;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Only incidents in that Kubernetes namespace.")
  private @Nullable String namespace;

  @Option(names = "--json", description = "Print one JSON object per incident, one per line.")
  private boolean json;

  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** Creates the command with the streams to print to. */
  public IncidentsCommand(Surroundings surroundings) {
    this(surroundings, options -> options, Clock.systemUTC());
  }

  IncidentsCommand(
      Surroundings surroundings,
      Function<DeploymentOptions, StoredState> read,
      InstantSource clock) {
    this.surroundings = surroundings;
    this.read = read;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    Instant from = Period.start(since, clock.instant());
    Predicate<IncidentSummary> wanted = wanted();
    List<IncidentSummary> latest;
    List<IncidentSummary> holding;
    try {
      RecordedIncidents incidents = read.apply(deployment).incidents();
      latest = incidents.latest(from, RecordedIncidents.LIMIT);
      holding = incidents.holding(RecordedIncidents.LIMIT);
    } catch (Unavailable e) {
      surroundings.err().println(unavailable(deployment, e));
      return ExitCode.FAILURE;
    }
    Instant now = clock.instant();
    List<IncidentSummary> held =
        holding.stream()
            .map(one -> one.asOf(now))
            .filter(IncidentSummary::holding)
            .filter(wanted)
            .toList();
    List<IncidentSummary> others =
        latest.stream()
            .map(one -> one.asOf(now))
            .filter(wanted)
            .filter(one -> held.stream().noneMatch(other -> other.id().equals(one.id())))
            .toList();
    if (json) {
      Stream.concat(held.stream(), others.stream())
          .forEach(one -> JsonLines.print(IncidentJson.write(one), surroundings.out()));
    } else {
      print(from, held, others);
    }
    if (latest.size() == RecordedIncidents.LIMIT) {
      surroundings
          .err()
          .println(
              "Only the latest "
                  + RecordedIncidents.LIMIT
                  + " incidents were read, since "
                  + IncidentWords.time(latest.getLast().lastAt())
                  + " UTC; use a shorter --since, or report for all of them.");
    }
    return ExitCode.SUCCESS;
  }

  /** A sentence for people, without control characters. */
  public static String unavailable(DeploymentOptions deployment, Unavailable e) {
    return HostileText.visible(
        "cattleguard: cannot read the incidents: " + e.getMessage() + deployment.hint(), 600);
  }

  private Predicate<IncidentSummary> wanted() {
    Predicate<IncidentSummary> inNamespace =
        Optional.ofNullable(namespace)
            .<Predicate<IncidentSummary>>map(name -> one -> one.isIn(name))
            .orElse(one -> true);
    if (state == null) {
      return inNamespace;
    }
    IncidentState named =
        IncidentState.named(state.toLowerCase(Locale.ROOT))
            .orElseThrow(
                () ->
                    new UsageError(
                        "--state: use one of "
                            + Arrays.stream(IncidentState.values())
                                .map(IncidentState::jsonName)
                                .collect(Collectors.joining(", "))
                            + ", not: "
                            + state));
    return inNamespace.and(one -> one.state() == named);
  }

  private void print(Instant from, List<IncidentSummary> held, List<IncidentSummary> others) {
    Screen screen = surroundings.screen();
    Instant now = clock.instant();
    List<IncidentSummary> all = Stream.concat(held.stream(), others.stream()).toList();
    screen.line(
        Screen.Style.STRONG,
        all.isEmpty()
            ? "No incident since "
                + IncidentWords.time(from)
                + " UTC, and nothing is contained or waiting."
            : "Since "
                + IncidentWords.time(from)
                + " UTC: "
                + IncidentWords.count(all.size(), "incident")
                + ", "
                + IncidentWords.count(
                    all.stream().mapToLong(IncidentSummary::alerts).sum(), "alert")
                + "; "
                + states(all));
    read.apply(deployment).containmentIsOff().forEach(one -> screen.line(Screen.Style.ALARM, one));
    section(screen, "Contained now, or waiting for you", held, now);
    section(screen, held.isEmpty() ? "Incidents, the latest first" : "All others", others, now);
    if (!all.isEmpty()) {
      screen.blank();
      screen.line(
          Screen.Style.FAINT,
          "To see one of them and what to do next: "
              + surroundings.program()
              + " incident ID"
              + deployment.inCommands());
    }
    screen.flush();
  }

  private static String states(List<IncidentSummary> all) {
    Map<IncidentState, Integer> counts = new EnumMap<>(IncidentState.class);
    all.forEach(one -> counts.merge(one.state(), 1, Integer::sum));
    return counts.entrySet().stream()
        .map(one -> one.getValue() + " " + one.getKey().jsonName().replace('-', ' '))
        .collect(Collectors.joining(", "));
  }

  private static void section(
      Screen screen, String title, List<IncidentSummary> incidents, Instant now) {
    if (incidents.isEmpty()) {
      return;
    }
    screen.blank();
    screen.line(Screen.Style.STRONG, title);
    for (IncidentSummary one : incidents) {
      screen.blank();
      screen.line(
          style(one.state()),
          IncidentWords.time(one.lastAt())
              + "  "
              + IncidentWords.state(one, now)
              + ", "
              + IncidentWords.weight(one));
      screen.field(2, 7, "where", Screen.Style.PLAIN, IncidentWords.where(one));
      screen.field(
          2,
          7,
          "what",
          Screen.Style.PLAIN,
          one.title() + " (" + IncidentWords.count(one.alerts(), "alert") + ")");
      screen.field(2, 7, "done", Screen.Style.PLAIN, IncidentWords.done(one));
      one.continuedAs()
          .ifPresent(id -> screen.field(2, 7, "now", Screen.Style.PLAIN, "merged into " + id));
      screen.verbatim(Screen.Style.FAINT, "  id     " + one.id());
    }
  }

  private static Screen.Style style(IncidentState state) {
    return switch (state) {
      case CONTAINED -> Screen.Style.GOOD;
      case REQUESTED, AWAITING_APPROVAL, REFUSED, RELEASED -> Screen.Style.WARN;
      case OPEN, FAILED -> Screen.Style.ALARM;
    };
  }
}
