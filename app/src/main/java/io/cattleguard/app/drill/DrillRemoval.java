package io.cattleguard.app.drill;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Removes what drills created, and nothing else. */
final class DrillRemoval {
  /** What a cluster puts into each namespace. */
  private static final Set<String> OF_THE_CLUSTER =
      Set.of("kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert", "default");

  private final KubernetesClient client;

  DrillRemoval(KubernetesClient client) {
    this.client = client;
  }

  /** The run whose drill created the object; empty if no drill did. */
  static Optional<String> run(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getLabels())
        .map(labels -> labels.get(DrillManifests.LABEL));
  }

  /**
   * Removes the objects of a run, each by its UID. The script is removed last, before the
   * namespace, so that the next drill finds a drill that is killed here.
   *
   * @return what it removed, as kind and name
   */
  List<String> remove(String where, String which) {
    List<String> removed = new ArrayList<>();
    Map<String, String> labels = DrillManifests.labels(which);
    List<HasMetadata> all = new ArrayList<>();
    all.addAll(
        Fabric8DrillCluster.ask(
            () ->
                client
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(where)
                    .withLabels(labels)
                    .list()
                    .getItems()));
    all.addAll(
        Fabric8DrillCluster.ask(
            () -> client.services().inNamespace(where).withLabels(labels).list().getItems()));
    all.addAll(
        Fabric8DrillCluster.ask(
            () ->
                client.serviceAccounts().inNamespace(where).withLabels(labels).list().getItems()));
    all.addAll(
        Fabric8DrillCluster.ask(
            () ->
                client
                    .network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(where)
                    .withLabels(labels)
                    .list()
                    .getItems()));
    all.addAll(
        Fabric8DrillCluster.ask(
            () -> client.configMaps().inNamespace(where).withLabels(labels).list().getItems()));
    all.stream()
        .filter(one -> one.getMetadata().getName().startsWith("drill-" + which + "-"))
        .forEach(one -> delete(one, removed));
    Namespace own = Fabric8DrillCluster.ask(() -> client.namespaces().withName(where).get());
    if (own != null
        && run(own).filter(which::equals).isPresent()
        && own.getMetadata().getDeletionTimestamp() == null
        && isEmpty(where, which)) {
      delete(own, removed);
    }
    return removed;
  }

  /**
   * A namespace that has other objects by now stays, and so does one whose objects cannot be
   * listed.
   */
  private boolean isEmpty(String where, String which) {
    List<Listable<? extends KubernetesResourceList<? extends HasMetadata>>> kinds =
        List.of(
            client.pods().inNamespace(where),
            client.services().inNamespace(where),
            client.serviceAccounts().inNamespace(where),
            client.configMaps().inNamespace(where),
            client.secrets().inNamespace(where),
            client.persistentVolumeClaims().inNamespace(where),
            client.apps().deployments().inNamespace(where),
            client.apps().statefulSets().inNamespace(where),
            client.apps().daemonSets().inNamespace(where),
            client.batch().v1().jobs().inNamespace(where),
            client.batch().v1().cronjobs().inNamespace(where),
            client.network().v1().networkPolicies().inNamespace(where));
    return kinds.stream().allMatch(kind -> hasNoOthers(kind, which));
  }

  private static boolean hasNoOthers(
      Listable<? extends KubernetesResourceList<? extends HasMetadata>> kind, String which) {
    try {
      return kind.list().getItems().stream()
          .filter(one -> !OF_THE_CLUSTER.contains(one.getMetadata().getName()))
          .allMatch(one -> run(one).filter(which::equals).isPresent());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return false;
      }
      throw Fabric8DrillCluster.unavailable(e);
    }
  }

  private void delete(HasMetadata object, List<String> removed) {
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withPropagationPolicy("Background")
            .withNewPreconditions()
            .withUid(object.getMetadata().getUid())
            .endPreconditions()
            .build();
    try {
      String unused = client.raw(path(object), "DELETE", options);
      removed.add(object.getKind() + " " + object.getMetadata().getName());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw Fabric8DrillCluster.unavailable(e);
      }
    }
  }

  private static String path(HasMetadata object) {
    String version = object.getApiVersion();
    String where = object.getMetadata().getNamespace();
    return (version.contains("/") ? "/apis/" : "/api/")
        + version
        + (object instanceof Namespace ? "" : "/namespaces/" + where)
        + "/"
        + object.getPlural()
        + "/"
        + object.getMetadata().getName();
  }
}
