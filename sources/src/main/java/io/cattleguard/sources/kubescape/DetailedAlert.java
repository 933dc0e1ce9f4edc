package io.cattleguard.sources.kubescape;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Programs;
import io.cattleguard.sources.parsing.Severities;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An alert as the agent posts it to an HTTP endpoint, or logs it.
 *
 * @param alert what is about the alert as a whole
 * @param base what all kinds of alerts have
 * @param place where it happened
 * @param processes the tree of processes
 */
record DetailedAlert(Fields alert, Fields base, Fields place, Fields processes)
    implements KubescapeAlert {
  private static final int DEEPEST = 64;

  @Override
  public String identity() {
    String id = base.word("uniqueID");
    return id.isEmpty()
        ? ""
        : id + "/" + base.word("timestamp") + "/" + base.word("alertName") + place.word("podUID");
  }

  @Override
  public @Nullable String rule() {
    return or(base.text("alertName"), ruleId());
  }

  @Override
  public @Nullable String ruleId() {
    return or(alert.text("ruleID"), alert.text("RuleID"));
  }

  @Override
  public @Nullable Severity severity() {
    return Severities.ofTenOrNamed(base, "severity");
  }

  @Override
  public @Nullable String title() {
    String message = alert.text("message");
    return or(or(alert.text("ruleDescription"), alert.text("malwareDescription")), message);
  }

  /** The agent knows whether a program is in the image or was added by the container. */
  @Override
  public List<Trait> traits() {
    return process(infected()).isTrue("upperLayer") ? List.of(Trait.DROPPED_EXECUTABLE) : List.of();
  }

  @Override
  public Target.Builder target() {
    String kind = place.text("workloadKind");
    String name = place.text("workloadName");
    String namespace = or(place.text("podNamespace"), place.text("namespace"));
    Fields user = alert.object("userInfo");
    return Target.builder()
        .node(place.text("nodeName"))
        .namespace(namespace)
        .pod(place.text("podName"))
        .podUid(place.text("podUID"))
        .workload(kind == null || name == null ? null : kind + "/" + name)
        .containerId(place.text("containerID"))
        .containerName(place.text("containerName"))
        .image(place.text("image"))
        .principal(or(user.text("Name"), or(user.text("name"), user.text("username"))));
  }

  private @Nullable Long infected() {
    return base.number("infectedPID");
  }

  @Override
  public ObservedProcess process() {
    Fields process = process(infected());
    Fields named = base.object("identifiers").object("process");
    String line = or(process.text("cmdline"), named.text("commandLine"));
    String path = process.text("path");
    return new ObservedProcess(
        path,
        or(process.text("comm"), or(named.text("name"), Programs.name(path))),
        line,
        process.text("pcomm"),
        or(process.text("userName"), LabelledAlert.user(process)));
  }

  /** The process with that number in the tree, else the tree's first. */
  private Fields process(@Nullable Long number) {
    Fields tree = processes.object("processTree");
    JsonNode found = number == null ? tree.node() : find(tree.node(), number, DEEPEST);
    return tree.with(found.isMissingNode() ? tree.node() : found);
  }

  private static JsonNode find(JsonNode process, long number, int depth) {
    Long own = FieldValue.number(process.path("pid"));
    if (depth == 0 || (own != null && own == number)) {
      return depth == 0 ? MissingNode.getInstance() : process;
    }
    for (String children : List.of("childrenMap", "children")) {
      for (JsonNode child : process.path(children)) {
        JsonNode found = find(child, number, depth - 1);
        if (!found.isMissingNode()) {
          return found;
        }
      }
    }
    return MissingNode.getInstance();
  }

  @Override
  public ObservedConnection network() {
    Fields identifiers = base.object("identifiers");
    Fields network = identifiers.object("network");
    String peer = network.text("dstIP");
    boolean known = peer != null && Addresses.isAddress(peer);
    return new ObservedConnection(
        known ? peer : null,
        known ? network.port("dstPort") : null,
        null,
        lower(network.text("protocol")),
        known ? "outbound" : null,
        or(identifiers.object("dns").text("domain"), alert.text("domain")));
  }

  private static @Nullable String lower(@Nullable String text) {
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }

  @Override
  public @Nullable String file() {
    Fields file = base.object("identifiers").object("file");
    String directory = file.text("directory");
    String name = file.text("name");
    if (name == null || directory == null || name.startsWith("/")) {
      return or(name, base.object("arguments").text("path"));
    }
    return directory.endsWith("/") ? directory + name : directory + "/" + name;
  }

  @Override
  public @Nullable Instant observedAt() {
    return base.time("timestamp");
  }
}
