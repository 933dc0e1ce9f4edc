package io.cattleguard.route.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Router;
import io.cattleguard.route.Routes;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.digest.Owners;
import io.cattleguard.route.http.PostedWebhook;
import io.cattleguard.route.muted.MutedAlerts;
import io.cattleguard.route.secrets.NamedSecrets;
import io.cattleguard.route.stored.StoredConversations;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Lambda function route: delivers scored alerts and outcomes of responses to people and
 * systems.
 *
 * <p>A message fails while one of its deliveries is open. Its other deliveries are recorded and not
 * repeated. A rejected delivery fails the message too, so that it ends in the dead-letter queue,
 * raises the alarm, and can be redriven after the token, the channel or the event is fixed.
 */
public final class RouteHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.route";

  /** The message of the timer in infra/terraform/digest-timer.tf. */
  private static final String DIGEST_TIMER = "Digest Timer";

  /** Metrics of infra/terraform/digest-timer.tf. */
  private static final String DIGESTS_WAITING = "digestsWaiting";

  private static final String DIGEST_AGE = "digestAgeMinutes";

  private final Router router;
  private final Dispatcher dispatcher;
  private final Optional<Digest> digest;
  private final Optional<MutedAlerts> muted;
  private final Runnable refused;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /**
   * Wires the function from {@code CONVERSATIONS_TABLE}, {@code BUS_NAME}, {@code POLICY_DIRECTORY}
   * and the named secrets.
   */
  public RouteHandler() {
    this(new Env(), Clock.systemUTC());
  }

  RouteHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, RouteHandler.class, "alert-scored.json", () -> rehearsed(env));
  }

  private static RouteHandler rehearsed(Env env) {
    Routes routes = routes(env);
    Map<String, Destination> nowhere = new LinkedHashMap<>();
    for (DestinationSettings settings : routes.destinations()) {
      nowhere.put(settings.name(), (deliveries, now) -> writeForNobody(settings, deliveries));
    }
    return new RouteHandler(
        new Router(routes),
        new Dispatcher(nowhere, new StoredConversations(Rehearsal.table())),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private static List<Outcome> writeForNobody(
      DestinationSettings settings, List<Delivery> deliveries) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      String written = settings.body(delivery);
      outcomes.add(written.isEmpty() ? new Outcome.Skipped("") : new Outcome.Delivered(true));
    }
    return outcomes;
  }

  private static Routes routes(Env env) {
    return Routes.read(policy(env), Destinations.TYPES);
  }

  private static PolicyFiles policy(Env env) {
    return new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY")));
  }

  private RouteHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        routes(env),
        secrets(env, clock),
        Owners.read(policy(env)),
        new DynamoTable(aws, env.required("CONVERSATIONS_TABLE")),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  /** A secret is read when it is needed, so the snapshot has none. */
  private static NamedSecrets secrets(Env env, InstantSource clock) {
    return new NamedSecrets(
        env::optional,
        clock,
        trouble -> StructuredLog.info("secret unavailable", "reason", trouble));
  }

  private RouteHandler(
      Routes routes,
      NamedSecrets secrets,
      Owners owners,
      DynamoTable table,
      EventPublisher publisher,
      InstantSource clock) {
    this(routes, secrets, owners, table, new StoredConversations(table), publisher, clock);
  }

  private RouteHandler(
      Routes routes,
      NamedSecrets secrets,
      Owners owners,
      DynamoTable table,
      Conversations conversations,
      EventPublisher publisher,
      InstantSource clock) {
    this(
        routes,
        new Router(routes, owners.digested(secrets)),
        secrets,
        new Digest(owners, table, secrets, new PostedWebhook()),
        table,
        conversations,
        publisher,
        clock);
  }

  private RouteHandler(
      Routes routes,
      Router router,
      NamedSecrets secrets,
      Digest digest,
      DynamoTable table,
      Conversations conversations,
      EventPublisher publisher,
      InstantSource clock) {
    this(
        router,
        new Dispatcher(Destinations.open(routes, secrets, conversations), conversations),
        Optional.of(digest),
        Optional.of(new MutedAlerts(router, table)),
        secrets::refused,
        publisher,
        clock);
  }

  RouteHandler(
      Router router, Dispatcher dispatcher, EventPublisher publisher, InstantSource clock) {
    this(router, dispatcher, Optional.empty(), publisher, clock);
  }

  RouteHandler(
      Router router,
      Dispatcher dispatcher,
      Optional<Digest> digest,
      EventPublisher publisher,
      InstantSource clock) {
    this(router, dispatcher, digest, Optional.empty(), () -> {}, publisher, clock);
  }

  /**
   * Uses these parts.
   *
   * @param refused is called when a destination accepts nothing, because its secret may have
   *     changed
   */
  RouteHandler(
      Router router,
      Dispatcher dispatcher,
      Optional<Digest> digest,
      Optional<MutedAlerts> muted,
      Runnable refused,
      EventPublisher publisher,
      InstantSource clock) {
    this.refused = refused;
    this.publisher = publisher;
    this.digest = digest;
    this.muted = muted;
    this.router = router;
    this.dispatcher = dispatcher;
    this.clock = clock;
  }

  @Override
  public Set<String> handle(List<Message> batch) {
    Instant now = clock.instant();
    Map<String, Long> books = new LinkedHashMap<>();
    books.put("received", (long) batch.size());
    Set<String> failed = new LinkedHashSet<>();
    List<MutedAlerts.Due> late = new ArrayList<>();
    List<Delivery> deliveries = new ArrayList<>();
    Map<String, Set<String>> messagesOf = new LinkedHashMap<>();
    for (Message message : batch) {
      try {
        for (Delivery delivery : deliveries(message, now, books, late)) {
          deliveries.add(delivery);
          messagesOf
              .computeIfAbsent(delivery.id(), ignored -> new LinkedHashSet<>())
              .add(message.id());
        }
      } catch (RuntimeException | JsonProcessingException e) {
        books.merge("unreadable", 1L, Long::sum);
        failed.add(message.id());
        StructuredLog.info(
            "unreadable message; it goes to the dead-letter queue after its retries",
            "messageId",
            message.id(),
            "reason",
            e instanceof ContractViolation violation
                ? String.valueOf(violation.getMessage())
                : e.getClass().getSimpleName());
      }
    }
    // A failure here fails no message, because the next timer does the same work.
    late.forEach(due -> deliveries.addAll(due.deliveries()));
    Dispatcher.Dispatched dispatched = dispatcher.dispatch(deliveries, now);
    dispatched.troubles().forEach(trouble -> StructuredLog.info(trouble));
    for (Attempt attempt : dispatched.attempts()) {
      Set<String> messages = messagesOf.getOrDefault(attempt.delivery().id(), Set.of());
      books.merge(attempt.outcome().word(), 1L, Long::sum);
      log(attempt, messages);
      if (attempt.isOpen()) {
        failed.addAll(messages);
      }
    }
    publish(dispatched, now);
    forgetTold(late, dispatched, now);
    if (dispatched.attempts().stream().anyMatch(RouteHandler::isBlocked)) {
      refused.run();
    }
    StructuredLog.counts("route", now.toEpochMilli(), books);
    return failed;
  }

  /** A failure fails no message: its deliveries were made, and a retry would skip them. */
  private void publish(Dispatcher.Dispatched dispatched, Instant now) {
    List<BusEvent> events =
        dispatched.attempts().stream()
            .flatMap(attempt -> attempt.notified(now).stream())
            .map(one -> new BusEvent(SOURCE, DetailType.PEOPLE_NOTIFIED, now, one.write()))
            .toList();
    int refused = events.isEmpty() ? 0 : publisher.publish(events).size();
    if (refused > 0) {
      StructuredLog.info(
          "PutEvents failing: the incidents' records miss notifications of people",
          "notifications",
          String.valueOf(refused));
    }
  }

  private static void count(String counter, ScoredAlert scored, Map<String, Long> books) {
    if (Canary.is(scored.alert())) {
      books.merge(counter, 1L, Long::sum);
    }
  }

  private static boolean isBlocked(Attempt attempt) {
    return attempt.outcome() instanceof Outcome.Blocked;
  }

  /** Findings that were not sent yet wait for the next timer, whose deliveries are not repeated. */
  private void forgetTold(
      List<MutedAlerts.Due> late, Dispatcher.Dispatched dispatched, Instant now) {
    Set<String> open =
        dispatched.open().stream()
            .map(attempt -> attempt.delivery().id())
            .collect(Collectors.toUnmodifiableSet());
    for (MutedAlerts.Due due : late) {
      boolean isTold =
          due.deliveries().stream().noneMatch(delivery -> open.contains(delivery.id()));
      try {
        if (isTold || due.isGivenUp(now)) {
          muted.ifPresent(one -> one.remove(due, now));
        }
        if (!isTold && due.isGivenUp(now)) {
          StructuredLog.info(
              "a muted alert could not be sent for 7 days and is dropped",
              "incident",
              due.scored().incidentId());
        }
      } catch (Unavailable e) {
        StructuredLog.info(
            "a muted alert was sent but could not be removed",
            "reason",
            String.valueOf(e.getMessage()));
      }
    }
  }

  private List<Delivery> deliveries(
      Message message, Instant now, Map<String, Long> books, List<MutedAlerts.Due> late)
      throws JsonProcessingException {
    JsonNode event = JSON.readTree(message.body());
    String type = event.path("detail-type").asText();
    JsonNode detail = event.path("detail");
    if (type.equals(DIGEST_TIMER)) {
      digest.ifPresent(one -> send(one, now, books));
      muted.ifPresent(one -> late.addAll(one.due(now)));
      return List.of();
    }
    return switch (DetailType.named(type).orElseThrow(() -> notForUs(type))) {
      case ALERT_SCORED -> {
        ScoredAlert scored = AlertJson.readScored(detail);
        digest.ifPresent(one -> one.add(scored, now));
        count(StructuredLog.CANARIES, scored, books);
        List<Delivery> all = new ArrayList<>(router.route(scored));
        muted.ifPresent(one -> all.addAll(one.add(scored, now)));
        yield all;
      }
      case RESPONSE_DECIDED -> {
        ResponseDecided decided = ResponseDecided.read(detail);
        count(StructuredLog.CANARY_OUTCOMES, decided.scored(), books);
        yield router.route(decided);
      }
      case OPERATOR_COMMAND ->
          router.route(OperatorCommand.read(event.path("source").asText(), detail));
      case RUNTIME_ALERTS,
          ALERT_ACCEPTED,
          SENSOR_HEARTBEAT,
          WORKLOAD_OBSERVED,
          QUESTION_ASKED,
          PEOPLE_NOTIFIED ->
          throw notForUs(type);
    };
  }

  /** The next timer retries; an alarm reports digests that wait for an hour. */
  private static void send(Digest digest, Instant now, Map<String, Long> books) {
    Digest.Report report = digest.sendDue(now);
    report.troubles().forEach(trouble -> StructuredLog.info("digest not sent", "reason", trouble));
    books.put(DIGESTS_WAITING, (long) report.waiting());
    books.put(DIGEST_AGE, report.age().toMinutes());
  }

  private static ContractViolation notForUs(String type) {
    return new ContractViolation("detail-type: '" + type + "' is not routed");
  }

  private static void log(Attempt attempt, Set<String> messages) {
    String reason =
        switch (attempt.outcome()) {
          case Outcome.Delivered ignored -> "";
          case Outcome.TryAgain tryAgain -> tryAgain.reason() + "; retry after " + tryAgain.after();
          case Outcome.Rejected rejected -> rejected.reason();
          case Outcome.Blocked blocked -> blocked.reason();
          case Outcome.NotConfigured notConfigured -> notConfigured.reason();
          case Outcome.Skipped skipped -> skipped.reason();
        };
    if (!reason.isEmpty()) {
      StructuredLog.info(
          "not delivered: " + attempt.outcome().word(),
          "destination",
          attempt.delivery().destination(),
          "messageIds",
          String.join(",", messages),
          "reason",
          reason);
    }
  }
}
