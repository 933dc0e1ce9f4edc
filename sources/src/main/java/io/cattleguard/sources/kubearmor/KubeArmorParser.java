package io.cattleguard.sources.kubearmor;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.Activity.Deed;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Labels;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Programs;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.parsing.Severities;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads KubeArmor's alerts. An event that a policy matched is an alert; a log of what happened is
 * not.
 *
 * @see <a href="https://docs.kubearmor.io/kubearmor/quick-links/kubearmor-events">KubeArmor's
 *     events</a>
 */
public final class KubeArmorParser implements AlertParser {
  private static final String MATCHED = "Matched";

  @Override
  public String source() {
    return "kubearmor";
  }

  @Override
  public boolean recognises(JsonNode event) {
    return event.has("HostName")
        && (event.has("ClusterName") || event.has("NamespaceName"))
        && (event.has("Operation") || event.has("PolicyName") || event.has("Type"));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    Fields fields = Fields.of(event);
    String policy = fields.text("PolicyName");
    String type = fields.word("Type");
    if (policy == null && !type.startsWith(MATCHED)) {
      return new Reading.Ignored(
          "a KubeArmor log"
              + (type.isEmpty() ? "" : " (" + HostileText.visible(type, 40) + ")")
              + ": no policy matched");
    }
    KubeArmorOperation deed = KubeArmorOperation.of(fields);
    ObservedProcess process = process(fields, deed);
    Behaviour behaviour = deed.behaviour(or(process.executable(), process.name()));
    boolean inMemory =
        Programs.isInMemory(deed.resource()) || Programs.isInMemory(process.executable());
    return new AlertDraft(source(), origin, raw, fields.notes())
        .rule(or(policy, fields.text("Operation")))
        .severity(severity(fields, behaviour))
        .behaviour(tags(fields))
        .behaviour(behaviour)
        .traits(behaviour.traits())
        .trait(Trait.MEMFD, inMemory)
        .trait(Trait.BLOCKED, isBlocked(fields))
        .target(target(fields))
        .process(process)
        .network(deed.network())
        .file(deed.file())
        .observedAt(observedAt(fields))
        .title(fields.text("Message"))
        .read();
  }

  @Override
  public List<Activity> activities(JsonNode event, Origin origin) {
    Fields fields = Fields.of(event);
    if (isBlocked(fields) || fields.word("Result").equals("Permission denied")) {
      return List.of();
    }
    KubeArmorOperation operation = KubeArmorOperation.of(fields);
    Activity started =
        new Activity(
            Deed.STARTED,
            target(fields).cluster(origin.cluster()).build(),
            process(fields, operation),
            fields.text("ParentProcessName"),
            operation.network(),
            operation.file(),
            Activity.digestOf(fields.text("ContainerImage")),
            null,
            observedAt(fields),
            1);
    List<Activity> activities = new ArrayList<>(2);
    if (started.process().executable() != null) {
      activities.add(started);
    }
    Deed deed = operation.deed();
    if (deed != null && deed != Deed.STARTED) {
      activities.add(started.as(deed));
    }
    return activities;
  }

  /** KubeArmor's list of tags, which it also writes as one text. */
  private static Behaviour tags(Fields fields) {
    JsonNode list = fields.value("ATags");
    return AttackTags.of(list.isArray() ? list : fields.node().get("Tags"), fields.notes())
        .behaviour();
  }

  /** The policy's severity, 1 to 10; without one, the severity of the file. */
  private static @Nullable Severity severity(Fields fields, Behaviour behaviour) {
    Severity own = Severities.ofTen(fields, "Severity");
    return own == null ? behaviour.severity().orElse(null) : own;
  }

  /**
   * A blocking policy also reports the calls that it let pass, with another result. Of an allowing
   * policy, some versions report what it refused under its own action.
   */
  private static boolean isBlocked(Fields fields) {
    String result = fields.word("Result").toLowerCase(Locale.ROOT);
    return switch (fields.word("Action").toLowerCase(Locale.ROOT)) {
      case "block" -> !result.equals("passed");
      case "allow" -> result.equals("permission denied");
      default -> false;
    };
  }

  /**
   * The process that acted. An event about a process is about the one that started; the source is
   * its parent, if the start was blocked.
   */
  private static ObservedProcess process(Fields fields, KubeArmorOperation deed) {
    String source = fields.text("Source");
    String line = deed.startsProcess() ? deed.resource() : source;
    String executable = or(fields.text("ProcessName"), Programs.first(line));
    String name = Programs.name(executable);
    return new ObservedProcess(
        executable,
        name,
        line,
        Programs.name(fields.text("ParentProcessName")),
        or(fields.text("UserName"), fields.id("UID")));
  }

  private static Target.Builder target(Fields fields) {
    Fields owner = fields.object("Owner");
    String kind = owner.text("Ref");
    String name = owner.text("Name");
    boolean owned = kind != null && name != null && !kind.equals("Pod");
    return Target.builder()
        .node(fields.text("HostName"))
        .namespace(fields.text("NamespaceName"))
        .pod(fields.text("PodName"))
        .workload(owned ? kind + "/" + name : null)
        .containerId(fields.text("ContainerID"))
        .containerName(fields.text("ContainerName"))
        .image(fields.text("ContainerImage"))
        .labels(Labels.read(fields.node().get("Labels"), "Labels", fields.notes()));
  }

  /** The time with fractions; older versions may have only the whole seconds. */
  private static @Nullable Instant observedAt(Fields fields) {
    Instant exact = fields.time("UpdatedTime");
    return exact == null ? fields.epoch("Timestamp", 1) : exact;
  }
}
