package io.cattleguard.sources.tetragon;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Programs;
import io.cattleguard.sources.parsing.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Tetragon's export. An event of a tracing policy's hook is an alert; other process events
 * are ignored.
 *
 * @see <a href="https://tetragon.io/docs/reference/grpc-api/">Tetragon's events</a>
 */
public final class TetragonParser implements AlertParser {
  private static final String PREFIX = "process_";
  private static final int LONGEST_COUNT = 18;

  @Override
  public String source() {
    return "tetragon";
  }

  /**
   * Recognises a {@code process_…} object with its process, or one of the kinds without a process.
   */
  @Override
  public boolean recognises(JsonNode event) {
    for (Map.Entry<String, JsonNode> field : event.properties()) {
      if (isBody(field.getKey(), field.getValue())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isBody(String key, JsonNode value) {
    return value.isObject()
        && (isHook(key)
            || key.equals("process_throttle")
            || key.equals("rate_limit_info")
            || (key.startsWith(PREFIX) && value.has("process")));
  }

  /** Whether the event comes from a policy's hook; older versions omit the policy's name. */
  private static boolean isHook(String kind) {
    return switch (kind) {
      case "process_kprobe",
          "process_tracepoint",
          "process_lsm",
          "process_uprobe",
          "process_usdt",
          "process_loader" ->
          true;
      default -> false;
    };
  }

  /** The event's body. If there are several, which Tetragon never writes, a hook is an alert. */
  private static Map.@Nullable Entry<String, JsonNode> body(JsonNode event) {
    Map.Entry<String, JsonNode> body = null;
    for (Map.Entry<String, JsonNode> field : event.properties()) {
      if (isBody(field.getKey(), field.getValue()) && (body == null || isHook(field.getKey()))) {
        body = field;
      }
    }
    return body;
  }

  @Override
  public List<Activity> activities(JsonNode event, Origin origin) {
    Map.Entry<String, JsonNode> body = body(event);
    return body == null || !body.getKey().startsWith(PREFIX) || !body.getValue().has("process")
        ? List.of()
        : TetragonActivity.of(
            event,
            body.getKey(),
            body.getValue(),
            count(event.get("aggregation_info"), new ArrayList<>(0)),
            origin);
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    Map.Entry<String, JsonNode> found = body(event);
    if (found == null) {
      return new Reading.Unreadable("no Tetragon event in the object");
    }
    String kind = found.getKey();
    JsonNode body = found.getValue();
    JsonNode policyName = body.path("policy_name");
    boolean named = !policyName.isMissingNode() && !FieldValue.isNothing(policyName);
    if (kind.equals("process_throttle") || kind.equals("rate_limit_info")) {
      return blind(kind, event, raw, origin);
    }
    if (!named && !isHook(kind)) {
      return new Reading.Ignored(whyNoAlert(kind));
    }
    if (TetragonCall.isRecording(kind, body)) {
      return new Reading.Ignored(
          "Tetragon's " + TetragonCall.RECORDING_POLICY + ": a system call, recorded for models");
    }
    String policy = text(body.get("policy_name"), "policy_name", notes);
    TetragonProcess process = TetragonProcess.of(body.get("process"), "process", notes);
    TetragonProcess parent = TetragonProcess.of(body.get("parent"), "parent", notes);
    if (body.path("process").isNull() || !body.has("process")) {
      notes.add("process: missing");
    }
    String function = text(body.get("function_name"), "function_name", notes);
    TetragonArguments arguments = new TetragonArguments(function, notes);
    arguments.readAll(body.get("args"), "args");
    arguments.readAll(body.get("data"), "data");
    arguments.read(body.get("return"), "return");
    boolean loader = kind.equals("process_loader");
    String node = text(event.get("node_name"), "node_name", notes);
    JsonNode tags = body.get("tags");
    String file = loader ? text(body.get("path"), "path", notes) : arguments.file();
    String executed = arguments.executed();
    ObservedProcess observed =
        executed == null || isReplaced(kind, function)
            ? process.observed(parent.name())
            : process.starting(executed);
    String hook = or(function, hook(kind, body, notes));
    TetragonBehaviour hooked =
        TetragonBehaviour.of(
            hook,
            file,
            TetragonBehaviour.access(function, arguments.number()),
            or(observed.executable(), observed.name()));
    Behaviour behaviour = AttackTags.of(tags, notes).behaviour().and(hooked.behaviour());
    String action = text(body.get("action"), "action", notes);
    String returnAction = text(body.get("return_action"), "return_action", notes);
    List<Trait> traits = Behaviour.joined(process.traits(), hooked.traits());
    if (Programs.isInMemory(executed)) {
      traits = Behaviour.joined(traits, List.of(Trait.MEMFD));
    }
    if (TetragonSeverity.isEnforced(action) || TetragonSeverity.isEnforced(returnAction)) {
      traits = Behaviour.joined(traits, List.of(Trait.BLOCKED));
    }
    String message = text(body.get("message"), "message", notes);
    return new Reading.Read(
        new Alert(
            EventId.of(source(), origin.cluster(), raw),
            AlertClass.RUNTIME,
            source(),
            or(policy, hook),
            TetragonSeverity.of(kind, tags, action, returnAction, hooked.severity(), notes),
            behaviour.tactics(),
            behaviour.techniques(),
            traits,
            process.target(origin.cluster(), node),
            observed,
            arguments.network(),
            file,
            EventTime.of(event.get("time"), null, null, notes),
            count(event.get("aggregation_info"), notes),
            notes,
            raw,
            loader ? message : message == null ? hook : hook + ": " + message));
  }

  /** An alert that Tetragon dropped events, so that it may have missed attacks. */
  private Reading blind(String kind, JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    JsonNode body = event.path(kind);
    if (body.path("type").asText("").equals("THROTTLE_STOP")) {
      return new Reading.Ignored("Tetragon's process_throttle: the throttling ended");
    }
    return new Reading.Read(
        new Alert(
            EventId.of(source(), origin.cluster(), raw),
            AlertClass.HEALTH,
            source(),
            "Tetragon internal: " + kind,
            Severity.MEDIUM,
            List.of(),
            List.of(),
            List.of(),
            Target.builder()
                .cluster(origin.cluster())
                .node(text(event.get("node_name"), "node_name", notes))
                .build(),
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            EventTime.of(event.get("time"), null, null, notes),
            1,
            notes,
            raw,
            "Tetragon dropped events"));
  }

  /**
   * Whether a hook on the start of a program runs when the program has replaced the one that starts
   * it. The other hooks on that run before, in the process of the starter.
   */
  private static boolean isReplaced(String kind, @Nullable String function) {
    return kind.equals("process_tracepoint")
        || (function != null && function.contains("bprm_committed"));
  }

  private static String whyNoAlert(String kind) {
    return "Tetragon's "
        + HostileText.visible(kind, 40)
        + ": a process event without a tracing policy";
  }

  /** The hook's name, if neither a policy nor a function has one. */
  private static String hook(String kind, JsonNode body, List<String> notes) {
    String name =
        switch (kind) {
          case "process_tracepoint" ->
              joined(
                  text(body.get("subsys"), "subsys", notes),
                  text(body.get("event"), "event", notes));
          case "process_uprobe" ->
              or(text(body.get("symbol"), "symbol", notes), text(body.get("path"), "path", notes));
          case "process_usdt" ->
              joined(
                  text(body.get("provider"), "provider", notes),
                  text(body.get("name"), "name", notes));
          default -> null;
        };
    return name == null ? kind : name;
  }

  private static @Nullable String joined(@Nullable String outer, @Nullable String inner) {
    return outer == null || inner == null ? or(outer, inner) : outer + "/" + inner;
  }

  /** The count of an aggregated event; protobuf's JSON writes 64-bit numbers as strings. */
  private static long count(@Nullable JsonNode aggregation, List<String> notes) {
    if (aggregation == null || aggregation.isNull()) {
      return 1;
    }
    if (!aggregation.isObject()) {
      notes.add("aggregation_info: expected an object, found " + FieldValue.kind(aggregation));
    }
    JsonNode count = aggregation.path("count");
    String digits = count.isTextual() ? count.textValue() : count.toString();
    boolean number =
        (count.isTextual() || count.isIntegralNumber())
            && !digits.isEmpty()
            && digits.length() <= LONGEST_COUNT
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (number && !digits.equals("0")) {
      return Math.max(1, Long.parseLong(digits));
    }
    if (!count.isMissingNode() && !digits.equals("0")) {
      notes.add("aggregation_info.count: expected a count, found " + FieldValue.kind(count));
    }
    return 1;
  }
}
