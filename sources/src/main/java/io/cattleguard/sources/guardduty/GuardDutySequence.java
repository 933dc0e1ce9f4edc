package io.cattleguard.sources.guardduty;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the sequence of an attack sequence finding, which spans several resources: an object is
 * named only if the sequence has exactly one of its kind.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html">Sequence</a>
 */
final class GuardDutySequence {
  private static final Pattern INSTANCE = Pattern.compile("(?:^|/)(i-[0-9a-f]{8,32})$");

  /** Maximum number of objects: each costs score a read and a write. */
  private static final int RELATED = 20;

  private final JsonNode sequence;
  private final List<String> notes;
  private final Map<String, List<JsonNode>> resources = new LinkedHashMap<>();

  GuardDutySequence(JsonNode finding, List<String> notes) {
    JsonNode within = finding.path("service").path("detection").path("sequence");
    // The API has the sequence below service; some copies have it below the finding.
    this.sequence = within.isObject() ? within : finding.path("detection").path("sequence");
    this.notes = notes;
    for (JsonNode resource : sequence.path("resources")) {
      resources
          .computeIfAbsent(resource.path("resourceType").asText(""), type -> new ArrayList<>())
          .add(resource);
    }
  }

  boolean isPresent() {
    return sequence.isObject();
  }

  /**
   * The behaviour from the indicators of the sequence and its signals, and from the types of its
   * findings.
   */
  Behaviour behaviour(BehaviourTable types) {
    List<String> words = new ArrayList<>();
    addIndicators(sequence.path("sequenceIndicators"), words);
    Behaviour ofFindings = Behaviour.NONE;
    for (JsonNode signal : sequence.path("signals")) {
      addIndicators(signal.path("signalIndicators"), words);
      if (signal.path("type").asText("").equals("FINDING")) {
        ofFindings = ofFindings.and(types.of(signal.path("name").asText("")).attack());
      }
    }
    return Behaviour.ofNames(words).and(ofFindings);
  }

  private static void addIndicators(JsonNode indicators, List<String> words) {
    for (JsonNode indicator : indicators) {
      switch (indicator.path("key").asText("")) {
        case "ATTACK_TACTIC", "ATTACK_TECHNIQUE" ->
            indicator.path("values").forEach(value -> words.add(value.asText("")));
        default -> {
          // The other indicators are no ATT&CK names.
        }
      }
    }
  }

  /** Completes the target of a finding, whose {@code resource} names only the kind of finding. */
  Target.Builder complete(Target.Builder target) {
    JsonNode workload = only("KUBERNETES_WORKLOAD");
    JsonNode details = workload.path("data").path("kubernetesWorkload");
    String name = name(workload);
    String kind = GuardDutyResource.kind(read(details, "type"));
    boolean pod = "Pod".equals(kind);
    return target
        .namespace(read(details, "namespace"))
        .pod(pod ? name : null)
        .workload(pod || kind == null || name == null ? null : kind + "/" + name)
        .containerName(name(only("CONTAINER")))
        .image(read(only("CONTAINER").path("data").path("container"), "image"))
        .instance(instance())
        .principal(principal())
        .resource(
            or(
                read(only("EKS_CLUSTER").path("data").path("eksCluster"), "arn"),
                or(
                    arn("ECS_CLUSTER"),
                    or(arn("S3_BUCKET"), arn("AUTOSCALING_AUTO_SCALING_GROUP")))));
  }

  /** The objects whose incidents the sequence joins: instances, workloads and principals. */
  List<String> related() {
    Set<String> objects = new LinkedHashSet<>();
    for (JsonNode instance : resources.getOrDefault("EC2_INSTANCE", List.of())) {
      add(objects, "instance/", instanceId(instance));
    }
    for (JsonNode workload : resources.getOrDefault("KUBERNETES_WORKLOAD", List.of())) {
      JsonNode details = workload.path("data").path("kubernetesWorkload");
      String namespace = read(details, "namespace");
      String kind = GuardDutyResource.kind(read(details, "type"));
      String name = name(workload);
      if (namespace != null && name != null) {
        add(objects, "workload/" + namespace + "/", (kind == null ? "" : kind + "/") + name);
      }
    }
    for (JsonNode key : resources.getOrDefault("ACCESS_KEY", List.of())) {
      JsonNode details = key.path("data").path("accessKey");
      add(objects, "principal/", or(read(details, "userName"), read(details, "principalId")));
    }
    for (JsonNode actor : sequence.path("actors")) {
      add(objects, "principal/", read(actor.path("user"), "name"));
    }
    return objects.stream().limit(RELATED).toList();
  }

  private static void add(Set<String> objects, String kind, @Nullable String name) {
    if (name != null) {
      objects.add(kind + name);
    }
  }

  /** The peer, if the sequence has exactly one endpoint. */
  ObservedConnection network() {
    Set<String> peers = new TreeSet<>();
    for (JsonNode endpoint : sequence.path("endpoints")) {
      String peer = read(endpoint, "ip");
      if (peer != null) {
        peers.add(peer);
      }
    }
    return peers.size() == 1
        ? new ObservedConnection(peers.iterator().next(), null, null, null)
        : ObservedConnection.UNKNOWN;
  }

  private @Nullable String instance() {
    return instanceId(only("EC2_INSTANCE"));
  }

  private static @Nullable String instanceId(JsonNode instance) {
    for (String text : List.of(instance.path("uid").asText(""), instance.path("name").asText(""))) {
      Matcher id = INSTANCE.matcher(text);
      if (id.find()) {
        return id.group(1);
      }
    }
    return null;
  }

  private @Nullable String principal() {
    Set<String> names = new TreeSet<>();
    for (JsonNode actor : sequence.path("actors")) {
      String name = read(actor.path("user"), "name");
      if (name != null) {
        names.add(name);
      }
    }
    return names.size() == 1 ? names.iterator().next() : null;
  }

  /** The resource's ARN, else its name. */
  private @Nullable String arn(String type) {
    JsonNode resource = only(type);
    String uid = read(resource, "uid");
    return uid != null && uid.startsWith("arn:") ? uid : name(resource);
  }

  private @Nullable String name(JsonNode resource) {
    return read(resource, "name");
  }

  private @Nullable String read(JsonNode node, String key) {
    return text(node.get(key), "detection.sequence." + key, notes);
  }

  private JsonNode only(String type) {
    List<JsonNode> all = resources.getOrDefault(type, List.of());
    return all.size() == 1 ? all.get(0) : sequence.path("none");
  }
}
