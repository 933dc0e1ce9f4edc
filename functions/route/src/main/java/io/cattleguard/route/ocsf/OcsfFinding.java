package io.cattleguard.route.ocsf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.route.Notice;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Converts a notice to an OCSF Detection Finding, which SIEMs can read.
 *
 * <p>One problem is one finding: {@code finding_info.uid} is the fingerprint. The first alert
 * creates the finding; a new object, a repeat and the outcome of a response update it. {@code
 * metadata.uid} is the event's id and identifies copies.
 *
 * @see <a href="https://schema.ocsf.io/1.7.0/classes/detection_finding">OCSF 1.7.0, 2004</a>
 */
public final class OcsfFinding {
  static final String VERSION = "1.7.0";
  static final int CLASS = 2004;
  static final int CATEGORY = 2;

  /** Maximum bytes of the raw event; a SIEM silently truncates longer events. */
  static final int RAW_LIMIT = 64 * 1024;

  private static final int CREATE = 1;
  private static final int UPDATE = 2;
  private static final int STATUS_NEW = 1;
  private static final int STATUS_IN_PROGRESS = 2;
  private static final int STATUS_SUPPRESSED = 3;
  private static final int RULE_ANALYTIC = 1;
  private static final int SERVER = 1;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private OcsfFinding() {}

  /** The finding. */
  public static ObjectNode of(Notice.About notice) {
    return switch (notice) {
      case Notice.Scored scored -> of(scored.scored(), notice.id());
      case Notice.Decided decided -> of(decided.decided());
    };
  }

