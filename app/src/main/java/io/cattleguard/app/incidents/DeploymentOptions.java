package io.cattleguard.app.incidents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;

/** The options that name a deployment, and its records. */
public final class DeploymentOptions implements StoredState {
  /** The identity of the person does not matter for a question. */
  private static final String NOBODY = "";

  private static final int WORDS = 200;

  @Mixin private final DeploymentChoice choice = new DeploymentChoice();

  /** The deployment. */
  public Deployment deployment() {
    return choice.deployment();
  }

  @Override
  public RecordedIncidents incidents() {
    return switch (choice.deployment()) {
      case Deployment.Up up -> new SocketIncidents(new SocketOperator(up.data())::ask);
      case Deployment.Stack stack ->
          new DynamoIncidents(stack.aws(), stack.name() + "-incidents", Duration.ZERO);
    };
  }

  @Override
  public List<ObjectNode> containments() {
    return ledger(new OperatorRequest.Containments());
  }

  private List<ObjectNode> ledger(OperatorRequest request) {
    return ask(
        request,
        stack ->
            new LedgerOperator(
                new Operations(
                    StoredLedger.in(new DynamoTable(stack.aws(), stack.name() + "-ledger"))),
                Clock.systemUTC()));
  }

  /** The silences, as {@code silences --json} prints them; empty if they cannot be read. */
  public List<ObjectNode> silences() {
    SilenceRequest.All all = new SilenceRequest.All();
    return ask(
        all,
        stack ->
            (request, identity) ->
                new SilenceOperator(
                        new DynamoTable(stack.aws(), stack.name() + "-sightings"),
                        Clock.systemUTC())
                    .ask(all));
  }

  /** Three reads of one item each in AWS. */
  @Override
  public List<String> containmentIsOff() {
    return Stream.concat(
            ledger(new OperatorRequest.Containments(true)).stream()
                .filter(one -> one.path("killSwitch").asBoolean())
                .map(
                    one ->
                        "The kill switch is on since "
                            + time(one.path("at"))
                            + ", by "
                            + words(one.path("by"))
                            + ": "
                            + words(one.path("reason"))
                            + ". No action is taken, and nothing is released."),
            silences().stream()
                .filter(one -> one.path("active").asBoolean())
                .filter(one -> one.path("responders").asBoolean())
                .map(
                    one ->
                        "Responders do not act on what silence "
                            + words(one.path("id"))
                            + " matches, until "
                            + time(one.path("until"))
                            + ", by "
                            + words(one.path("by"))
                            + ": "
                            + words(one.path("reason"))
                            + "."))
        .toList();
  }

  private static String time(JsonNode at) {
    return IncidentWords.time(Instant.parse(at.asText())) + " UTC";
  }

  private static String words(JsonNode text) {
    return HostileText.visible(text.asText(), WORDS);
  }

  private List<ObjectNode> ask(
      OperatorRequest request, Function<Deployment.Stack, Operator> inAws) {
    try {
      OperatorReply reply =
          switch (choice.deployment()) {
            case Deployment.Up up -> new SocketOperator(up.data()).ask(request);
            case Deployment.Stack stack -> inAws.apply(stack).ask(request, NOBODY);
          };
      return reply.results().stream().map(OperatorReply.Result::object).toList();
    } catch (Unavailable e) {
      return List.of();
    }
  }

  /** The options, to be repeated in a command that people paste. */
  String inCommands() {
    return choice.inCommands();
  }

  /** What to check if the records cannot be read. */
  public String hint() {
    return choice.hint();
  }
}
