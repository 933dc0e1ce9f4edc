package io.cattleguard.app.server;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The cluster that a server acts on, if any, with a check of its permissions. */
final class UpCluster implements AutoCloseable {
  private final String name;
  private final String inWords;
  private final Cluster cluster;
  private final Optional<InputGate.Reviewer> reviewer;
  private final Optional<Fabric8Clients.Connection> connection;

  UpCluster(
      String name,
      String inWords,
      Cluster cluster,
      Optional<InputGate.Reviewer> reviewer,
      Optional<Fabric8Clients.Connection> connection) {
    this.name = name;
    this.inWords = inWords;
    this.cluster = cluster;
    this.reviewer = reviewer;
    this.connection = connection;
  }

  /**
   * Connects to the cluster of the kubeconfig, else to the cluster that this process runs in, else
   * to none.
   *
   * @throws UsageError if a playbook may act and permissions are missing
   */
  static UpCluster of(UpSettings settings, Policy policy, PrintStream err) {
    Optional<Fabric8Clients.Connection> connection = connect(settings.kubeconfig());
    if (connection.isEmpty()) {
      return none(named(settings.cluster().orElse("local")));
    }
    Fabric8Clients.Connection to = connection.get();
    String name = named(settings.cluster().orElse(to.name()));
    check(to, policy, err);
    to.rehearse();
    return new UpCluster(
        name,
        name + ", " + to.address(),
        to.cluster(),
        mayVerifyTokens(to)
            ? Optional.of(token -> to.verify(token, InputGate.AUDIENCE))
            : Optional.empty(),
        connection);
  }

  private static String named(String name) {
    if (name.equals(Canary.CLUSTER)) {
      throw new UsageError(
          "the cluster's name canary is reserved for synthetic alerts, which notify no person; set"
              + " another with --cluster");
    }
    return name;
  }

  /**
   * Checks that a changed policy may be enforced. While the cluster does not answer, guards refuse
   * every action, so the policy is taken.
   *
   * @throws UsageError if a playbook may act and permissions are missing
   */
  void require(Policy policy) {
    if (connection.isEmpty() || !acts(policy)) {
      return;
    }
    try {
      List<String> missing = connection.get().missing(Grants.of(policy.playbooks()));
      if (!missing.isEmpty()) {
        throw new UsageError(
            String.join("; ", missing)
                + "; apply infra/kubernetes/rbac.yaml, or what cattleguard permissions --as rbac"
                + " --policy DIR prints, because a playbook is in enforce or approve mode");
      }
    } catch (Unavailable e) {
      // The same as at the start.
    }
  }

  /** Whether a playbook acts by itself, or when a person approves. */
  static boolean acts(Policy policy) {
    return policy.playbooks().all().stream().anyMatch(playbook -> playbook.mode() != Mode.OBSERVE);
  }

  private static Optional<Fabric8Clients.Connection> connect(Optional<Path> kubeconfig) {
    try {
      return kubeconfig.map(Fabric8Clients::connect).or(Fabric8Clients::connectFromWithin);
    } catch (IllegalArgumentException e) {
      String option = kubeconfig.map(file -> "--kubeconfig " + file + ": ").orElse("");
      throw new UsageError(option + e.getMessage());
    }
  }

  /** A cluster name for alerts, without a connection. */
  static UpCluster none(String name) {
    return new UpCluster(
        name,
        name + " (not connected, so no action is possible; set --kubeconfig)",
        new NoCluster(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Finds missing permissions at the start rather than in an incident. They are an error if a
   * playbook may act, also after a person approves, and a warning if all playbooks observe.
   */
  private static void check(Fabric8Clients.Connection connection, Policy policy, PrintStream err) {
    List<String> missing;
    try {
      missing = connection.missing(Grants.of(policy.playbooks()));
    } catch (Unavailable e) {
      err.println(
          "cattleguard: the cluster does not respond; until it does, guards refuse every action: "
              + e.getMessage());
      return;
    }
    if (missing.isEmpty()) {
      return;
    }
    String sentence =
        String.join("; ", missing)
            + "; apply infra/kubernetes/rbac.yaml, and bind its ClusterRole to the user of"
            + " --kubeconfig";
    if (acts(policy)) {
      connection.close();
      throw new UsageError(
          sentence + ". Not started, because a playbook is in enforce or approve mode");
    }
    err.println(
        "cattleguard: " + sentence + ". Started anyway, because all playbooks are in observe mode");
  }

  /** How the cluster verifies tokens; empty without a connection, or without the permission. */
  Optional<InputGate.Reviewer> reviewer() {
    return reviewer;
  }

  private static boolean mayVerifyTokens(Fabric8Clients.Connection to) {
    try {
      return to.mayVerifyTokens();
    } catch (Unavailable e) {
      return true; // until the cluster answers, clients get a response that lets them retry
    }
  }

  String name() {
    return name;
  }

  String inWords() {
    return inWords;
  }

  Cluster cluster() {
    return cluster;
  }

  /** The namespace of the pod that this process runs in, if it runs in the cluster. */
  Optional<String> ownNamespace() {
    return connection.flatMap(Fabric8Clients.Connection::ownNamespace);
  }

  @Override
  public void close() {
    connection.ifPresent(Fabric8Clients.Connection::close);
  }
}