  private static ObjectNode of(ResponseDecided decided) {
    ObjectNode finding = of(decided.scored(), decided.id());
    activity(finding, UPDATE);
    finding.put("time", decided.decidedAt().toEpochMilli());
    finding.put("message", decided.explanation());
    finding.put("status_detail", decided.action() + ": " + decided.outcome().jsonName());
    finding.putObject("remediation").put("desc", decided.explanation());
    ObjectNode response = finding.withObject("/unmapped").putObject("response");
    response.put("playbook", decided.playbook());
    response.put("action", decided.action());
    response.put("target", decided.target());
    response.put("outcome", decided.outcome().jsonName());
    ArrayNode objections = response.putArray("objections");
    decided.objections().forEach(objections::add);
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      response.put("lease_until", leaseUntil.toEpochMilli());
    }
    return finding;
  }

  private static ObjectNode of(ScoredAlert scored, String id) {
    AcceptedAlert accepted = scored.accepted();
    Alert alert = scored.alert();
    ObjectNode finding = JSON.objectNode();
    finding.put("category_uid", CATEGORY);
    finding.put("category_name", "Findings");
    finding.put("class_uid", CLASS);
    finding.put("class_name", "Detection Finding");
    activity(finding, accepted.acceptance() == Acceptance.OPENED ? CREATE : UPDATE);
    Severity severity = alert.severity();
    finding.put("severity_id", severity == null ? 0 : severity.ocsfId());
    finding.put("severity", severity == null ? "Unknown" : capitalised(severity.jsonName()));
    Instant observedAt = alert.observedAt();
    finding.put("time", (observedAt == null ? accepted.lastAt() : observedAt).toEpochMilli());
    finding.put("start_time", accepted.firstAt().toEpochMilli());
    finding.put("end_time", accepted.lastAt().toEpochMilli());
    finding.put("count", (int) Math.min(Integer.MAX_VALUE, accepted.count()));
    finding.put("is_alert", true);
    finding.put("risk_score", scored.score());
    finding.put("message", title(alert));
    finding.set("metadata", metadata(alert, id));
    finding.set("finding_info", findingInfo(accepted));
    finding.set("resources", resources(alert.target()));
    finding.set("evidences", evidences(alert));
    cloudAndDevice(finding, alert.target());
    raw(finding, alert.raw());
    ObjectNode unmapped = finding.putObject("unmapped");
    unmapped.put("class", alert.alertClass().jsonName());
    unmapped.put("acceptance", accepted.acceptance().jsonName());
    unmapped.put("score", scored.score());
    ArrayNode reasons = unmapped.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    unmapped.put("targets", accepted.targets());
    unmapped.put("incident", scored.incidentId());
    Silenced silenced = accepted.silenced();
    if (silenced != null && silenced.hides(scored.score())) {
      finding.put("status_id", STATUS_SUPPRESSED);
      finding.put("status", "Suppressed");
      finding.put("status_detail", silenced.by() + ": " + silenced.reason());
    }
    return finding;
  }

  private static void activity(ObjectNode finding, int activity) {
    finding.put("activity_id", activity);
    finding.put("activity_name", activity == CREATE ? "Create" : "Update");
    finding.put("type_uid", CLASS * 100L + activity);
    finding.put("type_name", "Detection Finding: " + (activity == CREATE ? "Create" : "Update"));
    finding.put("status_id", activity == CREATE ? STATUS_NEW : STATUS_IN_PROGRESS);
    finding.put("status", activity == CREATE ? "New" : "In Progress");
  }

  private static ObjectNode metadata(Alert alert, String id) {
    ObjectNode metadata = JSON.objectNode();
    metadata.put("version", VERSION);
    metadata.put("uid", id);
    metadata.put("original_event_uid", alert.id());
    metadata.put("log_name", alert.source());
    Instant observedAt = alert.observedAt();
    if (observedAt != null) {
      metadata.put("original_time", observedAt.toString());
    }
    ObjectNode product = metadata.putObject("product");
    product.put("name", "Cattleguard");
    product.put("vendor_name", "Cattleguard");
    return metadata;
  }

  private static ObjectNode findingInfo(AcceptedAlert accepted) {
    Alert alert = accepted.alert();
    ObjectNode info = JSON.objectNode();
    info.put("uid", accepted.fingerprint());
    info.put("title", title(alert));
    info.put("first_seen_time", accepted.firstAt().toEpochMilli());
    info.put("last_seen_time", accepted.lastAt().toEpochMilli());
    info.putArray("types").add(alert.alertClass().jsonName());
    info.putArray("data_sources").add(alert.source());
    String rule = alert.rule();
    if (rule != null) {
      ObjectNode analytic = info.putObject("analytic");
      analytic.put("type_id", RULE_ANALYTIC);
      analytic.put("type", "Rule");
      analytic.put("name", rule);
    }
    ArrayNode attacks = JSON.arrayNode();
    alert.tactics().forEach(tactic -> attacks.addObject().set("tactic", named(tactic)));
    for (String technique : alert.techniques()) {
      ObjectNode attack = attacks.addObject();
      int dot = technique.indexOf('.');
      attack.set("technique", named(dot < 0 ? technique : technique.substring(0, dot)));
      if (dot >= 0) {
        attack.set("sub_technique", named(technique));
      }
    }
    if (!attacks.isEmpty()) {
      info.set("attacks", attacks);
    }
    return info;
  }

  private static ObjectNode named(String id) {
    ObjectNode named = JSON.objectNode().put("uid", id);
    AttackNames.of(id).ifPresent(name -> named.put("name", name));
    return named;
  }

  private static ArrayNode resources(Target target) {
    ArrayNode resources = JSON.arrayNode();
    resource(resources, "Kubernetes Pod", target.podUid(), target.pod(), target.namespace());
    resource(resources, "Kubernetes Workload", null, target.workload(), target.namespace());
    resource(resources, "Kubernetes Cluster", null, target.cluster(), null);
    resource(resources, "EC2 Instance", target.instance(), null, null);
    resource(resources, "EC2 Security Group", target.securityGroup(), null, null);
    resource(resources, "Cloud Resource", target.resource(), null, null);
    return resources;
  }

  private static void resource(
      ArrayNode resources,
      String type,
      @Nullable String uid,
      @Nullable String name,
      @Nullable String namespace) {
    if (uid == null && name == null) {
      return;
    }
    ObjectNode resource = resources.addObject().put("type", type);
    put(resource, "uid", uid);
    put(resource, "name", name);
    put(resource, "namespace", namespace);
  }

  private static ArrayNode evidences(Alert alert) {
    ArrayNode evidences = JSON.arrayNode();
    ObjectNode evidence = JSON.objectNode();
    ObjectNode process = process(alert);
    String principal = alert.target().principal();
    if (process != null || principal != null) {
      ObjectNode actor = evidence.putObject("actor");
      if (process != null) {
        actor.set("process", process);
        evidence.set("process", process.deepCopy());
      }
      if (principal != null) {
        actor.putObject("user").put("name", principal);
      }
    }
    String path = alert.file();
    if (path != null) {
      evidence.set("file", file(path));
    }
    connection(evidence, alert.network());
    // OCSF requires one of the above in an evidence, so a container alone is omitted.
    ObjectNode container = container(alert.target());
    if (!evidence.isEmpty() && container != null) {
      evidence.set("container", container);
    }
    if (evidence.isEmpty() && container != null) {
      evidence.set("data", JSON.objectNode().set("container", container));
    }
    if (!evidence.isEmpty()) {
      evidences.add(evidence);
    }
    return evidences;
  }

  private static @Nullable ObjectNode process(Alert alert) {
    ObservedProcess process = alert.process();
    if (process.equals(ObservedProcess.UNKNOWN)) {
      return null;
    }
    ObjectNode out = JSON.objectNode();
    // OCSF requires a pid or a producer's id, and not all sources report a pid.
    out.put("uid", alert.id());
    put(out, "name", process.name());
    put(out, "cmd_line", process.commandLine());
    String executable = process.executable();
    if (executable != null) {
      out.put("path", executable);
      out.set("file", file(executable));
    }
    String user = process.user();
    if (user != null) {
      out.putObject("user").put("name", user);
    }
    String parent = process.parent();
    if (parent != null) {
      out.putObject("parent_process").put("uid", alert.id() + "/parent").put("name", parent);
    }
    return out;
  }

  private static ObjectNode file(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    ObjectNode file = JSON.objectNode();
    file.put("name", name.isEmpty() ? path : name);
    file.put("path", path);
    file.put("type_id", 0);
    return file;
  }

  private static void connection(ObjectNode evidence, ObservedConnection network) {
    if (network.equals(ObservedConnection.UNKNOWN)) {
      return;
    }
    boolean inbound = "inbound".equals(network.direction());
    boolean outbound = "outbound".equals(network.direction());
    ObjectNode info = evidence.putObject("connection_info");
    info.put("direction_id", inbound ? 1 : outbound ? 2 : 0);
    put(info, "protocol_name", network.protocol());
    String peer = network.peer();
    if (peer != null) {
      ObjectNode endpoint = evidence.putObject(inbound ? "src_endpoint" : "dst_endpoint");
      endpoint.put("ip", peer);
      Integer port = network.port();
      if (port != null) {
        endpoint.put("port", port.intValue());
      }
    }
  }

  private static @Nullable ObjectNode container(Target target) {
    if (target.containerId() == null && target.containerName() == null) {
      return null;
    }
    ObjectNode container = JSON.objectNode();
    put(container, "uid", target.containerId());
    put(container, "name", target.containerName());
    put(container, "pod_uuid", target.podUid());
    String image = target.image();
    if (image != null) {
      container.putObject("image").put("uid", image).put("name", image);
    }
    if (target.pod() != null) {
      container.put("orchestrator", "Kubernetes");
    }
    return container;
  }

  private static void cloudAndDevice(ObjectNode finding, Target target) {
    ArrayNode profiles = JSON.arrayNode();
    if (target.account() != null || target.region() != null) {
      profiles.add("cloud");
      ObjectNode cloud = finding.putObject("cloud").put("provider", "AWS");
      put(cloud, "region", target.region());
      String account = target.account();
      if (account != null) {
        cloud.putObject("account").put("uid", account);
      }
    }
    String node = target.node();
    if (node != null) {
      profiles.add("host");
      finding
          .putObject("device")
          .put("type_id", SERVER)
          .put("type", "Server")
          .put("hostname", node);
    }
    if (!profiles.isEmpty()) {
      finding.withObject("/metadata").set("profiles", profiles);
    }
  }

  private static void raw(ObjectNode finding, String raw) {
    byte[] bytes = raw.getBytes(StandardCharsets.UTF_8);
    finding.put("raw_data_size", (long) bytes.length);
    if (bytes.length <= RAW_LIMIT) {
      finding.put("raw_data", raw);
      return;
    }
    int end = RAW_LIMIT;
    while ((bytes[end] & 0xC0) == 0x80) { // not in the middle of a character
      end--;
    }
    finding.put("raw_data", new String(bytes, 0, end, StandardCharsets.UTF_8));
    finding.withObject("/metadata").put("is_truncated", true);
  }

  private static String title(Alert alert) {
    String rule = alert.rule();
    return rule == null ? "Alert without a rule name, from " + alert.source() : rule;
  }

  private static String capitalised(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static void put(ObjectNode out, String key, @Nullable String value) {
    if (value != null) {
      out.put(key, value);
    }
  }
}
