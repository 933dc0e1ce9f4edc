package io.cattleguard.edge.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.events.text.FieldValues;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A node of a policy file with its position, read strictly: an unknown key, a duplicate key or a
 * value of the wrong type is a {@link PolicyException} with file and line.
 */
public final class PolicyNode {
  private static final int LONGEST_LINK = 500;

  private final String file;
  private final int line;
  private final Node node;

  private PolicyNode(String file, Node node) {
    this.file = file;
    this.node = node;
    this.line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  /**
   * Reads a file's text; empty if the file has only comments.
   *
   * @throws PolicyException if the text is not YAML or has more than one document
   */
  public static Optional<PolicyNode> read(String file, String yaml) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(false).build();
    if (yaml.length() > settings.getCodePointLimit()) {
      // The parser would read for seconds until it finds the same.
      throw failure(
          file, 1, "not valid YAML: longer than " + settings.getCodePointLimit() + " characters");
    }
    try {
      return new Compose(settings).composeString(yaml).map(node -> new PolicyNode(file, node));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw failure(file, line, "not valid YAML: " + e.getProblem());
    } catch (ReaderException e) {
      int line = 1 + (int) yaml.codePoints().limit(e.getPosition()).filter(c -> c == '\n').count();
      throw failure(
          file,
          line,
          "not valid YAML: the character U+%04X is not allowed".formatted(e.getCodePoint()));
    } catch (YamlEngineException e) {
      throw failure(
          file,
          1,
          "not valid YAML: " + HostileText.visible(String.valueOf(e.getMessage()), LONGEST_LINK));
    } catch (StackOverflowError e) {
      // The parser calls itself for each level.
      throw failure(file, 1, "not valid YAML: nested too deeply");
    }
  }

  /** The position: {@code routes.yaml:12}. */
  public String at() {
    return file + ":" + line;
  }

  /** The first line, from 1. */
  public int line() {
    return line;
  }

  /** An exception with this position. */
  public PolicyException wrong(String message) {
    return failure(file, line, message);
  }

  private static PolicyException failure(String file, int line, String message) {
    return new PolicyException(List.of(new PolicyError(file, line, message)));
  }

