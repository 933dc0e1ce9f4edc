package io.cattleguard.app.server;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which cluster a server acts on, if any, and whether it may. */
final class UpCluster implements AutoCloseable {
  private final String name;
  private final String inWords;
  private final Cluster cluster;
  private final Optional<Fabric8Clients.Connection> connection;

  private UpCluster(
      String name,
      String inWords,
      Cluster cluster,
      Optional<Fabric8Clients.Connection> connection) {
    this.name = name;
    this.inWords = inWords;
    this.cluster = cluster;
    this.connection = connection;
  }

  /**
   * The cluster of the kubeconfig, else the one that this process runs in, else none.
   *
   * @throws UsageError where a playbook enforces what the cluster does not let us do
   */
  static UpCluster of(UpSettings settings, Policy policy, PrintStream err) {
    Optional<Fabric8Clients.Connection> connection = connect(settings.kubeconfig());
    if (connection.isEmpty()) {
      return none(settings.cluster().orElse("local"));
    }
    Fabric8Clients.Connection to = connection.get();
    String name = settings.cluster().orElse(to.name());
    check(to, policy, err);
    to.rehearse();
    return new UpCluster(name, name + ", " + to.address(), to.cluster(), connection);
  }

  private static Optional<Fabric8Clients.Connection> connect(Optional<Path> kubeconfig) {
    try {
      return kubeconfig.map(Fabric8Clients::connect).or(Fabric8Clients::connectFromWithin);
    } catch (IllegalArgumentException e) {
      String option = kubeconfig.map(file -> "--kubeconfig " + file + ": ").orElse("");
      throw new UsageError(option + e.getMessage());
    }
  }

  /** A name to go by, and nothing to act on. */
  static UpCluster none(String name) {
    return new UpCluster(
        name,
        name + ", none to act on: nothing can be done; name one by --kubeconfig",
        new NoCluster(),
        Optional.empty());
  }

  /**
   * A playbook that enforces and may not is found out now, by whoever starts it, and not in an
   * incident. One that observes needs to read, and people are told what it could not.
   */
  private static void check(Fabric8Clients.Connection connection, Policy policy, PrintStream err) {
    List<String> missing;
    try {
      missing = connection.missing();
    } catch (Unavailable e) {
      err.println(
          "cattleguard: the cluster does not answer; until it does, guard-rails object and nothing"
              + " is touched: "
              + e.getMessage());
      return;
    }
    if (missing.isEmpty()) {
      return;
    }
    String sentence =
        String.join("; ", missing)
            + "; apply infra/kubernetes/rbac.yaml, and bind its role to whoever --kubeconfig names";
    boolean enforces =
        policy.playbooks().all().stream().anyMatch(playbook -> playbook.mode() == Mode.ENFORCE);
    if (enforces) {
      connection.close();
      throw new UsageError(sentence + ". A playbook enforces, so nothing is started");
    }
    err.println("cattleguard: " + sentence + ". Every playbook observes, so it goes on");
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

  @Override
  public void close() {
    connection.ifPresent(Fabric8Clients.Connection::close);
  }
}
