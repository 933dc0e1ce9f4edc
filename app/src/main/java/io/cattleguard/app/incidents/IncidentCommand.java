package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.RecordedIncidents;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one incident. */
@Command(
    name = "incident",
    sortOptions = false,
    description = {
      "Show one incident: its state, its score with reasons, what was done or why not, and when.",
      "List the ids with: cattleguard incidents",
      ""
    })
public final class IncidentCommand implements Callable<Integer> {
  private static final int LONGEST = 2_000;

  private final Surroundings surroundings;
  private final Function<DeploymentOptions, StoredState> read;
  private final InstantSource clock;

  @Parameters(paramLabel = "ID", description = "Id of the incident, or its first digits.")
  private String id = "";

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** Creates the command with the streams to print to. */
  public IncidentCommand(Surroundings surroundings) {
    this(surroundings, options -> options, Clock.systemUTC());
  }

  IncidentCommand(
      Surroundings surroundings,
      Function<DeploymentOptions, StoredState> read,
      InstantSource clock) {
    this.surroundings = surroundings;
    this.read = read;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    Optional<IncidentRecord> found;
    Optional<String> ambiguity;
    try {
      RecordedIncidents incidents = read.apply(deployment).incidents();
      found = incidents.named(id).map(one -> one.asOf(clock.instant()));
      ambiguity = found.isEmpty() ? incidents.ambiguity(id) : Optional.empty();
    } catch (Unavailable e) {
      surroundings.err().println(IncidentsCommand.unavailable(deployment, e));
      return ExitCode.FAILURE;
    }
    if (found.isEmpty()) {
      surroundings
          .err()
          .println(
              "cattleguard: "
                  + ambiguity
                      .map(several -> HostileText.visible(several, LONGEST))
                      .orElseGet(
                          () ->
                              "no incident "
                                  + HostileText.visible(id, 100)
                                  + ". Try: "
                                  + surroundings.program()
                                  + " incidents --since 7d"
                                  + deployment.inCommands()));
      return ExitCode.FAILURE;
    }
    IncidentRecord record = found.get();
    List<NextSteps.Step> next =
        NextSteps.of(record, read.apply(deployment).containments(), deployment.inCommands());
    if (json) {
      ObjectNode out = IncidentJson.write(record);
      ArrayNode steps = out.putArray("next");
      next.forEach(
          step ->
              steps
                  .addObject()
                  .put("purpose", step.purpose())
                  .put("command", surroundings.program() + " " + step.command()));
      JsonLines.print(out, surroundings.out());
    } else {
      new IncidentText(surroundings.screen(), surroundings.program())
          .print(record, next, clock.instant());
    }
    return ExitCode.SUCCESS;
  }
}
