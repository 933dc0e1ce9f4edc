package io.cattleguard.respond.aws;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.ec2.Ec2Rehearsal;
import io.cattleguard.respond.aws.network.InMemoryNetwork;
import io.cattleguard.respond.handler.HandlerResponders;
import io.cattleguard.respond.handler.RespondHandler;
import io.cattleguard.respond.handler.SqsDelayQueue;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.metrics.Vitals;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;

/** The Lambda function that takes actions in its own account and region. */
public final class AwsHandler extends RespondHandler {
  /**
   * Wires it from {@code LEDGER_TABLE}, {@code BUS_NAME}, {@code QUEUE_URL}, {@code
   * POLICY_DIRECTORY}, {@code RESPONSE_MODE}, {@code QUARANTINE_GROUPS}, {@code RESPONSE_TAG},
   * {@code RESPONSE_BUCKETS} and {@code BLOCK_LISTS}.
   */
  public AwsHandler() {
    this(new Env(), Clock.systemUTC());
  }

  AwsHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, AwsHandler.class, "alert-scored-of-an-account.json", () -> rehearsed(env));
  }

  private static AwsHandler rehearsed(Env env) {
    Ec2Rehearsal.play();
    return new AwsHandler(
        new Responder(
            playbooks(env).observing(),
            Places.of(AwsScope.class, AwsScope.of(new InMemoryNetwork())),
            new StoredLedger(Rehearsal.table()),
            ResponderSettings.DEFAULT,
            () -> Rehearsal.AT,
            rehearsedLater()),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private AwsHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        responders(env, aws, clock),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  AwsHandler(Responder responder, EventPublisher publisher, InstantSource clock) {
    this(HandlerResponders.of(responder, at -> Vitals.NONE), publisher, clock);
  }

  private AwsHandler(HandlerResponders responders, EventPublisher publisher, InstantSource clock) {
    super(responders, publisher, clock);
  }

  private static HandlerResponders responders(Env env, AwsClients aws, InstantSource clock) {
    String region = env.required("AWS_REGION");
    DynamoTable table = new DynamoTable(aws, env.required("LEDGER_TABLE"));
    Playbooks playbooks = playbooks(env);
    StoredLedger ledger = new StoredLedger(table);
    return HandlerResponders.of(
        new Responder(
            playbooks,
            Places.of(AwsScope.class, AwsAccount.of(env, aws, region, playbooks.limits())),
            ledger,
            ResponderSettings.DEFAULT,
            clock,
            SqsDelayQueue.of(env, aws)),
        at -> Vitals.of(List.of(ledger), playbooks.limits().circuitBreaker(), at));
  }
}
