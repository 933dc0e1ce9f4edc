package io.cattleguard.app.drill;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/**
 * The events that sensors would report of the steps, in the shapes of Falco and Tetragon. Their
 * text says that they are a drill. This is for people only; no step of the road reads it.
 */
final class DrillEvents {
  private static final String CONTAINER = "3f1c2ab97d10";
  private final String run;
  private final String image;
  private final Instant at;

  DrillEvents(String run, String image, Instant at) {
    this.run = run;
    this.image = image;
    this.at = at;
  }

  /** The event of a step in that pod. */
  String of(DrillStep step, DrillPod pod) {
    return switch (step) {
      case SHELL ->
          falco(step, pod, "Run shell untrusted", "Notice", "sh", "/bin/sh", "httpd", "T1059.004")
              .toString();
      case SETUID ->
          falco(
                  step,
                  pod,
                  "Set Setuid or Setgid bit",
                  "Notice",
                  "chmod",
                  "/bin/chmod",
                  "sh",
                  "T1548.001")
              .toString();
      case DROPPED -> {
        ObjectNode event =
            falco(
                step,
                pod,
                "Drop and execute new binary in container",
                "Critical",
                "sleep",
                "/tmp/" + marker(step) + "/sleep",
                "sh",
                "TA0003");
        fields(event).put("proc.is_exe_upper_layer", true);
        yield event.toString();
      }
      case RELEASE -> {
        ObjectNode event =
            falco(
                step,
                pod,
                "Detect release_agent File Container Escapes",
                "Critical",
                "sh",
                "/bin/sh",
                "containerd-shim",
                "T1611");
        fields(event).put("fd.name", "/tmp/" + marker(step) + "/release_agent");
        yield event.toString();
      }
      case LOGS -> {
        ObjectNode event =
            falco(
                step,
                pod,
                "Clear Log Activities",
                "Warning",
                "sh",
                "/bin/sh",
                "containerd-shim",
                "T1070");
        fields(event).put("fd.name", "/var/log/auth.log");
        yield event.toString();
      }
      case TRAVERSAL ->
          http(step, pod, "Path traversal in an HTTP request", "GET /../../../../etc/passwd");
      case JNDI ->
          http(step, pod, "JNDI lookup in an HTTP request", "X-Api-Version: ${jndi:ldap:…}");
      case TOKEN ->
          tetragon(
              step,
              pod,
              "/bin/cat",
              "security_file_permission",
              file("/var/run/secrets/kubernetes.io/serviceaccount/token"),
              "service-account-token");
      case MOUNT -> tetragon(step, pod, "/bin/mount", "sys_mount", text("tmpfs"), "mounts");
      case MINING -> tetragon(step, pod, "/usr/bin/nc", "tcp_connect", connection(), "connections");
    };
  }

  private String marker(DrillStep step) {
    return "cattleguard-drill-" + run + "-" + step.id();
  }

  private ObjectNode falco(
      DrillStep step,
      DrillPod pod,
      String rule,
      String priority,
      String process,
      String path,
      String parent,
      String attack) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    pod.node().ifPresent(node -> event.put("hostname", node));
    event.put("output", "Cattleguard drill " + run + ", not an intrusion: " + step.what());
    event.put("priority", priority).put("rule", rule).put("source", "syscall");
    event.putArray("tags").add("container").add("cattleguard_drill").add(attack);
    event.put("time", at.toString());
    ObjectNode fields = event.putObject("output_fields");
    fields.put("container.id", CONTAINER).put("container.name", "drill");
    fields.put("container.image.repository", image.replaceFirst("[:@][^/]*$", ""));
    fields.put("k8s.ns.name", pod.namespace()).put("k8s.pod.name", pod.name());
    pod.uid().ifPresent(uid -> fields.put("k8s.pod.uid", uid));
    fields.put("proc.name", process).put("proc.exepath", path).put("proc.pname", parent);
    fields.put("proc.cmdline", process + " " + marker(step));
    fields.put("user.name", "nobody").put("user.uid", 65_534);
    return event;
  }

  private static ObjectNode fields(ObjectNode event) {
    return event.withObject("output_fields");
  }

  /** As a rule of Falco's that reads an access log would report it. */
  private String http(DrillStep step, DrillPod pod, String rule, String request) {
    ObjectNode event = falco(step, pod, rule, "Warning", "httpd", "/bin/httpd", "sh", "T1190");
    fields(event).put("evt.buffer", request);
    return event.toString();
  }

  private String tetragon(
      DrillStep step,
      DrillPod pod,
      String binary,
      String function,
      List<ObjectNode> arguments,
      String policy) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    ObjectNode hook = event.putObject("process_kprobe");
    ObjectNode process = hook.putObject("process");
    process.put("exec_id", marker(step)).put("pid", 4_711).put("uid", 65_534).put("cwd", "/");
    process.put("binary", binary).put("arguments", marker(step)).put("flags", "execve clone");
    process.put("start_time", at.toString());
    ObjectNode in = process.putObject("pod");
    in.put("namespace", pod.namespace()).put("name", pod.name());
    pod.uid().ifPresent(uid -> in.put("uid", uid));
    ObjectNode container = in.putObject("container");
    container.put("id", "containerd://" + CONTAINER).put("name", "drill");
    container.putObject("image").put("name", image);
    in.put("workload", pod.name().substring(0, pod.name().lastIndexOf('-')));
    in.put("workload_kind", "Job");
    ObjectNode parent = hook.putObject("parent");
    parent.put("exec_id", marker(step) + "-parent").put("pid", 4_710).put("uid", 65_534);
    parent.put("binary", "/bin/sh");
    hook.put("function_name", function);
    ArrayNode all = hook.putArray("args");
    arguments.forEach(all::add);
    hook.put("action", "KPROBE_ACTION_POST").put("policy_name", policy);
    hook.put("message", "Cattleguard drill " + run + ", not an intrusion: " + step.what());
    pod.node().ifPresent(node -> event.put("node_name", node));
    event.put("time", at.toString());
    return event.toString();
  }

  private static List<ObjectNode> file(String path) {
    ObjectNode argument = JsonNodeFactory.instance.objectNode();
    argument.putObject("file_arg").put("path", path);
    return List.of(argument, JsonNodeFactory.instance.objectNode().put("int_arg", 4));
  }

  private static List<ObjectNode> text(String value) {
    return List.of(JsonNodeFactory.instance.objectNode().put("string_arg", value));
  }

  private static List<ObjectNode> connection() {
    ObjectNode argument = JsonNodeFactory.instance.objectNode();
    ObjectNode socket = argument.putObject("sock_arg");
    socket.put("family", "AF_INET").put("type", "SOCK_STREAM").put("protocol", "IPPROTO_TCP");
    socket.put("saddr", "10.0.0.10").put("sport", 40_123).put("daddr", "10.0.0.11");
    socket.put("dport", 3_333);
    return List.of(argument);
  }
}
