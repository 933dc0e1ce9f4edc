package io.cattleguard.respond.kubernetes.fabric8;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Collections;

/**
 * Warm-up of the Kubernetes client: sends requests whose responses are not used and parses sample
 * responses, so that the first alert does not wait for class loading and connections. Changes
 * nothing.
 */
public final class Fabric8Rehearsal {
  private static final int TIMES = 20;
  private static final String NAMESPACE = "default";
  private static final String NOBODY = "cattleguard-asks-before-it-listens";

  private Fabric8Rehearsal() {}

  static void play(KubernetesClient client) {
    read(client.getKubernetesSerialization());
    try {
      for (int i = 0; i < TIMES; i++) {
        client.pods().inNamespace(NAMESPACE).withName(NOBODY).get();
        String unused =
            client.raw("/api/v1/namespaces/" + NAMESPACE + "/pods?labelSelector=" + NOBODY);
        client.policy().v1().podDisruptionBudget().inNamespace(NAMESPACE).list();
      }
    } catch (KubernetesClientException e) {
      // Missing permissions were already reported.
    }
  }

  /** Parses sample responses without a network. */
  public static void readAnswers() {
    read(new KubernetesSerialization());
  }

  private static void read(KubernetesSerialization serialization) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("web-1")
            .withNamespace(NAMESPACE)
            .withUid("3a5c4e8e-0000-4000-8000-000000000000")
            .addToLabels("app", "web")
            .addToAnnotations("note", "none")
            .withCreationTimestamp("2026-03-02T09:15:00Z")
            .addNewOwnerReference()
            .withApiVersion("apps/v1")
            .withKind("ReplicaSet")
            .withName("web")
            .withUid("3a5c4e8e")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .withNewSpec()
            .withNodeName("node-a")
            .addNewContainer()
            .withName("web")
            .withImage("registry.example.com/web")
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase("Running")
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .addNewContainerStatus()
            .withName("web")
            .withContainerID("containerd://4f1c")
            .endContainerStatus()
            .endStatus()
            .build();
    String one = serialization.asJson(pod);
    String many =
        serialization.asJson(
            new PodListBuilder().withItems(Collections.nCopies(TIMES, pod)).build());
    for (int i = 0; i < TIMES; i++) {
      serialization.unmarshal(one, Pod.class);
      serialization.unmarshal(many, PodList.class);
      int unused = Fabric8Peers.read(many).size();
    }
  }
}
