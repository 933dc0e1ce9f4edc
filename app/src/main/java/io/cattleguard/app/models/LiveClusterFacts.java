package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Ephemeral;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the services and volumes of a live cluster, with requests that only list. */
final class LiveClusterFacts {
  /** What a CronJob appends to the name of a Job: the minute in which it was due. */
  private static final Pattern SCHEDULED = Pattern.compile("(.+)-[0-9]{8,10}");

  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String TEMPLATE_HASH = "pod-template-hash";
  private static final long PAGE = 500;
  private static final String NO_ADDRESS = "None";

  private static final NavigableSet<String> NONE = Collections.emptyNavigableSet();

  private LiveClusterFacts() {}

  /**
   * The facts.
   *
   * @param withEndpoints whether the addresses of the pods behind services count as the services'
   *     too: true only until the pods are replaced
   */
  static ClusterFacts read(KubernetesClient client, boolean withEndpoints) {
    try {
      NavigableMap<String, String> services = new TreeMap<>();
      if (withEndpoints) {
        endpoints(client, services);
      }
      for (Service service : all(client.services().inAnyNamespace()::list)) {
        List<String> addresses = new ArrayList<>(orEmpty(service.getSpec().getClusterIPs()));
        addresses.add(service.getSpec().getClusterIP());
        String name = service.getMetadata().getNamespace() + "/" + service.getMetadata().getName();
        for (String address : addresses) {
          if (address != null && !address.isEmpty() && !address.equals(NO_ADDRESS)) {
            services.put(address, name);
          }
        }
      }
      NavigableMap<String, NavigableSet<String>> volumes = new TreeMap<>();
      NavigableMap<String, NavigableSet<String>> nodeFolders = new TreeMap<>();
      for (Pod pod : all(client.pods().inAnyNamespace()::list)) {
        mounts(pod, volumes, nodeFolders);
      }
      nodeFolders.forEach(
          (owner, folders) ->
              folders.removeIf(folder -> !isWithin(volumes.getOrDefault(owner, NONE), folder)));
      nodeFolders.values().removeIf(Set::isEmpty);
      return new ClusterFacts(services, volumes, nodeFolders);
    } catch (KubernetesClientException e) {
      throw new UsageError(
          "the cluster's services and volumes cannot be read: "
              + e.getMessage()
              + ". The user needs to list services, pods and endpointslices"
              + " (discovery.k8s.io)");
    }
  }

  /** All objects, page by page: in a large cluster, a request for all times out. */
  private static <T extends HasMetadata, L extends KubernetesResourceList<T>> List<T> all(
      Function<ListOptions, L> pages) {
    List<T> all = new ArrayList<>();
    String next = null;
    do {
      L page = pages.apply(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      all.addAll(page.getItems());
      next = page.getMetadata() == null ? null : page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    return all;
  }

  /**
   * An address behind two services belongs to neither: an event does not show which one was meant.
   */
  private static void endpoints(KubernetesClient client, Map<String, String> services) {
    Set<String> ambiguous = new HashSet<>();
    for (EndpointSlice slice :
        all(client.discovery().v1().endpointSlices().inAnyNamespace()::list)) {
      String service = orEmpty(slice.getMetadata().getLabels()).get(SERVICE_NAME);
      if (service == null || "FQDN".equals(slice.getAddressType())) {
        continue;
      }
      String name = slice.getMetadata().getNamespace() + "/" + service;
      orEmpty(slice.getEndpoints()).stream()
          .flatMap(endpoint -> orEmpty(endpoint.getAddresses()).stream())
          .forEach(
              address -> {
                String other = services.put(address, name);
                if (other != null && !other.equals(name)) {
                  ambiguous.add(address);
                }
              });
    }
    services.keySet().removeAll(ambiguous);
  }

  /** A folder of the node counts only below a volume. */
  private static boolean isWithin(NavigableSet<String> volumes, String folder) {
    return volumes.stream()
        .anyMatch(volume -> folder.equals(volume) || folder.startsWith(volume + "/"));
  }

  private static void mounts(
      Pod pod,
      Map<String, NavigableSet<String>> volumes,
      Map<String, NavigableSet<String>> nodeFolders) {
    Set<String> onNode = new HashSet<>();
    for (Volume volume : orEmpty(pod.getSpec().getVolumes())) {
      if (volume.getHostPath() != null) {
        // Files there are files of the node.
        onNode.add(volume.getName());
      }
    }
    List<Container> containers = new ArrayList<>(orEmpty(pod.getSpec().getContainers()));
    containers.addAll(orEmpty(pod.getSpec().getInitContainers()));
    for (Container container : containers) {
      for (VolumeMount mount : orEmpty(container.getVolumeMounts())) {
        boolean isOnNode = onNode.contains(mount.getName());
        String path = Path.of("/", mount.getMountPath()).normalize().toString();
        String writable = isOnNode ? writable(path) : path;
        if (!ClusterFacts.isMount(writable)) {
          continue;
        }
        for (String owner : owners(pod)) {
          (isOnNode ? nodeFolders : volumes)
              .computeIfAbsent(
                  pod.getMetadata().getNamespace() + "/" + owner + "/" + container.getName(),
                  key -> new TreeSet<>())
              .add(writable);
        }
      }
    }
  }

  /** The innermost folder around a path that a line of the facts can hold. */
  private static String writable(String path) {
    String folder = path;
    while (folder.length() > 1 && !ClusterFacts.isMount(folder)) {
      folder = folder.substring(0, Math.max(1, folder.lastIndexOf('/')));
    }
    return folder;
  }

  /** The names that sources use for the owner of a pod. */
  private static Set<String> owners(Pod pod) {
    Optional<OwnerReference> owner =
        orEmpty(pod.getMetadata().getOwnerReferences()).stream()
            .filter(one -> Boolean.TRUE.equals(one.getController()))
            .findFirst();
    if (owner.isEmpty()) {
      return Set.of("Pod/" + Ephemeral.owned("Pod", pod.getMetadata().getName()));
    }
    String kind = owner.get().getKind();
    String name = owner.get().getName();
    Set<String> owners = new TreeSet<>(Set.of(kind + "/" + Ephemeral.owned(kind, name)));
    String hash = orEmpty(pod.getMetadata().getLabels()).get(TEMPLATE_HASH);
    if (kind.equals("ReplicaSet") && hash != null && name.endsWith("-" + hash)) {
      owners.add("Deployment/" + name.substring(0, name.length() - hash.length() - 1));
    }
    Matcher scheduled = SCHEDULED.matcher(name);
    if (kind.equals("Job") && scheduled.matches()) {
      owners.add("CronJob/" + scheduled.group(1));
    }
    return owners;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static <K, V> Map<K, V> orEmpty(@Nullable Map<K, V> map) {
    return map == null ? Map.of() : map;
  }
}
