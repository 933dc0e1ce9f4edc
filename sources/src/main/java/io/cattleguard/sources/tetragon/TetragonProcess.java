package io.cattleguard.sources.tetragon;

import static io.cattleguard.sources.parsing.FieldValue.isTrue;
import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Labels;
import io.cattleguard.sources.parsing.Programs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a Tetragon process with its pod and container. */
final class TetragonProcess {
  /** The kernel's value for "no user": -1 as 32 bits. */
  private static final long UNSET = 4_294_967_295L;

  private static final String SCHEME = "://";
  private static final JsonNode NOTHING = MissingNode.getInstance();

  private final JsonNode process;
  private final JsonNode pod;
  private final JsonNode container;
  private final String key;
  private final List<String> notes;

  private TetragonProcess(JsonNode process, String key, List<String> notes) {
    this.process = process;
    this.key = key;
    this.notes = notes;
    this.pod = object(process, "pod", key);
    this.container = object(pod, "container", key + ".pod");
  }

  static TetragonProcess of(@Nullable JsonNode process, String key, List<String> notes) {
    if (process == null || process.isNull() || process.isObject()) {
      return new TetragonProcess(process == null ? NOTHING : process, key, notes);
    }
    notes.add(key + ": expected an object, found " + FieldValue.kind(process));
    return new TetragonProcess(NOTHING, key, notes);
  }

  private JsonNode object(JsonNode outer, String name, String outerKey) {
    JsonNode inner = outer.path(name);
    if (inner.isObject()) {
      return inner;
    }
    if (!inner.isNull() && !inner.isMissingNode()) {
      notes.add(outerKey + "." + name + ": expected an object, found " + FieldValue.kind(inner));
    }
    return NOTHING;
  }

  /** The program without its path, {@code <kernel>} for kernel threads. */
  @Nullable String name() {
    return name(binary());
  }

  private static @Nullable String name(@Nullable String binary) {
    if (binary == null) {
      return null;
    }
    String name = binary.substring(binary.lastIndexOf('/') + 1);
    return name.isEmpty() ? binary : name;
  }

  /** The path of the program. */
  @Nullable String binary() {
    return text(process.get("binary"), key + ".binary", notes);
  }

  ObservedProcess observed(@Nullable String parent) {
    String binary = binary();
    String name = name(binary);
    String arguments = text(process.get("arguments"), key + ".arguments", notes);
    String line = name == null || arguments == null ? or(arguments, name) : name + " " + arguments;
    return new ObservedProcess(
        binary, name, line == null ? null : HostileText.visible(line), parent, user());
  }

  /** The name if Tetragon resolved it, else the number. */
  private @Nullable String user() {
    JsonNode record = object(process, "user", key);
    String name = text(record.get("name"), key + ".user.name", notes);
    JsonNode uid = process.path("uid");
    if (name != null || uid.isNull() || uid.isMissingNode()) {
      return name;
    }
    if (uid.isIntegralNumber() && uid.canConvertToLong() && uid.longValue() >= 0) {
      return uid.longValue() == UNSET ? null : uid.asText();
    }
    notes.add(key + ".uid: expected a number, found " + FieldValue.kind(uid));
    return null;
  }

  /**
   * Traits of the process. Host namespaces count only in a container, because a host process always
   * has them.
   */
  List<Trait> traits() {
    List<Trait> traits = new ArrayList<>(0);
    String at = key + ".pod.container.security_context";
    JsonNode security = object(container, "security_context", key + ".pod.container");
    add(traits, Trait.PRIVILEGED, security.get("privileged"), at + ".privileged");
    if (container.isObject() || process.path("docker").isTextual()) {
      JsonNode namespaces = object(process, "ns", key);
      addNamespace(traits, Trait.HOST_PID, namespaces, "pid");
      addNamespace(traits, Trait.HOST_NETWORK, namespaces, "net");
      addNamespace(traits, Trait.HOST_IPC, namespaces, "ipc");
    }
    JsonNode file = process.path("binary_properties").path("file");
    String path = file.path("path").asText("");
    JsonNode links = file.path("inode").path("links");
    boolean unlinked = links.isIntegralNumber() && links.longValue() == 0;
    // A file in memory alone has no name in any folder; not every version writes its path.
    if (path.startsWith("memfd:") || path.startsWith("/memfd:") || unlinked) {
      traits.add(Trait.MEMFD);
    }
    return traits;
  }

