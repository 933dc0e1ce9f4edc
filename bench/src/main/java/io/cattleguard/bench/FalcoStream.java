package io.cattleguard.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * An endless stream of generated Falco alerts with the shapes and sizes of recorded ones. Each has
 * its own time, so none is a copy. Most repeat a known problem, some open a new one.
 */
final class FalcoStream {
  private static final String[] RULES = {
    "Terminal shell in"
        + " container|Notice|\"T1059\",\"container\",\"maturity_stable\",\"mitre_execution\",\"shell\"",
    "Read sensitive file"
        + " untrusted|Warning|\"T1555\",\"container\",\"filesystem\",\"host\",\"maturity_stable\",\"mitre_credential_access\"",
    "Contact K8S API Server From"
        + " Container|Notice|\"T1565\",\"container\",\"k8s\",\"maturity_stable\",\"mitre_discovery\",\"network\"",
    "Drop and execute new binary in"
        + " container|Critical|\"PCI_DSS_11.5.1\",\"TA0003\",\"container\",\"maturity_stable\",\"mitre_persistence\",\"process\"",
    "Write below binary dir|Error|\"T1543\",\"filesystem\",\"mitre_persistence\"",
  };

  /** The constant text around the namespace and the nanoseconds. */
  private record Template(String head, String middle, String tail) {}

  private final List<Template> templates = new ArrayList<>();
  private final int newEvery;
  private long counter;

  /**
   * Creates a stream.
   *
   * @param newEvery one alert in {@code newEvery} opens a new problem; the others repeat 100 known
   *     problems
   */
  FalcoStream(int newEvery) {
    this.newEvery = newEvery;
    for (int i = 0; i < 100; i++) {
      templates.add(template(i));
    }
  }

  private static Template template(int number) {
    String[] rule = RULES[number % RULES.length].split("\\|", -1);
    String pod = "workload-" + number + "-7c8d9f5b6d-x2x4k";
    String head =
        "{\"hostname\":\"ip-10-0-1-"
            + number
            + ".eu-central-1.compute.internal\",\"output\":\"A rule spoke (evt_type=execve"
            + " user=root user_uid=0 user_loginuid=-1 process=sh proc_exepath=/bin/busybox"
            + " parent=runc command=sh -c uptime; cat /etc/hostname terminal=34816"
            + " exe_flags=EXE_WRITABLE container_id=4f1c0ffee"
            + (100 + number)
            + " container_image=registry.example.com/shop/web container_image_tag=1.4.2"
            + " container_name=web k8s_ns=shop k8s_pod_name="
            + pod
            + ")\",\"output_fields\":{\"container.id\":\"4f1c0ffee"
            + (100 + number)
            + "\",\"container.image.repository\":\"registry.example.com/shop/web\","
            + "\"container.image.tag\":\"1.4.2\",\"container.name\":\"web\",\"evt.arg.flags\":"
            + "\"EXE_WRITABLE\",\"evt.type\":\"execve\",\"fd.name\":\"/etc/hostname\","
            + "\"k8s.ns.name\":\"";
    String middle =
        "\",\"k8s.pod.name\":\""
            + pod
            + "\",\"proc.cmdline\":\"sh -c uptime; cat /etc/hostname\",\"proc.exepath\":"
            + "\"/bin/busybox\",\"proc.name\":\"sh\",\"proc.pid\":6461,\"proc.pname\":\"runc\","
            + "\"proc.tty\":34816,\"user.loginuid\":-1,\"user.name\":\"root\",\"user.uid\":0},"
            + "\"priority\":\""
            + rule[1]
            + "\",\"rule\":\""
            + rule[0]
            + "\",\"source\":\"syscall\",\"tags\":["
            + rule[2]
            + "],\"time\":\"2026-03-02T09:15:00.";
    return new Template(head, middle, "Z\"}");
  }

  /** The next alert, about 1.1 KB. */
  String next() {
    long number = counter++;
    Template template = templates.get((int) (number % templates.size()));
    String namespace = number % newEvery == 0 ? "ns-" + number : "shop";
    long nanos = 100_000_000 + number % 900_000_000;
    return template.head + namespace + template.middle + nanos + template.tail;
  }
}
