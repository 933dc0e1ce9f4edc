package io.cattleguard.app.drill;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * The objects of a drill. Pods fit Pod Security "restricted" except where a step needs more. They
 * cannot reach anything outside the namespace, and end by themselves.
 */
final class DrillManifests {
  /** The label of everything that a drill creates; its value is the run. */
  static final String LABEL = "cattleguard.io/drill";

  /** The process that runs the drill: {@code host/pid}. */
  static final String BY = "cattleguard.io/drill-by";

  /** Until when the drill may be running. */
  static final String UNTIL = "cattleguard.io/drill-until";

  static final String SINK = "sink";
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final String MANAGER = "cattleguard-drill";
  private static final long NOBODY = 65_534;
  private static final int PORT = 3_333;
  private static final String SCRIPT = "drill.sh";

  private final String namespace;
  private final String run;
  private final String image;
  private final Duration stays;

  DrillManifests(String namespace, String run, String image, Duration stays) {
    this.namespace = namespace;
    this.run = run;
    this.image = image;
    this.stays = stays;
  }

  /** The labels of everything of that run. */
  static Map<String, String> labels(String run) {
    return Map.of(LABEL, run, MANAGED_BY, MANAGER);
  }

  /** The name of an object of a run; a step's Job has the step's id as its part. */
  static String name(String run, String part) {
    return "drill-" + run + "-" + part;
  }

  private ObjectMeta meta(String part) {
    return new ObjectMetaBuilder()
        .withName(name(run, part))
        .withNamespace(namespace)
        .withLabels(labels(run))
        .build();
  }

  Namespace namespace() {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(namespace)
        .withLabels(labels(run))
        .endMetadata()
        .build();
  }

  /** The script; its annotations name the drill's process. */
  ConfigMap script(String by, String until) {
    ConfigMap script =
        new ConfigMapBuilder().withMetadata(meta("script")).addToData(SCRIPT, text()).build();
    script.getMetadata().setAnnotations(Map.of(BY, by, UNTIL, until));
    return script;
  }

  private static String text() {
    try (InputStream in =
        Objects.requireNonNull(DrillManifests.class.getResourceAsStream(SCRIPT), SCRIPT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An account that is bound to no role. */
  ServiceAccount account() {
    return new ServiceAccountBuilder()
        .withMetadata(meta("account"))
        .withAutomountServiceAccountToken(false)
        .build();
  }

  /** The drill's pods reach each other only. */
  NetworkPolicy fence() {
    return new NetworkPolicyBuilder()
        .withMetadata(meta("fence"))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(labels(run))
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .addNewIngress()
        .addNewFrom()
        .withNewPodSelector()
        .withMatchLabels(labels(run))
        .endPodSelector()
        .endFrom()
        .endIngress()
        .addNewEgress()
        .addNewTo()
        .withNewPodSelector()
        .withMatchLabels(labels(run))
        .endPodSelector()
        .endTo()
        .endEgress()
        .endSpec()
        .build();
  }

  /** The address of the sink. */
  Service sinkService() {
    return new ServiceBuilder()
        .withMetadata(meta(SINK))
        .withNewSpec()
        .addToSelector(LABEL, run)
        .addToSelector("cattleguard.io/drill-step", SINK)
        .addNewPort()
        .withPort(PORT)
        .endPort()
        .endSpec()
        .build();
  }

  /** The sink that takes the miner's connection. */
  Job sink() {
    return job(SINK, DrillStep.Needs.NOTHING, "");
  }

  /**
   * The Job of a step.
   *
   * @param sinkAddress of the sink's Service, for the step that needs it
   */
  Job job(DrillStep step, String sinkAddress) {
    return job(step.id(), step.needs(), sinkAddress);
  }

  private Job job(String part, DrillStep.Needs needs, String sinkAddress) {
    return new JobBuilder()
        .withMetadata(meta(part))
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(stays.toSeconds() + 60)
        .withTtlSecondsAfterFinished((int) stays.toSeconds() + 60)
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels(run))
        .addToLabels("cattleguard.io/drill-step", part)
        .endMetadata()
        .withSpec(pod(part, needs, sinkAddress))
        .endTemplate()
        .endSpec()
        .build();
  }

  private PodSpec pod(String part, DrillStep.Needs needs, String sinkAddress) {
    PodSpecBuilder pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withServiceAccountName(name(run, "account"))
            .withAutomountServiceAccountToken(needs == DrillStep.Needs.TOKEN)
            .withEnableServiceLinks(false)
            .withTerminationGracePeriodSeconds(1L)
            .withContainers(container(part, needs, sinkAddress))
            .addNewVolume()
            .withName("script")
            .withNewConfigMap()
            .withName(name(run, "script"))
            .endConfigMap()
            .endVolume();
    if (needs == DrillStep.Needs.LOGS) {
      pod.addNewVolume().withName("logs").withNewEmptyDir().endEmptyDir().endVolume();
    }
    if (needs == DrillStep.Needs.SYS_ADMIN) {
      pod.withNewSecurityContext()
          .withNewSeccompProfile()
          .withType("RuntimeDefault")
          .endSeccompProfile()
          .endSecurityContext();
    } else {
      pod.withNewSecurityContext()
          .withRunAsNonRoot(true)
          .withRunAsUser(NOBODY)
          .withRunAsGroup(NOBODY)
          .withFsGroup(NOBODY)
          .withNewSeccompProfile()
          .withType("RuntimeDefault")
          .endSeccompProfile()
          .endSecurityContext();
    }
    return pod.build();
  }

  private Container container(String part, DrillStep.Needs needs, String sinkAddress) {
    ContainerBuilder container =
        new ContainerBuilder()
            .withName("drill")
            .withImage(image)
            .withCommand("/bin/sh", "/drill/" + SCRIPT, part)
            .addNewEnv()
            .withName("DRILL_RUN")
            .withValue(run)
            .endEnv()
            .addNewEnv()
            .withName("DRILL_STAYS")
            .withValue(String.valueOf(stays.toSeconds()))
            .endEnv()
            .addNewEnv()
            .withName("SINK_SERVICE_HOST")
            .withValue(sinkAddress)
            .endEnv()
            .addNewVolumeMount()
            .withName("script")
            .withMountPath("/drill")
            .withReadOnly(true)
            .endVolumeMount()
            .withNewResources()
            .addToRequests("cpu", new Quantity("10m"))
            .addToRequests("memory", new Quantity("16Mi"))
            .addToLimits("cpu", new Quantity("100m"))
            .addToLimits("memory", new Quantity("64Mi"))
            .endResources();
    if (needs == DrillStep.Needs.LOGS) {
      container.addNewVolumeMount().withName("logs").withMountPath("/var/log").endVolumeMount();
    }
    if (needs == DrillStep.Needs.SYS_ADMIN) {
      container
          .withNewSecurityContext()
          .withRunAsUser(0L)
          .withNewCapabilities()
          .withDrop("ALL")
          .withAdd("SYS_ADMIN")
          .endCapabilities()
          .endSecurityContext();
    } else {
      container
          .withNewSecurityContext()
          .withAllowPrivilegeEscalation(false)
          .withNewCapabilities()
          .withDrop("ALL")
          .endCapabilities()
          .endSecurityContext();
    }
    return container.build();
  }
}