  private void addNamespace(List<Trait> traits, Trait trait, JsonNode namespaces, String name) {
    String at = key + ".ns." + name + ".is_host";
    add(traits, trait, namespaces.path(name).get("is_host"), at);
  }

  private void add(List<Trait> traits, Trait trait, @Nullable JsonNode value, String at) {
    if (value != null && isTrue(value, at, notes)) {
      traits.add(trait);
    }
  }

  /** The process; its executable is marked if it is in memory alone. */
  ObservedProcess executable(ObservedProcess observed) {
    return traits().contains(Trait.MEMFD) && !Programs.isInMemory(observed.executable())
        ? new ObservedProcess(
            Programs.IN_MEMORY + observed.name(),
            observed.name(),
            observed.commandLine(),
            observed.parent(),
            observed.user())
        : observed;
  }

  /** The program that this process is about to start in its place. Its arguments are not known. */
  ObservedProcess starting(String program) {
    return new ObservedProcess(program, Programs.name(program), null, name(), user());
  }

  /** The process with another program, or with none that is known. */
  ObservedProcess running(@Nullable String program, ObservedProcess observed) {
    return new ObservedProcess(
        program,
        Programs.name(program),
        observed.commandLine(),
        observed.parent(),
        observed.user());
  }

  /** Whether its container or pod is known. */
  boolean isPlaced() {
    return pod.isObject() || process.path("docker").isTextual();
  }

  /** The digest of the container's image. */
  @Nullable String digest() {
    JsonNode image = object(container, "image", key + ".pod.container");
    String digest =
        Activity.digestOf(text(image.get("id"), key + ".pod.container.image.id", notes));
    return digest == null ? Activity.digestOf(image.path("name").textValue()) : digest;
  }

  /** When the container started. */
  @Nullable Instant containerStartedAt() {
    JsonNode time = container.path("start_time");
    return time.isTextual() ? EventTime.of(time, null, null, notes) : null;
  }

  /** When the process started its program. */
  @Nullable Instant startedAt() {
    JsonNode time = process.path("start_time");
    return time.isTextual() ? EventTime.of(time, null, null, notes) : null;
  }

  Target target(@Nullable String cluster, @Nullable String node) {
    String at = key + ".pod";
    return Target.builder()
        .cluster(cluster)
        .node(node)
        .namespace(text(pod.get("namespace"), at + ".namespace", notes))
        .pod(text(pod.get("name"), at + ".name", notes))
        .podUid(text(pod.get("uid"), at + ".uid", notes))
        .workload(workload(at))
        .containerId(or(containerId(at), text(process.get("docker"), key + ".docker", notes)))
        .containerName(text(container.get("name"), at + ".container.name", notes))
        .image(image(at + ".container.image"))
        .labels(labels(at))
        .build();
  }

  /** The labels, which older versions report as a list. */
  private List<String> labels(String at) {
    JsonNode named = pod.get("pod_labels");
    return named == null
        ? Labels.read(pod.get("labels"), at + ".labels", notes)
        : Labels.read(named, at + ".pod_labels", notes);
  }

  /**
   * The workload. Older versions report no kind; a name without a kind would be a different
   * workload.
   */
  private @Nullable String workload(String at) {
    String kind = text(pod.get("workload_kind"), at + ".workload_kind", notes);
    String name = text(pod.get("workload"), at + ".workload", notes);
    return kind == null || name == null ? null : kind + "/" + name;
  }

  /** The container id without {@code containerd://} or {@code docker://}. */
  private @Nullable String containerId(String at) {
    String id = text(container.get("id"), at + ".container.id", notes);
    String bare = id == null ? "" : withoutScheme(id);
    return bare.isEmpty() ? null : bare;
  }

  private @Nullable String image(String at) {
    JsonNode image = object(container, "image", key + ".pod.container");
    String name = text(image.get("name"), at + ".name", notes);
    String id = text(image.get("id"), at + ".id", notes);
    return name != null || id == null ? name : withoutScheme(id);
  }

  private static String withoutScheme(String id) {
    int scheme = id.indexOf(SCHEME);
    return scheme < 0 ? id : id.substring(scheme + SCHEME.length());
  }
}
