package io.cattleguard.app.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the board's commands with the tables of a stack in DynamoDB. */
final class StackOperatorTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final OperatorOrder ANN = new OperatorOrder("ann", "maintenance");

  private final List<String> published = new ArrayList<>();
  private final Map<String, VersionedTable> tables =
      Map.of("ledger", table("ledger"), "sightings", table("sightings"));
  private boolean withoutSts;
  private StackOperator operator;

  private static VersionedTable table(String purpose) {
    String name = purpose + "-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    return new DynamoTable(DynamoDbLocal.aws(), name);
  }

  @BeforeEach
  void open() {
    CommandBus bus =
        new CommandBus() {
          @Override
          public String userId() {
            if (withoutSts) {
              throw new Unavailable("STS does not say who you are");
            }
            return "AROAEXAMPLEID:on-call";
          }

          @Override
          public void publish(String userId, OperatorCommand command) {
            published.add(command.command() + " by " + command.who().inWords());
          }

          @Override
          public void pause(Duration time) {}
        };
    operator =
        new StackOperator(
            name -> Optional.ofNullable(tables.get(name)).orElseThrow(),
            bus,
            InstantSource.fixed(NOW));
  }

  private OperatorReply ask(OperatorRequest request) {
    return operator.ask(request, "whoever a page says");
  }

  @Test
  void aCommandIsPublishedInTheCallersNameAndQuestionsAreNot() {
    OperatorReply stop = ask(new OperatorRequest.Stop(ANN));

    assertTrue(stop.success(), "no responder has carried it out, so it is in the ledger");
    assertEquals(List.of("STOP by ann (aws:AROAEXAMPLEID:on-call)"), published);
    assertTrue(
        ask(new SilenceRequest.Set(
                HidingPattern.ofProblem("5d41402abc4b2a76b9719d911017c592"),
                ANN,
                NOW.plus(Duration.ofHours(4)),
                Optional.empty(),
                false,
                false,
                false))
            .success());
    assertEquals(1, ask(new SilenceRequest.All()).results().size());
    assertEquals(2, published.size(), published::toString);
  }

  @Test
  void theKillSwitchDoesNotDependOnSts() {
    withoutSts = true;
    OperatorReply reply = ask(new OperatorRequest.Stop(ANN));
    assertTrue(reply.success());
    assertTrue(
        ask(new OperatorRequest.Containments())
            .results()
            .getFirst()
            .object()
            .path("killSwitch")
            .asBoolean());
    OperatorRequest approve = new OperatorRequest.Decide(true, "blue/isolate-pod/1", ANN);
    assertThrows(Unavailable.class, () -> ask(approve));
    assertEquals(List.of(), published);
    assertFalse(ask(new OperatorRequest.Undo("none", ANN)).success());
  }
}
