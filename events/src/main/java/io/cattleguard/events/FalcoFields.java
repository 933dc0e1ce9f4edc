package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Falco's {@code output_fields}, gathered in one pass: which field of ours each of theirs is.
 *
 * @see <a href="https://falco.org/docs/reference/rules/supported-fields/">Falco's fields</a>
 */
final class FalcoFields {
  /** How Falco writes a field that has no value. */
  private static final String NOT_AVAILABLE = "<NA>";

  private final List<String> notes;
  private final List<String> traits = new ArrayList<>(0);
  private final FalcoConnection connection = new FalcoConnection();

  private boolean audit;
  private @Nullable JsonNode eventTime;

  private @Nullable String namespace;
  private @Nullable String pod;
  private @Nullable String podUid;
  private @Nullable String workload;
  private @Nullable String containerId;
  private @Nullable String containerName;
  private @Nullable String imageRepository;
  private @Nullable String imageTag;
  private @Nullable String imageDigest;
  private @Nullable String fullImage;

  private @Nullable String auditResource;
  private @Nullable String auditName;
  private @Nullable String auditResponseName;
  private @Nullable String auditPod;
  private @Nullable String principal;
  private @Nullable String account;
  private @Nullable String region;

  private @Nullable String executable;
  private @Nullable String processName;
  private @Nullable String commandLine;
  private @Nullable String parent;
  private @Nullable String user;

  private @Nullable String descriptor;
  private @Nullable String path;
  private @Nullable String argumentPath;

  FalcoFields(List<String> notes) {
    this.notes = notes;
  }

  void readAll(@Nullable JsonNode outputFields) {
    if (outputFields == null || outputFields.isNull()) {
      return;
    }
    if (!outputFields.isObject()) {
      notes.add("output_fields: expected an object, found " + kind(outputFields));
      return;
    }
    for (Map.Entry<String, JsonNode> field : outputFields.properties()) {
      read(field.getKey(), field.getValue());
    }
  }

