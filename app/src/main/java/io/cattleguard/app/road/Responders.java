package io.cattleguard.app.road;

import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.blocklist.Addresses;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.InMemoryEvidenceStore;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The responders for Kubernetes and for AWS, which are two functions in AWS. */
public record Responders(Responder kubernetes, Responder aws) {
  static final String KUBERNETES = "respond-kubernetes";
  static final String AWS = "respond-aws";

  /** People's commands, which both read. */
  static final String COMMAND = "respond-command";

  /** Responders for a cluster, without an AWS account. Evidence is kept in memory. */
  public static Responders of(
      Playbooks playbooks,
      Cluster cluster,
      Optional<String> name,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      DelayQueue.Pause pause) {
    DelayQueue waiting = DelayQueue.waiting(pause);
    return with(
        playbooks,
        scope(playbooks, cluster, name).keepingEvidence(new InMemoryEvidenceStore()),
        ledger,
        settings,
        clock,
        step -> waiting);
  }

  /**
   * Responders whose messages to themselves go to the queue of their step.
   *
   * @param ownNamespace of the pod that this process runs in, which no action changes
   * @param queue adds a message to a step's queue, to be read after a delay
   * @param evidence where capture-evidence stores what it reads
   */
  public static Responders queued(
      Playbooks playbooks,
      Cluster cluster,
      String name,
      Optional<String> ownNamespace,
      Ledger ledger,
      InstantSource clock,
      StepQueue queue,
      EvidenceStore evidence) {
    return with(
        playbooks,
        scope(playbooks, cluster, Optional.of(name))
            .protecting(ownNamespace)
            .keepingEvidence(evidence),
        ledger,
        ResponderSettings.DEFAULT,
        clock,
        step -> (again, delay) -> queue.addLater(step, again.toJson().toString(), delay));
  }

  /** The queues of the steps. */
  @FunctionalInterface
  public interface StepQueue {
    /** Adds a message that is read after a delay. */
    void addLater(String step, String body, Duration delay);
  }

  private static KubernetesScope scope(
      Playbooks playbooks, Cluster cluster, Optional<String> name) {
    return KubernetesScope.of(cluster, name, playbooks.limits());
  }

  private static Responders with(
      Playbooks playbooks,
      KubernetesScope scope,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Function<String, DelayQueue> later) {
    return new Responders(
        new Responder(
            playbooks,
            Places.of(KubernetesScope.class, scope),
            ledger,
            settings,
            clock,
            later.apply(KUBERNETES)),
        new Responder(
            playbooks,
            Places.of(
                AwsScope.class,
                AwsScope.of(new NoNetwork())
                    .with(Addresses.NONE.neverDenying(playbooks.limits().neverDeny()))),
            ledger,
            settings,
            clock,
            later.apply(AWS)));
  }

  /** Responders for a dry run without a cluster: guards see only the alert itself. */
  public static Responders forRehearsal(Playbooks playbooks, Ledger ledger, InstantSource clock) {
    return of(
        playbooks,
        new NoCluster(),
        Optional.empty(),
        ledger,
        ResponderSettings.REHEARSAL,
        clock,
        millis -> {});
  }

  /** Both responders. */
  public List<Responder> all() {
    return List.of(kubernetes, aws);
  }
}
