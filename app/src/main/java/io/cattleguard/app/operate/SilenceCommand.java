package io.cattleguard.app.operate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.policy.Dates;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Hides alerts from people for a time. */
@Command(
    name = "silence",
    sortOptions = false,
    description = {
      "Hide alerts from people for a time.",
      "The alerts are still counted and sent to the SIEM, and responders still act on them. People"
          + " are still notified of an alert that is more severe than --up-to or than its problem"
          + " was before, and of actions that were taken, failed or wait for approval.",
      ""
    })
public final class SilenceCommand extends OperateCommand {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int SHOWN = 100;
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");

  /** Maximum number that fits into a silence. */
  private static final int MOST_PROBLEMS = 50;

  private final Function<String, Optional<IncidentRecord>> incidents;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private final Which which = new Which();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private final End end = new End();

  @Mixin private final WhoAndWhy who = new WhoAndWhy();

  @Option(
      names = "--up-to",
      paramLabel = "SEVERITY",
      description =
          "The highest severity to hide. Default: high, or for --fingerprint and --incident the"
              + " severity that the problems have now.")
  private @Nullable String upTo;

  @Option(
      names = "--responders-too",
      description = "Responders do not act on these alerts either. Default: they do.")
  private boolean responders;

  @Option(
      names = "--all",
      description = "Accept a pattern that names no rule, object, process, peer or file.")
  private boolean all;

  @Option(names = "--dry-run", description = "Show what it would hide, and set nothing.")
  private boolean dryRun;

  /** Which alerts. */
  private static final class Which {
    @Option(
        names = "--fingerprint",
        paramLabel = "ID",
        description = "The alerts of one problem. The alert and explain show its fingerprint.")
    private @Nullable String fingerprint;

    @Option(
        names = "--incident",
        paramLabel = "ID",
        description = "The alerts of all problems of an incident. incidents lists the ids.")
    private @Nullable String incident;

    @Option(
        names = "--match",
        paramLabel = "JSON",
        description = {
          "The alerts that match an event pattern, with the fields that explain prints, such as",
          "{\"alert\":{\"rule\":[\"Terminal shell in"
              + " container\"],\"target\":{\"namespace\":[\"dev\"]}}}"
        })
    private @Nullable String match;
  }

  /** How long. */
  private static final class End {
    @Option(
        names = "--for",
        paramLabel = "TIME",
        description = "How long, for example 4h, 14d or 2w; at most 30d.")
    private @Nullable String time;

    @Option(
        names = "--until",
        paramLabel = "DAY",
        description = "Through that day in UTC, or until a time such as 2026-01-31T12:00:00Z.")
    private @Nullable String day;
  }

  /** Creates the command with the streams to print to. */
  public SilenceCommand(Surroundings surroundings) {
    super(surroundings);
    this.incidents = this::incident;
  }

  SilenceCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
    this.incidents = this::incident;
  }

  SilenceCommand(
      Surroundings surroundings,
      Ledgers ledgers,
      Buses buses,
      InstantSource clock,
      Function<String, Optional<IncidentRecord>> incidents) {
    super(surroundings, ledgers, buses, clock);
    this.incidents = incidents;
  }

  @Override
  OperatorRequest request() {
    return new SilenceRequest.Set(
        match(), who.order(), until(), ceiling(), responders, all, dryRun);
  }

  private ObjectNode match() {
    String fingerprint = which.fingerprint;
    if (fingerprint != null) {
      if (!FINGERPRINT.matcher(fingerprint).matches()) {
        throw new UsageError("--fingerprint: expected 32 digits of 0-9 and a-f");
      }
      return HidingPattern.ofProblem(fingerprint);
    }
    String incident = which.incident;
    if (incident != null) {
      return ofIncident(incident);
    }
    try {
      if (JSON.readTree(String.valueOf(which.match)) instanceof ObjectNode pattern) {
        return pattern;
      }
    } catch (JsonProcessingException e) {
      throw new UsageError("--match: not JSON: " + e.getOriginalMessage());
    }
    throw new UsageError("--match: expected a JSON object");
  }

  private ObjectNode ofIncident(String id) {
    String shown = HostileText.visible(id, SHOWN);
    List<String> problems =
        incidents
            .apply(id)
            .orElseThrow(
                () ->
                    new UsageError(
                        "--incident: no incident " + shown + ". Try: cattleguard incidents"))
            .problems()
            .values()
            .stream()
            .map(Problem::fingerprint)
            .filter(one -> FINGERPRINT.matcher(one).matches())
            .sorted()
            .toList();
    if (problems.isEmpty() || problems.size() > MOST_PROBLEMS) {
      throw new UsageError(
          "--incident: "
              + shown
              + " has "
              + problems.size()
              + " known problems; silence some of them with --match"
              + " '{\"fingerprint\":[\"ID\",\"ID\"]}'");
    }
    return HidingPattern.ofProblems(problems);
  }

  private Instant until() {
    String time = end.time;
    if (time != null) {
      return Durations.parse(time)
          .filter(Duration::isPositive)
          .map(now()::plus)
          .orElseThrow(
              () ->
                  new UsageError(
                      "--for: expected a duration such as 4h, 14d or 2w, found " + time));
    }
    String day = String.valueOf(end.day);
    return Dates.end(day)
        .orElseThrow(
            () -> new UsageError("--until: expected " + Dates.EXPECTED_START + ", found " + day));
  }

  private Optional<Severity> ceiling() {
    String name = upTo;
    if (name == null) {
      return Optional.empty();
    }
    List<String> known = Arrays.stream(Severity.values()).map(Severity::jsonName).toList();
    return Optional.of(
        Severity.named(name)
            .orElseThrow(
                () ->
                    new UsageError(
                        "--up-to: '"
                            + name
                            + "' is not one of "
                            + String.join(", ", known)
                            + ClosestWord.hint(name, known))));
  }
}
