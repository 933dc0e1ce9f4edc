package io.cattleguard.app.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.fields.FieldTypes.Range;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.events.text.FieldValues;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;

/**
 * Finds the values of a pattern that can never match, or whose exclusion excludes nothing: of the
 * wrong type, out of range, not in a closed list, or not of the field's form.
 */
final class PatternCheck {
  private static final int LONGEST = 60;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Map<String, FieldKind> kinds;
  private final Set<String> always;
  private final Findings found;

  /**
   * Takes what is known of the fields, as dotted paths; nothing is said of others.
   *
   * @param always the fields that every event has
   */
  PatternCheck(Map<String, FieldKind> kinds, Set<String> always, Findings found) {
    this.kinds = Map.copyOf(kinds);
    this.always = Set.copyOf(always);
    this.found = found;
  }

  /** The same, if each field can be absent. */
  PatternCheck(Map<String, FieldKind> kinds, Findings found) {
    this(kinds, Set.of(), found);
  }

  void check(PolicyNode pattern) {
    check("", pattern);
  }

  private void check(String path, PolicyNode mapping) {
    if (!mapping.isMapping()) {
      return;
    }
    PolicyNode.Mapping entries = mapping.anyMapping();
    for (String key : entries.keys()) {
      PolicyNode value = entries.required(key);
      if (key.equals("$or") && value.isList()) {
        value.items().forEach(one -> check(path, one));
      } else if (value.isMapping()) {
        check(path + key + ".", value);
      } else if (value.isList()) {
        Optional.ofNullable(kinds.get(path + key))
            .ifPresent(kind -> value.items().forEach(one -> matcher(kind, one)));
        if (always.contains(path + key)) {
          value.items().forEach(this::absent);
        }
      }
    }
  }

  /** No event lacks a field that all have. */
  private void absent(PolicyNode matcher) {
    JsonNode exists = matcher.toJson().path("exists");
    if (exists.isBoolean() && !exists.asBoolean()) {
      found.error(matcher, "every event has this field, so {exists: false} never matches");
    }
  }

  private void matcher(FieldKind kind, PolicyNode matcher) {
    if (matcher.isList()) {
      matcher.items().forEach(one -> matcher(kind, one));
    } else if (!matcher.isMapping()) {
      literal(kind, matcher);
    } else {
      PolicyNode.Mapping entries = matcher.anyMapping();
      entries.keys().forEach(key -> comparison(kind, key, entries.required(key), matcher));
    }
  }

  private void comparison(FieldKind kind, String key, PolicyNode value, PolicyNode matcher) {
    switch (key) {
      case "exists" -> {}
      case "anything-but" -> excluded(kind, value, matcher);
      case "numeric" -> {
        if (kind.type() != FieldKind.Type.NUMBER) {
          wrongType(kind, matcher, "numeric compares numbers");
        } else if (kind.range().filter(range -> !matchesOne(matcher, range)).isPresent()) {
          outOfRange(kind, matcher);
        }
      }
      default -> {
        if (kind.type() != FieldKind.Type.TEXT) {
          wrongType(kind, matcher, key + " compares texts");
        } else {
          texts(kind, key, value);
        }
      }
    }
  }

  /** What is excluded must be possible, and something must be left. */
  private void excluded(FieldKind kind, PolicyNode value, PolicyNode matcher) {
    matcher(kind, value);
    ObjectNode pattern = JSON.objectNode();
    pattern.putArray("v").add(matcher.toJson());
    kind.values()
        .filter(values -> values.shape().isEmpty())
        .filter(
            values ->
                values.known().stream().noneMatch(known -> matches(pattern, JSON.textNode(known))))
        .ifPresent(
            values ->
                say(
                    kind,
                    matcher,
                    "no event matches: every value is excluded (" + values.inWords() + ")"));
  }

  /** A comparison of texts. Of a form, only beginnings, ends and whole texts are compared. */
  private void texts(FieldKind kind, String key, PolicyNode value) {
    if (value.isList()) {
      value.items().forEach(one -> texts(kind, key, one));
      return;
    }
    FieldValues values = kind.values().orElse(null);
    if (key.equals("cidr")) {
      hostBits(value);
    } else if (values != null && values.shape().isEmpty()) {
      ObjectNode pattern = pattern(key, value);
      if (values.known().stream().noneMatch(known -> matches(pattern, JSON.textNode(known)))) {
        unknown(kind, values, value, key);
      }
    } else if (values != null && value.isText()) {
      String text = value.text();
      boolean possible =
          switch (key) {
            case "prefix" -> values.isPossibleBeginning(text);
            case "suffix" -> values.isPossibleEnd(text);
            case "wildcard" -> wildcard(values, text);
            case "equals-ignore-case" ->
                values.isPossible(text)
                    || values.isPossible(text.toLowerCase(Locale.ROOT))
                    || values.isPossible(text.toUpperCase(Locale.ROOT));
            default -> true;
          };
      if (!possible) {
        unknown(kind, values, value, key);
      }
    }
  }

