package io.cattleguard.sensor.learn;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Process events as Tetragon exports them without a tracing policy. */
final class TetragonLines {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private TetragonLines() {}

  /** A program that starts in a container of a Deployment. */
  static byte[] exec(String workload, String pod, String binary, Instant at) {
    return exec("shop", workload, pod, binary, at, at.minusSeconds(3_600));
  }

  static byte[] exec(
      String namespace, String workload, String pod, String binary, Instant at, Instant started) {
    ObjectNode event = JSON.createObjectNode();
    ObjectNode body = event.putObject("process_exec");
    ObjectNode process = body.putObject("process");
    process.put("exec_id", "bm9kZS1hOjE6" + at.toEpochMilli());
    process.put("pid", 1_000 + Math.floorMod(at.toEpochMilli(), 30_000));
    process.put("uid", 0);
    process.put("binary", binary);
    process.put("arguments", "-c " + at);
    process.put("start_time", at.toString());
    ObjectNode inPod = process.putObject("pod");
    inPod.put("namespace", namespace).put("name", pod);
    inPod.put("workload", workload).put("workload_kind", "Deployment");
    ObjectNode container = inPod.putObject("container");
    container.put("id", "containerd://" + "%08x".formatted(pod.hashCode()) + "0".repeat(56));
    container.put("name", "main").put("start_time", started.toString());
    container.putObject("image").put("name", "registry.example.com/shop/" + workload + ":1");
    body.putObject("parent").put("binary", "/usr/sbin/init");
    event.put("node_name", "node-a").put("time", at.toString());
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A call at the start of a container, as a tracer of all calls reports it. */
  static byte[] call(String workload, String pod, int number, Instant at) {
    String exec =
        new String(exec("shop", workload, pod, "/usr/sbin/nginx", at, at), StandardCharsets.UTF_8);
    return exec.replace("process_exec\"", "process_tracepoint\"")
        .replace(
            "\"parent\":",
            "\"subsys\":\"raw_syscalls\",\"event\":\"sys_enter\",\"args\":[{\"syscall_id\":{\"id\":"
                + number
                + ",\"abi\":\"x64\"}}],\"policy_name\":\"cattleguard-system-calls\",\"parent\":")
        .getBytes(StandardCharsets.UTF_8);
  }
}
