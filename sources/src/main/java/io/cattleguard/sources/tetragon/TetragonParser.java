package io.cattleguard.sources.tetragon;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Origin;
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

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    String kind = "";
    JsonNode body = null;
    for (Map.Entry<String, JsonNode> field : event.properties()) {
      // If there are several, which Tetragon never writes, prefer the hook, because it is an alert.
      if (isBody(field.getKey(), field.getValue()) && (body == null || isHook(field.getKey()))) {
        kind = field.getKey();
        body = field.getValue();
      }
    }
    if (body == null) {
      return new Reading.Unreadable("no Tetragon event in the object");
    }
    JsonNode policyName = body.path("policy_name");
    boolean named = !policyName.isMissingNode() && !FieldValue.isNothing(policyName);
    if (!named && !isHook(kind)) {
      return new Reading.Ignored(whyNoAlert(kind));
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
    AttackTags attack = AttackTags.of(tags, notes);
    return new Reading.Read(
        new Alert(
            EventId.of(source(), origin.cluster(), raw),
            AlertClass.RUNTIME,
            source(),
            or(or(policy, function), hook(kind, body, notes)),
            TetragonSeverity.of(
                kind,
                tags,
                text(body.get("action"), "action", notes),
                text(body.get("return_action"), "return_action", notes),
                notes),
            attack.tactics(),
            attack.techniques(),
            process.traits(),
            process.target(origin.cluster(), node),
            process.observed(parent.name()),
            arguments.network(),
            loader ? text(body.get("path"), "path", notes) : arguments.file(),
            EventTime.of(event.get("time"), null, null, notes),
            count(event.get("aggregation_info"), notes),
            notes,
            raw));
  }

  private static String whyNoAlert(String kind) {
    return switch (kind) {
      case "process_throttle", "rate_limit_info" ->
          "Tetragon's " + kind + ": it reports dropped events, not an alert";
      default ->
          "Tetragon's "
              + HostileText.visible(kind, 40)
              + ": a process event without a tracing policy";
    };
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
