package io.cattleguard.respond.kubernetes;

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
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.handler.HandlerResponders;
import io.cattleguard.respond.handler.RespondHandler;
import io.cattleguard.respond.handler.SqsDelayQueue;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.eks.ClusterAddress;
import io.cattleguard.respond.kubernetes.eks.EksToken;
import io.cattleguard.respond.kubernetes.eks.EksTokens;
import io.cattleguard.respond.kubernetes.eks.HttpAssumedRole;
import io.cattleguard.respond.kubernetes.evidence.S3EvidenceStore;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Rehearsal;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.metrics.Vitals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/** The Lambda function that takes actions in Kubernetes clusters. */
public final class KubernetesHandler extends RespondHandler {
  /**
   * Wires it from {@code LEDGER_TABLE}, {@code BUS_NAME}, {@code QUEUE_URL}, {@code
   * POLICY_DIRECTORY}, {@code CLUSTERS_FILE}, {@code RESPONSE_MODE} and, optionally, {@code
   * EVIDENCE_BUCKET}, the bucket of {@code capture-evidence}, and {@code CLAIMED_NODES}: the
   * clusters, separated by commas, whose alerts may claim any node.
   */
  public KubernetesHandler() {
    this(new Env(), Clock.systemUTC());
  }

  KubernetesHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, KubernetesHandler.class, "alert-scored.json", () -> rehearsed(env));
  }

  private static KubernetesHandler rehearsed(Env env) {
    Fabric8Rehearsal.readAnswers();
    EksToken unused =
        EksToken.of(
            "rehearsal", "eu-central-1", AwsBasicCredentials.create("none", "none"), Rehearsal.AT);
    InMemoryCluster cluster = new InMemoryCluster(() -> Rehearsal.AT, Duration.ZERO);
    Playbooks playbooks = playbooks(env).observing();
    return new KubernetesHandler(
        HandlerResponders.of(
            new Responder(
                playbooks,
                places(cluster, Optional.empty(), playbooks, false, Optional.empty()),
                new StoredLedger(Rehearsal.table()),
                ResponderSettings.DEFAULT,
                () -> Rehearsal.AT,
                rehearsedLater()),
            at -> Vitals.NONE),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private KubernetesHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        responders(env, aws, clock),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  KubernetesHandler(HandlerResponders responders, EventPublisher publisher, InstantSource clock) {
    super(responders, publisher, clock);
  }

  private static ClusterResponders responders(Env env, AwsClients aws, InstantSource clock) {
    DynamoTable table = new DynamoTable(aws, env.required("LEDGER_TABLE"));
    Playbooks playbooks = playbooks(env);
    DelayQueue later = SqsDelayQueue.of(env, aws);
    Map<String, ClusterAddress> clusters = new TreeMap<>();
    clusters(env).forEach(address -> clusters.put(address.name(), address));
    Set<String> claimed = claimedNodes(env, clusters.keySet());
    Optional<EvidenceStore> evidence =
        env.optional("EVIDENCE_BUCKET").map(bucket -> new S3EvidenceStore(aws, bucket));
    String ours = clusters.isEmpty() ? "no cluster" : String.join(", ", clusters.keySet());
    return new ClusterResponders(
        clusters.keySet(),
        name ->
            new Responder(
                playbooks,
                places(
                    Optional.ofNullable(clusters.get(name))
                        .map(address -> connect(address, aws, clock).cluster())
                        .orElseGet(() -> new NoCluster("cluster " + name + " is not configured")),
                    Optional.of(name),
                    playbooks,
                    !claimed.contains(name),
                    evidence),
                StoredLedger.of(table, name),
                ResponderSettings.DEFAULT,
                clock,
                later),
        new Responder(
            playbooks,
            places(new NoCluster(), Optional.of(ours), playbooks, true, evidence),
            new StoredLedger(table),
            ResponderSettings.DEFAULT,
            clock,
            later),
        () -> StoredLedger.in(table),
        playbooks.limits().circuitBreaker());
  }

  private static Places places(
      Cluster cluster,
      Optional<String> name,
      Playbooks playbooks,
      boolean provenNodesOnly,
      Optional<EvidenceStore> evidence) {
    KubernetesScope scope = KubernetesScope.of(cluster, name, playbooks.limits());
    KubernetesScope proven = provenNodesOnly ? scope.withProvenNodesOnly() : scope;
    return Places.of(KubernetesScope.class, evidence.map(proven::keepingEvidence).orElse(proven));
  }

  private static Set<String> claimedNodes(Env env, Set<String> clusters) {
    Set<String> claimed = new TreeSet<>();
    for (String name : env.optional("CLAIMED_NODES").orElse("").split(",", -1)) {
      if (!name.isBlank() && !clusters.contains(name.strip())) {
        throw new IllegalStateException("CLAIMED_NODES: unknown cluster '" + name.strip() + "'");
      }
      claimed.add(name.strip());
    }
    return claimed;
  }

  private static List<ClusterAddress> clusters(Env env) {
    String file = env.required("CLUSTERS_FILE");
    try {
      return ClusterAddress.readAll(file, Files.readString(Path.of(file)));
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot read CLUSTERS_FILE " + file + "; is the clusters layer attached?", e);
    }
  }

  private static Fabric8Clients.Connection connect(
      ClusterAddress address, AwsClients aws, InstantSource clock) {
    AwsCredentialsProvider credentials =
        address
            .role()
            .<AwsCredentialsProvider>map(
                role -> HttpAssumedRole.of(aws, role, address.externalId(), clock))
            .orElse(aws.credentials());
    EksTokens tokens = new EksTokens(address.name(), address.region(), credentials, clock);
    return Fabric8Clients.connect(
        address.name(), address.endpoint(), address.certificateAuthority(), tokens::current);
  }
}
