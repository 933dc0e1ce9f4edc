package io.cattleguard.respond.kubernetes.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Pods for tests: ready, on node-a, owned by a Deployment, and an hour older than the alerts. */
public final class Pods {
  private final String namespace;
  private final String name;
  private String uid;
  private Optional<Pod.Owner> owner = Optional.of(new Pod.Owner("Deployment", "web"));
  private Optional<String> node = Optional.of("node-a");
  private Instant createdAt = Instant.parse("2026-03-02T08:15:00Z");
  private boolean mirror;
  private boolean endsLate;
  private boolean terminating;
  private boolean hostNetwork;
  private boolean ready = true;
  private boolean detached;
  private List<String> containerIds = List.of("4f1c0ffee001aaaabbbb");

  private Pods(String namespace, String name) {
    this.namespace = namespace;
    this.name = name;
    this.uid = "uid-of-" + name;
  }

  public static Pods of(String namespace, String name) {
    return new Pods(namespace, name);
  }

  @CanIgnoreReturnValue
  public Pods uid(String value) {
    uid = value;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods owner(String kind, String ownerName) {
    owner = Optional.of(new Pod.Owner(kind, ownerName));
    return this;
  }

  @CanIgnoreReturnValue
  public Pods bare() {
    owner = Optional.empty();
    return this;
  }

  @CanIgnoreReturnValue
  public Pods node(String value) {
    node = Optional.of(value);
    return this;
  }

  @CanIgnoreReturnValue
  public Pods createdAt(Instant value) {
    createdAt = value;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods mirror() {
    mirror = true;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods terminating() {
    terminating = true;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods endsLate() {
    endsLate = true;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods hostNetwork() {
    hostNetwork = true;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods notReady() {
    ready = false;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods detached() {
    detached = true;
    return this;
  }

  @CanIgnoreReturnValue
  public Pods containerIds(String... ids) {
    containerIds = List.of(ids);
    return this;
  }

  public Pod build() {
    return new Pod(
        namespace,
        name,
        uid,
        node,
        createdAt,
        owner,
        mirror,
        terminating,
        hostNetwork,
        ready,
        containerIds,
        detached,
        "",
        endsLate);
  }
}
