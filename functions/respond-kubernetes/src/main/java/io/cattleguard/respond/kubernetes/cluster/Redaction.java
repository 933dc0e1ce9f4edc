package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes secrets from the objects of a cluster, before they are stored as evidence: every value of
 * an environment variable or HTTP header, what looks like a secret in a command line, and copies of
 * the whole object. It removes rather too much than too little. Repetitions are bounded, because a
 * client that may create pods writes these texts.
 */
public final class Redaction {
  /** What stands in the place of a secret. */
  public static final String REDACTED = "[redacted]";

  private static final String SECRET =
      "(?:passw|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
          + "|credential|auth)[\\w.-]{0,40}+";

  private static final String VALUE = "(?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^\\s\"']+)";

  /** An option whose value is the next argument. */
  private static final Pattern OPTION =
      Pattern.compile("--?(?:[\\w.-]{0,40}" + SECRET + "|u|user)", Pattern.CASE_INSENSITIVE);

  /** Each keeps its first group. */
  private static final List<Pattern> IN_TEXT =
      List.of(
          Pattern.compile("(\\b(?:bearer|basic)\\s+)[\\w.~+/=-]{6,}", Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "(" + SECRET + "[\"']?\\s{0,3}[=:]\\s{0,3})" + VALUE, Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "((?:^|\\s)--?[\\w.-]{0,40}" + SECRET + "\\s+)(?!-)" + VALUE,
              Pattern.CASE_INSENSITIVE),
          Pattern.compile("((?:^|\\s)(?:-u|--user)[\\s=]\\s{0,3}[^\\s:]{0,100}:)\\S+"),
          Pattern.compile("(://[^/\\s:@]{0,100}:)[^@\\s/]{1,500}(?=@)"),
          Pattern.compile("()\\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
          Pattern.compile("()\\beyJ[\\w-]{8,}\\.[\\w-]{8,}\\.?[\\w-]*"),
          Pattern.compile("()\\b(?:gh[pousr]_\\w{16,}|xox[abeoprs]-[\\w-]{8,})"),
          Pattern.compile(
              "()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z"
                  + " ]{0,40}-----|$)"));

  private static final Pattern LONG = Pattern.compile("[A-Za-z0-9+/_=-]{32,}");

  /** Lists of objects with a name and a value. */
  private static final Set<String> WITH_VALUES = Set.of("env", "httpHeaders");

  private static final Set<String> COMMANDS = Set.of("args", "command");
  private static final Set<String> TEXTS = Set.of("message", "note");

  private Redaction() {}

  /** Changes the tree. */
  public static void redact(JsonNode tree) {
    if (tree instanceof ObjectNode object) {
      object.remove("managedFields");
      for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
        redact(object, field.getKey(), field.getValue());
      }
    }
    tree.forEach(Redaction::redact);
  }

  private static void redact(ObjectNode object, String name, JsonNode value) {
    if (WITH_VALUES.contains(name)) {
      for (JsonNode one : value) {
        if (one instanceof ObjectNode variable && variable.has("value")) {
          variable.put("value", REDACTED);
        }
      }
    } else if (COMMANDS.contains(name) && value instanceof ArrayNode arguments) {
      redact(arguments);
    } else if (TEXTS.contains(name) && value.isTextual()) {
      object.put(name, text(value.asText()));
    } else if (name.equals("annotations") && value instanceof ObjectNode annotations) {
      for (Map.Entry<String, JsonNode> one : List.copyOf(annotations.properties())) {
        annotations.put(one.getKey(), annotation(one.getKey(), one.getValue().asText()));
      }
    }
  }

  private static void redact(ArrayNode arguments) {
    boolean isValue = false;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.path(i).asText();
      if (isValue && !argument.startsWith("-")) {
        arguments.set(i, REDACTED);
        isValue = false;
      } else {
        isValue = OPTION.matcher(argument).matches();
        arguments.set(i, text(argument));
      }
    }
  }

  /** Some clients keep a copy of the object in an annotation. */
  private static String annotation(String key, String value) {
    return key.toLowerCase(Locale.ROOT).contains("applied") || value.contains("containers")
        ? REDACTED
        : text(value);
  }

  /** The text without what looks like a secret. */
  public static String text(String text) {
    String without = text;
    for (Pattern pattern : IN_TEXT) {
      without = pattern.matcher(without).replaceAll("$1" + Matcher.quoteReplacement(REDACTED));
    }
    return LONG.matcher(without)
        .replaceAll(
            match -> Matcher.quoteReplacement(isRandom(match.group()) ? REDACTED : match.group()));
  }

  /** Long words and paths are not random; keys and tokens mix letters and digits. */
  private static boolean isRandom(String word) {
    return !word.startsWith("/")
        && word.chars().filter(one -> one == '/').count() <= 3
        && word.chars().filter(Character::isDigit).count() >= 4
        && word.chars().filter(Character::isLetter).count() >= 4;
  }
}
