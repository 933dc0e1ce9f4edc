package io.cattleguard.events;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The object of an alert: a container in a pod on a node, or a cloud resource. Every field has the
 * source's value or is absent; none is guessed.
 *
 * @param cluster the sensor's cluster, from the envelope's source, never from the payload
 * @param node the node that the sender's credential proves, else the one that the event names
 * @param sensor the sensor's pod that the sender's credential proves, as {@link SensorSource.Pod}
 *     writes it; its node is the alert's node. Absent if the credential proves the node or nothing
 * @param workload the owner as {@code Kind/name}, if the source names it
 * @param image repository and tag, or repository alone
 * @param principal the caller, for audit events and cloud findings
 * @param principalType what kind of caller it is, as the source names it: {@code IAMUser}, {@code
 *     AssumedRole}, {@code Root}
 * @param accessKey the id of the access key that the caller signed with, never the secret
 * @param resource the ARN or name of a cloud resource that has no field of its own: a bucket, a
 *     database, a managed cluster
 * @param labels the pod's labels as {@code key=value}, sorted, as the source reports them. Everyone
 *     who may change the pod can choose them: they may raise a score or name an owner, but never
 *     hide an alert or prevent an action
 */
public record Target(
    @Nullable String cluster,
    @Nullable String node,
    @Nullable String sensor,
    @Nullable String namespace,
    @Nullable String pod,
    @Nullable String podUid,
    @Nullable String workload,
    @Nullable String containerId,
    @Nullable String containerName,
    @Nullable String image,
    @Nullable String account,
    @Nullable String region,
    @Nullable String instance,
    @Nullable String securityGroup,
    @Nullable String principal,
    @Nullable String principalType,
    @Nullable String accessKey,
    @Nullable String resource,
    List<String> labels) {
  /** Copies the labels. */
  public Target {
    labels = List.copyOf(labels);
  }

  /** A builder with every field absent. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder with this target's fields. */
  public Builder toBuilder() {
    return new Builder()
        .cluster(cluster)
        .node(node)
        .sensor(sensor)
        .namespace(namespace)
        .pod(pod)
        .podUid(podUid)
        .workload(workload)
        .containerId(containerId)
        .containerName(containerName)
        .image(image)
        .account(account)
        .region(region)
        .instance(instance)
        .securityGroup(securityGroup)
        .principal(principal)
        .principalType(principalType)
        .accessKey(accessKey)
        .resource(resource)
        .labels(labels);
  }

  /** A builder, because eighteen string parameters are easily mixed up. */
  public static final class Builder {
    private @Nullable String cluster;
    private @Nullable String node;
    private @Nullable String sensor;
    private @Nullable String namespace;
    private @Nullable String pod;
    private @Nullable String podUid;
    private @Nullable String workload;
    private @Nullable String containerId;
    private @Nullable String containerName;
    private @Nullable String image;
    private @Nullable String account;
    private @Nullable String region;
    private @Nullable String instance;
    private @Nullable String securityGroup;
    private @Nullable String principal;
    private @Nullable String principalType;
    private @Nullable String accessKey;
    private @Nullable String resource;
    private List<String> labels = List.of();

    private Builder() {}

    /** Sets cluster; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder cluster(@Nullable String value) {
      this.cluster = value;
      return this;
    }

    /** Sets node; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder node(@Nullable String value) {
      this.node = value;
      return this;
    }

    /** Sets sensor; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder sensor(@Nullable String value) {
      this.sensor = value;
      return this;
    }

    /** Sets namespace; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder namespace(@Nullable String value) {
      this.namespace = value;
      return this;
    }

    /** Sets pod; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder pod(@Nullable String value) {
      this.pod = value;
      return this;
    }

    /** Sets podUid; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder podUid(@Nullable String value) {
      this.podUid = value;
      return this;
    }

    /** Sets workload; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder workload(@Nullable String value) {
      this.workload = value;
      return this;
    }

    /** Sets containerId; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder containerId(@Nullable String value) {
      this.containerId = value;
      return this;
    }

    /** Sets containerName; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder containerName(@Nullable String value) {
      this.containerName = value;
      return this;
    }

    /** Sets image; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder image(@Nullable String value) {
      this.image = value;
      return this;
    }

    /** Sets account; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder account(@Nullable String value) {
      this.account = value;
      return this;
    }

    /** Sets region; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder region(@Nullable String value) {
      this.region = value;
      return this;
    }

    /** Sets instance; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder instance(@Nullable String value) {
      this.instance = value;
      return this;
    }

    /** Sets securityGroup; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder securityGroup(@Nullable String value) {
      this.securityGroup = value;
      return this;
    }

    /** Sets principal; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder principal(@Nullable String value) {
      this.principal = value;
      return this;
    }

    /** Sets principalType; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder principalType(@Nullable String value) {
      this.principalType = value;
      return this;
    }

    /** Sets accessKey; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder accessKey(@Nullable String value) {
      this.accessKey = value;
      return this;
    }

    /** Sets resource; null leaves it absent. */
    @CanIgnoreReturnValue
    public Builder resource(@Nullable String value) {
      this.resource = value;
      return this;
    }

    /** Sets labels, as {@code key=value}. */
    @CanIgnoreReturnValue
    public Builder labels(List<String> value) {
      this.labels = List.copyOf(value);
      return this;
    }

    /** The target. */
    public Target build() {
      return new Target(
          cluster,
          node,
          sensor,
          namespace,
          pod,
          podUid,
          workload,
          containerId,
          containerName,
          image,
          account,
          region,
          instance,
          securityGroup,
          principal,
          principalType,
          accessKey,
          resource,
          labels);
    }
  }
}
