package io.cattleguard.app.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.AttackTags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The condition of a rule of Falco Talon as a pattern.
 *
 * <p>Talon's lists of tags and of output fields are alternatives; within one item, commas join what
 * must all hold. An alternative of which a part has no equivalent is left out, so that the playbook
 * never acts where the rule did not.
 */
final class TalonMatch {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Falco's priorities, the least severe first, and their severity. */
  private static final List<Map.Entry<String, Severity>> PRIORITIES =
      List.of(
          Map.entry("debug", Severity.INFORMATIONAL),
          Map.entry("informational", Severity.INFORMATIONAL),
          Map.entry("notice", Severity.LOW),
          Map.entry("warning", Severity.MEDIUM),
          Map.entry("error", Severity.HIGH),
          Map.entry("critical", Severity.CRITICAL),
          Map.entry("alert", Severity.FATAL),
          Map.entry("emergency", Severity.FATAL));

  private static final Pattern PRIORITY = Pattern.compile("(<=|>=|<|>|=)?\\s*([A-Za-z]+)");
  private static final Pattern CONDITION = Pattern.compile("([^!=\\s]+)\\s*(!=|=)\\s*(.*)");

  /** The alert's field that holds an output field of Falco. */
  private static final Map<String, List<String>> FIELDS =
      Map.ofEntries(
          Map.entry("k8s.ns.name", List.of("target", "namespace")),
          Map.entry("k8s.pod.name", List.of("target", "pod")),
          Map.entry("k8s.pod.uid", List.of("target", "podUid")),
          Map.entry("ka.target.namespace", List.of("target", "namespace")),
          Map.entry("container.id", List.of("target", "containerId")),
          Map.entry("container.name", List.of("target", "containerName")),
          Map.entry("proc.name", List.of("process", "name")),
          Map.entry("proc.exepath", List.of("process", "executable")),
          Map.entry("proc.pname", List.of("process", "parent")),
          Map.entry("user.name", List.of("process", "user")),
          Map.entry("fd.rip", List.of("network", "peer")),
          Map.entry("fd.rport", List.of("network", "port")));

  private final List<String> missing;
  private final List<String> impossible = new ArrayList<>();

  /** Adds to {@code missing} what has no equivalent. */
  TalonMatch(List<String> missing) {
    this.missing = missing;
  }

  /** The pattern of a rule's {@code match}. */
  ObjectNode pattern(Optional<PolicyNode> match) {
    ObjectNode pattern = JSON.objectNode();
    ObjectNode alert = pattern.putObject("alert");
    alert.putArray("source").add("falco");
    Map<String, PolicyNode> keys = match.map(TalonRules::keys).orElse(Map.of());
    alert.set("class", classes(Optional.ofNullable(keys.get("source"))));
    keys.forEach(
        (key, value) -> {
          switch (key) {
            case "rules" -> {
              // An empty condition of Talon matches everything.
              ArrayNode rules = texts(value);
              if (!rules.isEmpty()) {
                alert.set("rule", rules);
              }
            }
            case "priority" -> priority(value.text()).ifPresent(one -> alert.set("severity", one));
            case "output_fields" ->
                alternatives(key, value, this::fields)
                    .ifPresent(all -> put(alert, all, one -> one));
            case "tags" ->
                alternatives(key, value, this::tags)
                    .ifPresent(
                        all -> {
                          if (all.size() == 1) {
                            merge(alert, all.getFirst());
                          } else {
                            put(pattern, all, one -> JSON.objectNode().set("alert", one));
                          }
                        });
            case "source" -> {}
            default -> missing.add("match." + key + " has no equivalent");
          }
        });
    return pattern;
  }

  /** Lists of which no alternative has an equivalent: a pattern without them would match more. */
  List<String> impossible() {
    return impossible;
  }

  private static void put(
      ObjectNode into, List<ObjectNode> alternatives, Function<ObjectNode, JsonNode> wrapped) {
    if (alternatives.size() == 1) {
      merge(into, alternatives.getFirst());
      return;
    }
    ArrayNode or = into.putArray("$or");
    alternatives.forEach(one -> or.add(wrapped.apply(one)));
  }

  private static void merge(ObjectNode into, ObjectNode one) {
    one.properties().forEach(field -> into.set(field.getKey(), field.getValue()));
  }

  private ArrayNode classes(Optional<PolicyNode> source) {
    String name = source.map(PolicyNode::text).orElse("");
    return switch (name) {
      case "syscall", "syscalls" -> JSON.arrayNode().add("runtime");
      case "k8s_audit", "k8saudit" -> JSON.arrayNode().add("audit");
      case "" -> JSON.arrayNode().add("runtime").add("audit");
      default -> {
        missing.add("match.source " + name + ": the playbook matches every source of Falco");
        yield JSON.arrayNode().add("runtime").add("audit");
      }
    };
  }

  private static ArrayNode texts(PolicyNode list) {
    ArrayNode out = JSON.arrayNode();
    list.items().forEach(one -> out.add(one.text()));
    return out;
  }