  /** The text of a scalar that is not null. */
  public String text() {
    if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
      return scalar.getValue();
    }
    throw wrong("expected a string, found " + kind());
  }

  /** Whether it is a scalar that is not null. */
  public boolean isText() {
    return node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL);
  }

  /** A whole number within the bounds, inclusive. */
  public int wholeNumber(int least, int most) {
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)) {
      try {
        int value = Integer.parseInt(scalar.getValue());
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw wrong("expected a whole number, found '" + scalar.getValue() + "'");
      }
    }
    throw wrong("expected a whole number from " + least + " to " + most + ", found " + kind());
  }

  /** A boolean, {@code true} or {@code false}. */
  public boolean flag() {
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
      return Boolean.parseBoolean(scalar.getValue());
    }
    throw wrong("expected true or false, found " + kind());
  }

  /** A duration such as {@code 500ms}, {@code 3s}, {@code 10m}, {@code 4h} or {@code 7d}. */
  public Duration duration() {
    return Durations.parse(text())
        .orElseThrow(() -> wrong("expected " + Durations.EXPECTED + ", found '" + text() + "'"));
  }

  /** A link that people open in a browser. */
  public URI httpsLink() {
    String text = text();
    try {
      URI uri = new URI(text);
      if ("https".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && text.length() <= LONGEST_LINK) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw wrong("expected an https:// address, found '" + text + "': " + e.getReason());
    }
    throw wrong(
        "expected an https:// address of at most "
            + LONGEST_LINK
            + " characters and without a user, found '"
            + text
            + "'");
  }

  /** The items of a list. */
  public List<PolicyNode> items() {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().stream().map(item -> new PolicyNode(file, item)).toList();
    }
    throw wrong("expected a list, found " + kind());
  }

  /** A constant of {@code type}, by its lower-case name with hyphens. */
  public <E extends Enum<E>> E oneOf(Class<E> type) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    List<String> names = constants.stream().map(constant -> hyphenated(constant)).toList();
    return constants.get(names.indexOf(oneOf(names)));
  }

  /** One of the known words. */
  public String oneOf(List<String> known) {
    String text = text();
    if (!known.contains(text)) {
      throw wrong("'" + text + "' is not one of " + String.join(", ", known));
    }
    return text;
  }

  private static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** A mapping with only the known keys; every other key is an error with its line. */
  public Mapping mapping(String... known) {
    Mapping mapping = anyMapping();
    List<PolicyError> errors = new ArrayList<>();
    mapping.keyLines.forEach(
        (key, keyLine) -> {
          if (!List.of(known).contains(key)) {
            errors.add(new PolicyError(file, keyLine, unknownKey(key, known)));
          }
        });
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    return mapping;
  }

  /** A mapping with any keys. */
  public Mapping anyMapping() {
    if (!(node instanceof MappingNode mappingNode)) {
      throw wrong("expected a mapping (key: value), found " + kind());
    }
    Map<String, PolicyNode> values = new LinkedHashMap<>();
    Map<String, Integer> keyLines = new LinkedHashMap<>();
    for (NodeTuple tuple : mappingNode.getValue()) {
      PolicyNode key = new PolicyNode(file, tuple.getKeyNode());
      if (values.put(key.text(), new PolicyNode(file, tuple.getValueNode())) != null) {
        throw key.wrong("key '" + key.text() + "' is defined twice");
      }
      keyLines.put(key.text(), key.line);
    }
    return new Mapping(this, values, keyLines);
  }

  static String unknownKey(String key, String... known) {
    return "unknown key '"
        + key
        + "'"
        + ClosestWord.hint(key, List.of(known))
        + " (known: "
        + String.join(", ", known)
        + ")";
  }

  /** An error with this position. */
  public PolicyError error(String message) {
    return new PolicyError(file, line, message);
  }

  /** An error at the line of a key of this mapping. */
  PolicyError errorAt(String key, String message) {
    return new PolicyError(file, anyMapping().keyLines.getOrDefault(key, line), message);
  }

  /** Whether it is a mapping. */
  public boolean isMapping() {
    return node instanceof MappingNode;
  }

  /** Whether it is a list. */
  public boolean isList() {
    return node instanceof SequenceNode;
  }

  /** The node as JSON, the syntax of event patterns. */
  public JsonNode toJson() {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (node) {
      case MappingNode ignored -> {
        ObjectNode object = json.objectNode();
        anyMapping().values.forEach((key, value) -> object.set(key, value.toJson()));
        yield object;
      }
      case SequenceNode ignored -> {
        ArrayNode array = json.arrayNode();
        items().forEach(item -> array.add(item.toJson()));
        yield array;
      }
      case ScalarNode scalar -> scalarToJson(scalar);
      default -> throw wrong("expected plain YAML, found " + kind());
    };
  }

  private JsonNode scalarToJson(ScalarNode scalar) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    Tag tag = scalar.getTag();
    if (tag.equals(Tag.NULL)) {
      return json.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return json.booleanNode(flag());
    }
    try {
      if (tag.equals(Tag.INT)) {
        return json.numberNode(new java.math.BigInteger(scalar.getValue()));
      }
      if (tag.equals(Tag.FLOAT)) {
        return json.numberNode(new java.math.BigDecimal(scalar.getValue()));
      }
    } catch (NumberFormatException e) {
      throw wrong(
          "'" + scalar.getValue() + "' is not a plain number; quote it to make it a string");
    }
    return json.textNode(scalar.getValue());
  }

  /** The node as an event pattern. */
  public EventPattern pattern() {
    try {
      return EventPattern.compile(toJson());
    } catch (IllegalArgumentException e) {
      throw wrong(
          "not a valid event pattern: "
              + firstLine(String.valueOf(e.getMessage()))
              + PatternFields.operatorHint(toJson()));
    }
  }

  /**
   * The node as a pattern on events with these fields, as dotted paths. Any other field is an
   * error, because it would never match.
   */
  public EventPattern pattern(Set<String> fields) {
    return pattern(fields, Map.of());
  }

  /**
   * The node as a pattern on events with these fields, some of which can have certain values only.
   * Any other value is an error, because it would never match.
   */
  public EventPattern pattern(Set<String> fields, Map<String, FieldValues> values) {
    new PatternFields(fields, values).check(this);
    return pattern();
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private String kind() {
    return switch (node) {
      case MappingNode ignored -> "a mapping";
      case SequenceNode ignored -> "a list";
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "nothing";
      case ScalarNode scalar -> "'" + scalar.getValue() + "'";
      default -> "something else";
    };
  }

  /** The keys and values of a mapping, in the order of the file. */
  public static final class Mapping {
    private final PolicyNode self;
    private final Map<String, PolicyNode> values;
    private final Map<String, Integer> keyLines;

    private Mapping(
        PolicyNode self, Map<String, PolicyNode> values, Map<String, Integer> keyLines) {
      this.self = self;
      this.values = values;
      this.keyLines = keyLines;
    }

    /** The value of a required key. */
    public PolicyNode required(String key) {
      PolicyNode value = values.get(key);
      if (value == null) {
        throw self.wrong("key '" + key + "' is missing");
      }
      return value;
    }

    /** The value of an optional key. */
    public Optional<PolicyNode> optional(String key) {
      return Optional.ofNullable(values.get(key));
    }

    /** Every key with its value. */
    public Map<String, PolicyNode> entries() {
      return Map.copyOf(values);
    }

    /** The keys in the order of the file. */
    public List<String> keys() {
      return List.copyOf(values.keySet());
    }
  }
}