  /** A backslash escapes, so nothing is said of what follows it. */
  private static boolean wildcard(FieldValues values, String text) {
    if (text.indexOf('\\') >= 0) {
      return true;
    }
    int first = text.indexOf('*');
    return first < 0
        ? values.isPossible(text)
        : values.isPossibleBeginning(text.substring(0, first))
            && values.isPossibleEnd(text.substring(text.lastIndexOf('*') + 1));
  }

  private void hostBits(PolicyNode value) {
    if (value.isText()) {
      HostBits.in(value.text()).ifPresent(message -> found.warn(value, message));
    }
  }

  private void literal(FieldKind kind, PolicyNode value) {
    JsonNode json = value.toJson();
    if (json.isNull()) {
      found.error(
          value, "an absent field is left out, so null never matches; write {exists: false}");
    } else if (json.isTextual()) {
      if (kind.type() != FieldKind.Type.TEXT) {
        wrongType(kind, value, "'" + shown(value) + "' is a text; write it without quotes");
      } else {
        kind.values()
            .filter(values -> !values.isPossible(value.text()))
            .ifPresent(values -> unknown(kind, values, value, ""));
      }
    } else if (json.isBoolean() != (kind.type() == FieldKind.Type.FLAG)
        || json.isNumber() != (kind.type() == FieldKind.Type.NUMBER)) {
      wrongType(
          kind,
          value,
          kind.type() == FieldKind.Type.TEXT
              ? "write \"" + shown(value) + "\" in quotes"
              : "'" + shown(value) + "' never matches");
    } else if (json.isNumber()
        && kind.range()
            .filter(range -> json.asDouble() < range.least() || json.asDouble() > range.most())
            .isPresent()) {
      outOfRange(kind, value);
    }
  }

  private void wrongType(FieldKind kind, PolicyNode at, String what) {
    found.error(at, kind.words().noun() + " of an event is " + kind.type().inWords() + "; " + what);
  }

  private void outOfRange(FieldKind kind, PolicyNode at) {
    kind.range()
        .ifPresent(
            range ->
                say(
                    kind,
                    at,
                    "no event matches: "
                        + kind.words().noun()
                        + " is "
                        + (range.most() > Integer.MAX_VALUE
                            ? "at least " + range.least()
                            : "from " + range.least() + " to " + range.most())));
  }

  private void unknown(FieldKind kind, FieldValues values, PolicyNode at, String comparison) {
    String text = at.isText() ? at.text() : at.toJson().toString();
    String shown = HostileText.visible(text, LONGEST);
    String hint =
        values.shape().isPresent()
            ? values.idOf(text).map(id -> "; did you mean '" + id + "'?").orElse("")
            : ClosestWord.hint(text, new TreeSet<>(values.known()));
    say(
        kind,
        at,
        kind.words().missing()
            + (comparison.isEmpty() ? " '" + shown + "'" : " {" + comparison + ": " + shown + "}")
            + hint
            + " ("
            + values.inWords()
            + kind.words().others()
            + ")");
  }

  private void say(FieldKind kind, PolicyNode at, String message) {
    if (kind.isCertain()) {
      found.error(at, message);
    } else {
      found.warn(at, message);
    }
  }

  private static String shown(PolicyNode value) {
    return HostileText.visible(value.text(), LONGEST);
  }

  /** Whether any number in the range matches; between two numbers of a pattern, all are alike. */
  private static boolean matchesOne(PolicyNode matcher, Range range) {
    ObjectNode pattern = JSON.objectNode();
    pattern.putArray("v").add(matcher.toJson());
    LongStream.Builder tried = LongStream.builder().add(range.least()).add(range.most());
    for (JsonNode one : matcher.toJson().path("numeric")) {
      if (one.isNumber()) {
        LongStream.rangeClosed(-1, 1).map(step -> one.asLong() + step).forEach(tried::add);
      }
    }
    return tried
        .build()
        .filter(number -> number >= range.least() && number <= range.most())
        .anyMatch(number -> matches(pattern, JSON.numberNode(number)));
  }

  private static ObjectNode pattern(String key, PolicyNode value) {
    ObjectNode pattern = JSON.objectNode();
    pattern.putArray("v").addObject().set(key, value.toJson());
    return pattern;
  }

  private static boolean matches(ObjectNode pattern, JsonNode value) {
    return EventPattern.compile(pattern).matches(JSON.objectNode().set("v", value));
  }
}