  private void read(String key, JsonNode value) {
    switch (key) {
      case "evt.time", "evt.time.iso8601", "evt.rawtime" -> eventTime = integerOr(value, eventTime);
      case "evt.type" -> connection.syscall(text(value, key, notes));

      case "k8s.ns.name" -> namespace = text(value, key, notes);
      case "k8s.pod.name" -> pod = text(value, key, notes);
      case "k8s.pod.uid" -> podUid = or(text(value, key, notes), podUid);
      // The legacy name of the UID, despite what it says.
      case "k8s.pod.id", "k8smeta.pod.uid" -> podUid = or(podUid, text(value, key, notes));
      case "k8smeta.ns.name" -> namespace = or(namespace, text(value, key, notes));
      case "k8smeta.pod.name" -> pod = or(pod, text(value, key, notes));
      case "k8s.deployment.name", "k8smeta.deployment.name" -> owner("Deployment", key, value);
      case "k8s.statefulset.name", "k8smeta.statefulset.name" -> owner("StatefulSet", key, value);
      case "k8s.daemonset.name", "k8smeta.daemonset.name" -> owner("DaemonSet", key, value);
      case "k8s.rs.name", "k8smeta.rs.name" -> ownerUnlessKnown("ReplicaSet", key, value);
      case "k8s.rc.name", "k8smeta.rc.name" ->
          ownerUnlessKnown("ReplicationController", key, value);

      case "container.id" -> containerId = text(value, key, notes);
      case "container.name" -> containerName = text(value, key, notes);
      case "container.image" -> fullImage = text(value, key, notes);
      case "container.image.repository" -> imageRepository = text(value, key, notes);
      case "container.image.tag" -> imageTag = text(value, key, notes);
      case "container.image.digest" -> imageDigest = text(value, key, notes);
      case "container.privileged" -> trait("privileged", isTrue(value));
      case "proc.is_exe_upper_layer" -> trait("dropped-executable", isTrue(value));
      case "proc.is_exe_from_memfd" -> trait("memfd", isTrue(value));
      case "evt.arg.flags", "proc.exe_flags", "evt.arg.exe_flags" ->
          trait(
              "writable-executable",
              value.isTextual() && value.textValue().contains("EXE_WRITABLE"));
      case "proc.tty" -> trait("interactive", value.isIntegralNumber() && value.asLong() != 0);

      case "proc.exepath" -> executable = text(value, key, notes);
      case "proc.name" -> processName = text(value, key, notes);
      case "proc.cmdline" -> commandLine = text(value, key, notes);
      case "proc.pname" -> parent = text(value, key, notes);
      case "user.name" -> user = text(value, key, notes);

      case "fd.name" -> descriptor = text(value, key, notes);
      case "fd.l4proto" -> connection.protocol(text(value, key, notes));
      case "fd.rip" -> connection.remoteAddress(text(value, key, notes));
      case "fd.rport" -> connection.remotePort(port(value, key));
      case "fd.lip" -> connection.localAddress(text(value, key, notes));
      case "fd.lport" -> connection.localPort(port(value, key));
      case "fd.sip" -> connection.serverAddress(text(value, key, notes));
      case "fd.sport" -> connection.serverPort(port(value, key));
      case "fd.cip" -> connection.clientAddress(text(value, key, notes));
      case "fd.cport" -> connection.clientPort(port(value, key));
      case "fs.path.name" -> path = text(value, key, notes);
      case "evt.arg.path", "evt.arg.pathname", "evt.arg.name", "evt.arg.filename" ->
          argumentPath = or(argumentPath, textIfText(value));

      case "ka.target.name" -> auditName = auditText(key, value);
      case "ka.target.pod.name" -> auditPod = auditText(key, value);
      case "ka.target.resource" -> auditResource = auditText(key, value);
      case "ka.target.namespace" -> namespace = or(namespace, auditText(key, value));
      case "ka.resp.name" -> auditResponseName = auditText(key, value);
      case "ka.user.name", "ct.user", "gcp.user", "okta.actor.name", "github.user" ->
          principal = or(principal, auditText(key, value));
      case "ka.req.pod.containers.image", "ka.req.container.image" ->
          fullImage = or(fullImage, singleImage(value));
      case "ka.req.pod.containers.privileged", "ka.req.container.privileged" ->
          trait("privileged", isTrue(value));
      case "ct.user.accountid", "ct.recipientaccountid" ->
          account = or(account, auditText(key, value));
      case "ct.region" -> region = auditText(key, value);
      case "ct.srcip", "gcp.callerIP" -> connection.callerAddress(auditText(key, value));
      default ->
          audit |=
              key.startsWith("ka.")
                  || key.startsWith("jevt.")
                  || key.startsWith("ct.")
                  || key.startsWith("gcp.");
    }
  }

  private @Nullable String auditText(String key, JsonNode value) {
    audit = true;
    return text(value, key, notes);
  }

  private void owner(String kind, String key, JsonNode value) {
    String name = text(value, key, notes);
    if (name != null) {
      workload = kind + "/" + name;
    }
  }

  private void ownerUnlessKnown(String kind, String key, JsonNode value) {
    if (workload == null) {
      owner(kind, key, value);
    }
  }

  private void trait(String name, boolean holds) {
    if (holds && !traits.contains(name)) {
      traits.add(name);
    }
  }

  private @Nullable Integer port(JsonNode value, String key) {
    if (value.isNull() || isNothing(value)) {
      return null;
    }
    if (value.isInt() && value.intValue() >= 0 && value.intValue() <= 65_535) {
      return value.intValue();
    }
    notes.add(key + ": expected a port from 0 to 65535, found " + shown(value));
    return null;
  }

  boolean isAudit() {
    return audit;
  }

  /** {@code evt.time} in nanoseconds since 1970, as Falco wrote it. */
  @Nullable JsonNode eventTime() {
    return eventTime;
  }

  List<String> traits() {
    return traits;
  }

  ObservedProcess process() {
    return new ObservedProcess(executable, processName, commandLine, parent, user);
  }

  ObservedConnection network() {
    return connection.observed(descriptor);
  }

  /** The path that was touched: what the descriptor names, else what the call was given. */
  @Nullable String file() {
    if (descriptor != null && FalcoConnection.isPath(descriptor)) {
      return descriptor;
    }
    if (path != null) {
      return path;
    }
    return argumentPath != null && FalcoConnection.isPath(argumentPath) ? argumentPath : null;
  }

