package io.cattleguard.respond.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.BatchHandler;
import io.cattleguard.edge.DynamoTable;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.EventBridgePublisher;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.edge.HttpAwsCredentials;
import io.cattleguard.edge.HttpAwsEndpoint;
import io.cattleguard.edge.HttpAwsJson;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.edge.Rehearsal;
import io.cattleguard.edge.StructuredLog;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The Lambda function: scored alerts in, decided responses out. */
public final class RespondHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.respond";

  private static final Duration BETWEEN_RELEASES = Duration.ofMinutes(1);

  private final Fleet fleet;
  private final EventPublisher publisher;
  private final InstantSource clock;
  private Instant lastRelease = Instant.EPOCH;

  /**
   * Wires it from {@code LEDGER_TABLE}, {@code BUS_NAME}, {@code POLICY_DIRECTORY}, {@code
   * CLUSTERS_FILE}, {@code RESPONSE_MODE}, {@code QUARANTINE_GROUPS} and {@code RESPONSE_TAG}.
   */
  public RespondHandler() {
    this(new Env(), Clock.systemUTC());
  }

  RespondHandler(Env env, InstantSource clock) {
    this(env, new HttpAwsCredentials(env), clock);
    Rehearsal.play(env, RespondHandler.class, "alert-scored.json", () -> rehearsed(env));
  }

  private static RespondHandler rehearsed(Env env) {
    Fabric8Rehearsal.readAnswers();
    EksToken unused = EksToken.of("rehearsal", "eu-central-1", Rehearsal.EXAMPLE, Rehearsal.AT);
    InMemoryCluster cluster = new InMemoryCluster(() -> Rehearsal.AT, Duration.ZERO);
    return new RespondHandler(
        new Responder(
            playbooks(env).observing(),
            cluster,
            new StoredLedger(Rehearsal.table()),
            ResponderSettings.of(Optional.empty()),
            () -> Rehearsal.AT,
            millis -> {}),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private RespondHandler(Env env, AwsCredentials.Source credentials, InstantSource clock) {
    this(
        fleet(env, credentials, clock),
        new EventBridgePublisher(
            HttpAwsJson.eventBridge(env, credentials, clock),
            env.required("BUS_NAME"),
            EventBridgePublisher.SLEEP),
        clock);
  }

  RespondHandler(Responder responder, EventPublisher publisher, InstantSource clock) {
    this(new Fleet(Set.of(), name -> responder, responder), publisher, clock);
  }

  RespondHandler(Fleet fleet, EventPublisher publisher, InstantSource clock) {
    this.fleet = fleet;
    this.publisher = publisher;
    this.clock = clock;
  }

  private static Fleet fleet(Env env, AwsCredentials.Source credentials, InstantSource clock) {
    DynamoTable table =
        new DynamoTable(
            HttpAwsJson.dynamoDb(env, credentials, clock), env.required("LEDGER_TABLE"));
    Playbooks playbooks = playbooks(env);
    Ec2Settings account = Ec2Settings.of(env);
    Map<String, ClusterAddress> clusters = new TreeMap<>();
    clusters(env).forEach(address -> clusters.put(address.name(), address));
    String ours = clusters.isEmpty() ? "no cluster" : String.join(", ", clusters.keySet());
    return new Fleet(
        clusters.keySet(),
        name ->
            new Responder(
                playbooks,
                connect(Objects.requireNonNull(clusters.get(name)), env, credentials, clock)
                    .cluster(),
                StoredLedger.of(table, name),
                ResponderSettings.of(Optional.of(name)),
                clock,
                RespondHandler::pause),
        new Responder(
            playbooks,
            new NoCluster(),
            new Ec2Network(
                Ec2Query.of(env, credentials, clock, RespondHandler::pause),
                env.required("AWS_REGION"),
                account.quarantineGroups()),
            new StoredLedger(table),
            ResponderSettings.of(Optional.of(ours)).withResponseTag(account.responseTag()),
            clock,
            RespondHandler::pause));
  }

  private static Playbooks playbooks(Env env) {
    Playbooks playbooks =
        Playbooks.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY"))));
    String mode = env.required("RESPONSE_MODE");
    return switch (mode) {
      case "enforce" -> playbooks;
      case "observe" -> playbooks.observing();
      default ->
          throw new IllegalStateException(
              "RESPONSE_MODE is '" + mode + "'; it is observe or enforce");
    };
  }

  private static List<ClusterAddress> clusters(Env env) {
    String file = env.required("CLUSTERS_FILE");
    try {
      return ClusterAddress.readAll(file, Files.readString(Path.of(file)));
    } catch (IOException e) {
      throw new IllegalStateException(
          "CLUSTERS_FILE " + file + " cannot be read; is the layer of clusters there?", e);
    }
  }

  private static Fabric8Clients.Connection connect(
      ClusterAddress address, Env env, AwsCredentials.Source ours, InstantSource clock) {
    AwsCredentials.Source credentials =
        address
            .role()
            .<AwsCredentials.Source>map(
                role ->
                    new HttpAssumedRole(
                        HttpAwsEndpoint.of("STS", "sts", env, ours, clock),
                        role,
                        address.externalId()))
            .orElse(ours);
    EksTokens tokens = new EksTokens(address.name(), address.region(), credentials, clock);
    return Fabric8Clients.connect(
        address.name(), address.endpoint(), address.certificateAuthority(), tokens::current);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Set<String> failed = each(messages, this::respond);
    releaseEnded();
    return failed;
  }

  /**
   * There is no clock in Lambda but the next event; the canary makes sure that there is one. What
   * fails here is tried again then, and is no fault of the messages.
   */
  private void releaseEnded() {
    Instant now = clock.instant();
    if (now.isBefore(lastRelease.plus(BETWEEN_RELEASES))) {
      return;
    }
    lastRelease = now;
    for (Responder responder : fleet.all()) {
      try {
        responder.releaseEnded(now, decided -> publish(List.of(decided), now));
      } catch (RuntimeException e) {
        StructuredLog.error("ended leases were not all released, the next event tries again", e);
      }
    }
  }

  private void respond(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.ALERT_SCORED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation("detail-type: respond reads scored alerts alone");
    }
    Instant now = clock.instant();
    ScoredAlert scored = AlertJson.readScored(envelope.path("detail"));
    publish(fleet.of(scored).respond(scored, now, envelope.has("replay-name")), now);
  }

  private void publish(List<ResponseDecided> decided, Instant now) {
    List<BusEvent> events =
        decided.stream()
            .map(
                one -> new BusEvent(SOURCE, DetailType.RESPONSE_DECIDED, now, AlertJson.write(one)))
            .toList();
    if (!publisher.publish(events).isEmpty()) {
      throw new IllegalStateException("the bus did not take every response");
    }
  }
}