  private Optional<ArrayNode> priority(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    Matcher matcher = PRIORITY.matcher(text.strip());
    int named = matcher.matches() ? place(matcher.group(2)) : -1;
    if (named < 0) {
      missing.add("match.priority " + text + " is not a priority of Falco");
      return Optional.empty();
    }
    String sign = Optional.ofNullable(matcher.group(1)).orElse("=");
    TreeSet<Severity> chosen = new TreeSet<>();
    TreeSet<Severity> others = new TreeSet<>();
    for (int i = 0; i < PRIORITIES.size(); i++) {
      boolean holds =
          switch (sign) {
            case "<" -> i < named;
            case "<=" -> i <= named;
            case ">" -> i > named;
            case ">=" -> i >= named;
            default -> i == named;
          };
      (holds ? chosen : others).add(PRIORITIES.get(i).getValue());
    }
    if (chosen.stream().anyMatch(others::contains)) {
      missing.add(
          "match.priority "
              + text
              + ": two priorities of Falco are one severity here, so the playbook matches both");
    }
    ArrayNode out = JSON.arrayNode();
    chosen.forEach(one -> out.add(one.jsonName()));
    return Optional.of(out);
  }

  private static int place(String name) {
    String wanted = name.toLowerCase(Locale.ROOT).replaceFirst("^info$", "informational");
    for (int i = 0; i < PRIORITIES.size(); i++) {
      if (PRIORITIES.get(i).getKey().equals(wanted)) {
        return i;
      }
    }
    return -1;
  }

  /** Reads the parts of an alternative into a pattern; adds to the list what has no equivalent. */
  private interface Alternative {
    ObjectNode read(List<String> parts, List<String> problems);
  }

  /** The alternatives of a list that have an equivalent; empty if there is none. */
  private Optional<List<ObjectNode>> alternatives(String key, PolicyNode list, Alternative reader) {
    List<ObjectNode> all = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (PolicyNode item : list.items()) {
      List<String> parts =
          Pattern.compile(",")
              .splitAsStream(item.text())
              .map(String::strip)
              .filter(one -> !one.isEmpty())
              .toList();
      List<String> problems = new ArrayList<>();
      ObjectNode read = reader.read(parts, problems);
      if (parts.isEmpty()) {
        problems.add("it is empty");
      }
      if (problems.isEmpty()) {
        all.add(read);
      } else {
        left.add("alternative \"" + item.text() + "\" (" + String.join("; ", problems) + ")");
      }
    }
    if (all.isEmpty() && !left.isEmpty()) {
      impossible.add("match." + key);
    }
    left.stream()
        .map(one -> all.isEmpty() ? one : one + "; the playbook matches less than the Talon rule")
        .forEach(missing::add);
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }

  /** Why a condition has no equivalent; it is named where it is one of several. */
  private static String because(List<String> parts, String condition, String why) {
    return parts.size() == 1 ? why : condition + ": " + why;
  }

  private ObjectNode fields(List<String> conditions, List<String> problems) {
    ObjectNode out = JSON.objectNode();
    for (String condition : conditions) {
      Matcher matcher = CONDITION.matcher(condition);
      String key = matcher.matches() ? matcher.group(1) : "";
      if (key.equals("container.image.repository")) {
        if (!matcher.group(2).equals("=")) {
          problems.add(because(conditions, condition, "an image can only be named, not excluded"));
        } else if (out.path("target").has("image")) {
          problems.add(because(conditions, condition, "contradicts another condition"));
        } else {
          image(out, matcher.group(3));
        }
        continue;
      }
      List<String> path = FIELDS.get(key);
      if (path == null) {
        problems.add(because(conditions, condition, "no such field"));
        continue;
      }
      ObjectNode part = out.withObject("/" + path.get(0));
      if (!add(part, path.get(1), matcher.group(2).equals("="), value(key, matcher.group(3)))) {
        problems.add(because(conditions, condition, "contradicts another condition"));
      }
    }
    return out;
  }

  /** An alert's image has its tag behind the repository. */
  private static void image(ObjectNode out, String repository) {
    ArrayNode any = JSON.arrayNode();
    any.add(repository);
    any.addObject().put("prefix", repository + ":");
    any.addObject().put("prefix", repository + "@");
    out.withObject("/target").set("image", any);
  }

  private static JsonNode value(String key, String text) {
    if (key.equals("fd.rport") && text.matches("[0-9]{1,5}")) {
      return JSON.numberNode(Integer.parseInt(text));
    }
    return JSON.textNode(text);
  }

  /** Adds a condition of a field; conditions with != of one field are joined. */
  private static boolean add(ObjectNode part, String name, boolean equal, JsonNode value) {
    JsonNode there = part.path(name);
    if (equal) {
      if (!there.isMissingNode()) {
        return false;
      }
      part.putArray(name).add(value);
      return true;
    }
    if (there.isMissingNode()) {
      part.putArray(name).addObject().putArray("anything-but").add(value);
      return true;
    }
    if (there.path(0).path("anything-but") instanceof ArrayNode excluded) {
      excluded.add(value);
      return true;
    }
    return false;
  }

  /** Of Falco's tags, alerts keep the tactics and techniques of MITRE ATT&amp;CK. */
  private ObjectNode tags(List<String> tags, List<String> problems) {
    ObjectNode out = JSON.objectNode();
    for (String tag : tags) {
      AttackTags found = AttackTags.of(JSON.arrayNode().add(tag), new ArrayList<>());
      boolean technique = put(out, "techniques", found.techniques());
      boolean tactic = put(out, "tactics", found.tactics());
      if (!technique && !tactic) {
        problems.add(
            because(
                tags,
                tag,
                "only MITRE ATT&CK tags have an equivalent, at most one technique and one tactic"));
      }
    }
    return out;
  }

  private static boolean put(ObjectNode out, String name, List<String> values) {
    if (values.isEmpty() || out.has(name)) {
      return false;
    }
    values.forEach(out.putArray(name)::add);
    return true;
  }
}