  Target target(@Nullable String cluster, @Nullable String node) {
    boolean host = "host".equals(containerId) || "host".equals(containerName);
    if (!host && containerName != null && containerName.startsWith("k8s_")) {
      readDockerName(containerName);
    }
    readAuditTarget();
    return Target.builder()
        .cluster(cluster)
        .node(node)
        .namespace(namespace)
        .pod(pod)
        .podUid(podUid)
        .workload(workload)
        .containerId(host ? null : containerId)
        .containerName(host ? null : containerName)
        .image(host ? null : image())
        .account(account)
        .region(region)
        .principal(principal)
        .build();
  }

  /**
   * The kubelet's name for a Docker container, {@code k8s_<container>_<pod>_<namespace>_<uid>_<n>}.
   * Kubernetes names hold no underscore, so the parts are certain.
   */
  private void readDockerName(String name) {
    String[] parts = name.split("_", -1);
    if (parts.length != 6) {
      return;
    }
    containerName = parts[1];
    pod = or(pod, parts[2]);
    namespace = or(namespace, parts[3]);
    podUid = or(podUid, parts[4]);
  }

  private void readAuditTarget() {
    String name = or(auditName, auditResponseName);
    if (auditPod != null) {
      pod = or(pod, auditPod);
    }
    if (auditResource == null || name == null) {
      return;
    }
    switch (auditResource.toLowerCase(Locale.ROOT)) {
      case "pods" -> pod = or(pod, name);
      case "deployments" -> workload = or(workload, "Deployment/" + name);
      case "statefulsets" -> workload = or(workload, "StatefulSet/" + name);
      case "daemonsets" -> workload = or(workload, "DaemonSet/" + name);
      case "replicasets" -> workload = or(workload, "ReplicaSet/" + name);
      case "jobs" -> workload = or(workload, "Job/" + name);
      case "cronjobs" -> workload = or(workload, "CronJob/" + name);
      default -> {
        // another kind of object is no workload
      }
    }
  }

  private @Nullable String image() {
    if (imageRepository == null) {
      return fullImage;
    }
    if (imageTag != null) {
      return imageRepository + ":" + imageTag;
    }
    return imageDigest != null ? imageRepository + "@" + imageDigest : imageRepository;
  }

  /** The text of a field, or null where it is absent; a value of another type costs a note. */
  static @Nullable String text(@Nullable JsonNode value, String key, List<String> notes) {
    if (value == null) {
      return null;
    }
    if (value.isTextual()) {
      String text = value.textValue();
      return isNothing(text) ? null : HostileText.visible(text);
    }
    if (!value.isNull()) {
      notes.add(key + ": expected a text, found " + kind(value));
    }
    return null;
  }

  private static @Nullable String textIfText(JsonNode value) {
    return value.isTextual() && !isNothing(value.textValue())
        ? HostileText.visible(value.textValue())
        : null;
  }

  private static @Nullable String singleImage(JsonNode value) {
    JsonNode only = value.isArray() && value.size() == 1 ? value.get(0) : value;
    String text = textIfText(only);
    return text == null || text.contains(",") || text.startsWith("(") ? null : text;
  }

  private static @Nullable JsonNode integerOr(JsonNode value, @Nullable JsonNode otherwise) {
    return value.isIntegralNumber() || value.isTextual() ? value : otherwise;
  }

  private static boolean isTrue(JsonNode value) {
    return value.isBoolean() ? value.booleanValue() : "true".equals(value.textValue());
  }

  private static boolean isNothing(JsonNode value) {
    return value.isTextual() && isNothing(value.textValue());
  }

  private static boolean isNothing(String text) {
    return text.isEmpty() || text.equals(NOT_AVAILABLE);
  }

  private static @Nullable String or(@Nullable String first, @Nullable String second) {
    return first != null ? first : second;
  }

  private static String kind(JsonNode value) {
    JsonNodeType type = value.getNodeType();
    return switch (type) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "the number " + shown(value);
      case BOOLEAN -> shown(value);
      case STRING -> "a text";
      case NULL, MISSING, BINARY, POJO -> "nothing";
    };
  }

  /** The value for a note, short and visible. */
  static String shown(JsonNode value) {
    return HostileText.visible(value.toString(), 40);
  }
}
