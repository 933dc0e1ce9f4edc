package io.cattleguard.sources;

/**
 * One intrusion into the pod {@code shop/web-7c8d9f5b6d-x2x4k}, as Falco would report it, for the
 * tests of every module.
 */
public final class Intrusion {
  private Intrusion() {}

  /** A web server starts an interactive shell: T1059, of low severity. */
  public static FalcoEvent shellInContainer() {
    return inPod(
            new FalcoEvent("Terminal shell in container", "Notice", "mitre_execution", "T1059"))
        .process("bash", "/usr/bin/bash", "bash -i", "nginx")
        .field("evt.type", "execve")
        .field("proc.tty", 34816);
  }

  /** A shell whose input and output are a socket: T1059.004, of critical severity. */
  public static FalcoEvent reverseShell() {
    return inPod(
            new FalcoEvent(
                "Redirect STDOUT/STDIN to Network Connection in Container",
                "Critical",
                "mitre_execution",
                "T1059.004"))
        .process("bash", "/usr/bin/bash", "bash -i", "nginx")
        .field("evt.type", "dup2")
        .field("fd.l4proto", "tcp")
        .field("fd.name", "10.1.2.3:48392->203.0.113.7:4444");
  }

  /** The pod's service-account token is read: T1552.001, medium. */
  public static FalcoEvent tokenRead() {
    return inPod(
            new FalcoEvent(
                "Read service account token", "Warning", "mitre_credential_access", "T1552.001"))
        .process("cat", "/usr/bin/cat", "cat token", "bash")
        .field("evt.type", "openat")
        .field("fd.name", "/run/secrets/kubernetes.io/serviceaccount/token");
  }

  /** A binary that is not in the image is run: TA0003, critical. */
  public static FalcoEvent droppedExecutable() {
    return inPod(
            new FalcoEvent(
                "Drop and execute new binary in container",
                "Critical",
                "mitre_persistence",
                "TA0003"))
        .process("kworkerd", "/tmp/.x/kworkerd", "/tmp/.x/kworkerd -o pool", "bash")
        .field("evt.type", "execve")
        .field("proc.is_exe_upper_layer", true);
  }

  /** A miner talks to its pool: T1496, critical. */
  public static FalcoEvent miner() {
    return inPod(
            new FalcoEvent(
                "Detect outbound connections to common miner pool ports",
                "Critical",
                "mitre_impact",
                "T1496"))
        .process("xmrig", "/tmp/xmrig", "/tmp/xmrig -o pool.example.com:3333", "bash")
        .field("evt.type", "connect")
        .field("fd.l4proto", "tcp")
        .field("fd.name", "10.1.2.3:51234->198.51.100.9:3333");
  }

  /** A privileged container reaches for the host: T1611, critical. */
  public static FalcoEvent containerEscape() {
    return inPod(
            new FalcoEvent(
                "Detect release_agent File Container Escapes",
                "Critical",
                "mitre_privilege_escalation",
                "T1611"))
        .process("bash", "/usr/bin/bash", "bash", "bash")
        .field("container.privileged", true)
        .field("evt.type", "openat")
        .field("fd.name", "/sys/fs/cgroup/rdma/release_agent");
  }

  /** A shell on the node itself: no container, no pod. */
  public static FalcoEvent shellOnHost() {
    return new FalcoEvent("Terminal shell on host", "Warning", "mitre_execution", "T1059")
        .field("container.id", "host")
        .field("container.name", "host")
        .process("bash", "/usr/bin/bash", "bash", "sshd");
  }

  /** A user runs a command in a pod through the API: class audit. */
  public static FalcoEvent execThroughTheApi() {
    return new FalcoEvent("Attach/Exec Pod", "Notice", "T1609")
        .source("k8s_audit")
        .field("ka.user.name", "deployer")
        .field("ka.target.resource", "pods")
        .field("ka.target.subresource", "exec")
        .field("ka.target.namespace", "shop")
        .field("ka.target.name", "web-7c8d9f5b6d-x2x4k")
        .field("ka.verb", "create");
  }

  /** Falco reports that it lost system calls: class health. */
  public static FalcoEvent droppedSystemCalls() {
    return new FalcoEvent("Falco internal: syscall event drop", "Critical")
        .source("internal")
        .field("n_drops", "815508");
  }

  private static FalcoEvent inPod(FalcoEvent event) {
    return event
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", "web-7c8d9f5b6d-x2x4k")
        .field("k8s.pod.uid", "0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11")
        .field("k8s.deployment.name", "web")
        .field("container.id", "3f1c2ab97d10")
        .field("container.name", "nginx")
        .field("container.image.repository", "registry.example.com/shop/web")
        .field("container.image.tag", "1.4.2")
        .field("user.name", "www-data");
  }
}
