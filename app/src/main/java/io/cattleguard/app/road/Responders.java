package io.cattleguard.app.road;

import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.ledger.Ledger;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The responders for Kubernetes and for AWS, which are two functions in AWS. */
public record Responders(Responder kubernetes, Responder aws) {

  /** Responders for a cluster, without an AWS account. */
  public static Responders of(
      Playbooks playbooks,
      Cluster cluster,
      Optional<String> name,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Responder.Pause pause) {
    return new Responders(
        new Responder(
            playbooks,
            Places.of(
                KubernetesScope.class,
                new KubernetesScope(cluster, name, playbooks.limits().protectedNamespaces())),
            ledger,
            settings,
            clock,
            pause),
        new Responder(
            playbooks,
            Places.of(AwsScope.class, AwsScope.of(new NoNetwork())),
            ledger,
            settings,
            clock,
            pause));
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
