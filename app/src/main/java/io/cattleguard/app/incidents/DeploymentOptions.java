package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a deployment, and its records. */
public final class DeploymentOptions {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "cattleguard",
      description = "Name of the stack in AWS. Default: ${DEFAULT-VALUE}.")
  private String name = "cattleguard";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA}",
      description = {
        "Data directory of a running cattleguard up, in place of a stack in AWS.",
        "Default: CATTLEGUARD_DATA."
      })
  private @Nullable Path data;

  /** Who asks a question makes no difference. */
  private static final String NOBODY = "";

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region. Default: AWS_REGION.")
  private @Nullable String region;

  /** The data directory of a running server; empty for a stack in AWS. */
  public Optional<Path> data() {
    return Optional.ofNullable(data).filter(directory -> !directory.toString().isEmpty());
  }

  /** The name of the stack in AWS. */
  public String stack() {
    return name;
  }

  /** The records of the deployment. */
  public RecordedIncidents incidents() {
    return data()
        .<RecordedIncidents>map(
            directory -> new SocketIncidents(new SocketOperator(directory)::ask))
        .orElseGet(() -> new DynamoIncidents(aws(), name + "-incidents", Duration.ZERO));
  }

  /**
   * What is contained now, as {@code containments --json} prints it; empty if it cannot be read,
   * because a person may be allowed to read the incidents only.
   */
  List<ObjectNode> containments() {
    return ask(
        new OperatorRequest.Containments(),
        request ->
            new LedgerOperator(
                    new Operations(StoredLedger.in(new DynamoTable(aws(), name + "-ledger"))),
                    Clock.systemUTC())
                .ask(request, NOBODY));
  }

  /** The silences, as {@code silences --json} prints them; empty if they cannot be read. */
  public List<ObjectNode> silences() {
    SilenceRequest.All all = new SilenceRequest.All();
    return ask(
        all,
        request ->
            new SilenceOperator(new DynamoTable(aws(), name + "-sightings"), Clock.systemUTC())
                .ask(all));
  }

  private List<ObjectNode> ask(
      OperatorRequest request, Function<OperatorRequest, OperatorReply> inAws) {
    try {
      OperatorReply reply =
          data()
              .map(directory -> new SocketOperator(directory).ask(request))
              .orElseGet(() -> inAws.apply(request));
      return reply.results().stream().map(OperatorReply.Result::object).toList();
    } catch (Unavailable e) {
      return List.of();
    }
  }

  /** The options, to be repeated in a command that people paste. */
  String inCommands() {
    return data()
        .map(directory -> " --data " + quoted(directory.toString()))
        .orElseGet(
            () ->
                (name.equals("cattleguard") ? "" : " --name " + quoted(name))
                    + (region == null ? "" : " --region " + quoted(region)));
  }

  /** A word of a shell. */
  static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./:@=,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** What to check if the records cannot be read. */
  public String hint() {
    return data().isPresent() ? "" : ". Check --name, --region and your AWS credentials.";
  }

  /**
   * Clients with the process's credentials.
   *
   * @throws UsageError if neither the option nor the environment names a region
   */
  public AwsClients aws() {
    Map<String, String> variables = new HashMap<>(System.getenv());
    String where =
        Optional.ofNullable(region)
            .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
            .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")))
            .orElseThrow(
                () ->
                    new UsageError(
                        "no region: set --region or AWS_REGION, or --data DIR for a running up"));
    variables.put("AWS_REGION", where);
    return new Env(variables).aws();
  }
}
