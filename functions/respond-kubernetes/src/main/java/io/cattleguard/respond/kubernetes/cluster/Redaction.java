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
 * the whole object. When in doubt it removes a value. Repetitions are bounded, because a client
 * that may create pods writes these texts.
 */
public final class Redaction {
  /** What replaces a secret. */
  public static final String REDACTED = "[redacted]";

  /** Maximum length of one text; the patterns do not read beyond it. */
  private static final int LONGEST_TEXT = 16 * 1_024;

  private static final int LONGEST_OPTION = 100;

  private static final String CUT = " [cut]";

  /** The text before a match does not end with a character of a word, so one run has one start. */
  private static final String START = "(?<![\\w-])";

  private static final String SECRET =
      "(?:passw|passphrase|pass(?![a-z])|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key"
          + "|private[_-]?key|credential|auth|sig(?:nature)?(?![a-z]))[\\w.-]{0,40}+";

  /** Also in a JSON text within a JSON text, whose quotes are escaped. */
  private static final String VALUE =
      "(?:\\\\\"[^\"]{0,2000}+\"|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'|[^\\s\"']++)";

  private static final String FLAG = "--?[\\w.-]{0,40}" + SECRET + "\\s{1,3}";

  /** An option whose value is the next argument. */
  private static final Pattern OPTION =
      Pattern.compile("--?(?:[\\w.-]{0,40}" + SECRET + "|u|user)", Pattern.CASE_INSENSITIVE);

  /** The name of an annotation whose value is a secret. */
  private static final Pattern NAME = Pattern.compile(SECRET, Pattern.CASE_INSENSITIVE);

  /** Each replacement keeps the first group. */
  private static final List<Pattern> IN_TEXT =
      List.of(
          Pattern.compile(
              "(\\b(?:bearer|basic)\\s{1,3})[\\w.~+/=-]{6,}+", Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "(\\bauthorization\\s{0,3}[:=]\\s{0,3}\\w{1,20}+\\s{1,3})[^\\s\"']++",
              Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "(" + SECRET + "(?:\\\\?[\"'])?\\s{0,3}[=:]\\s{0,3})" + VALUE,
              Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "((?:^|\\s)" + FLAG + "(?:" + FLAG + "){0,5})" + VALUE, Pattern.CASE_INSENSITIVE),
          Pattern.compile(
              "((?:secret_access_key|session_token)\\s{1,3})" + VALUE, Pattern.CASE_INSENSITIVE),
          Pattern.compile("((?:^|\\s)(?:-u|--user)[\\s=]\\s{0,3}[^\\s:]{0,100}+:)\\S++"),
          // The clients of MySQL and MariaDB take a password that follows its option at once.
          Pattern.compile(
              "(\\b(?:mysql|mariadb)[\\w-]{0,20}+(?:\\s{1,3}(?!-p)\\S{1,100}+){0,10}?\\s{1,3}-p)\\S++"),
          Pattern.compile("(://[^/\\s:@]{0,100}+:)[^@\\s/]{1,500}+(?=@)"),
          Pattern.compile("(://)[^/\\s:@]{1,500}+(?=@)"),
          Pattern.compile("()\\b(?:AKIA|ASIA)[A-Z0-9]{12,200}+"),
          Pattern.compile(
              "()" + START + "eyJ[\\w-]{8,2000}+\\.[\\w-]{8,4000}+(?:\\.[\\w-]{0,4000}+)?"),
          Pattern.compile(
              "()"
                  + START
                  + "(?:gh[pousr]_\\w{16,200}+|github_pat_\\w{16,200}+|xox[abeoprs]-[\\w-]{8,200}+"
                  + "|gl(?:pat|dt|rt|ft|cbt|ptt|soat|imt|agent)-[\\w-]{16,200}+|[rs]k_(?:live|test)_\\w{8,200}+|npm_\\w{16,200}+"
                  + "|SG\\.[\\w-]{8,200}+\\.[\\w-]{8,200}+)"),
          Pattern.compile(
              "()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z"
                  + " ]{0,40}-----|$)"));

  private static final Pattern LONG = Pattern.compile("[A-Za-z0-9+/_=-]{32,}+");

  /** Lists of objects with a name and a value. */
  private static final Set<String> WITH_VALUES = Set.of("env", "httpHeaders");

  private static final Set<String> COMMANDS = Set.of("args", "command");
  private static final Set<String> TEXTS = Set.of("message", "note");

  /** Texts of an alert that Cattleguard wrote. */
  private static final Set<String> PLAIN =
      Set.of("id", "class", "source", "severity", "observedAt");

  private Redaction() {}

  /** Redacts the tree in place. */
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

  /**
   * Redacts a scored alert: the command lines, and the event's text.
   *
   * @param scored as it is stored
   */
  public static void redactAlert(ObjectNode scored) {
    if (scored.get("alert") instanceof ObjectNode alert) {
      texts(alert);
      texts(alert.path("process"));
      texts(alert.path("file"));
    }
  }

  private static void texts(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> one : List.copyOf(object.properties())) {
        if (one.getValue().isTextual() && !PLAIN.contains(one.getKey())) {
          object.put(one.getKey(), text(one.getValue().asText()));
        } else if (one.getValue() instanceof ArrayNode texts) {
          for (int i = 0; i < texts.size(); i++) {
            texts.set(i, text(texts.path(i).asText()));
          }
        }
      }
    }
  }

  private static void redact(ArrayNode arguments) {
    boolean isValue = false;
    boolean ofMySql = false;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.path(i).asText();
      if (isValue) {
        arguments.set(i, REDACTED);
      } else if (ofMySql && argument.startsWith("-p") && argument.length() > 2) {
        arguments.set(i, "-p" + REDACTED);
      } else {
        arguments.set(i, text(argument));
      }
      // A value that looks like an option may be one, so what follows it may be a secret too.
      isValue = argument.length() <= LONGEST_OPTION && OPTION.matcher(argument).matches();
      ofMySql |= argument.contains("mysql") || argument.contains("mariadb");
    }
  }

  /** Some clients keep a copy of the object in an annotation. */
  private static String annotation(String key, String value) {
    return key.toLowerCase(Locale.ROOT).contains("applied")
            || NAME.matcher(key).find()
            || value.contains("containers")
        ? REDACTED
        : text(value);
  }

  /** The start of the text without what looks like a secret. */
  public static String text(String text) {
    String without = cut(text);
    for (Pattern pattern : IN_TEXT) {
      without = pattern.matcher(without).replaceAll("$1" + Matcher.quoteReplacement(REDACTED));
    }
    return LONG.matcher(without)
        .replaceAll(
            match -> Matcher.quoteReplacement(isRandom(match.group()) ? REDACTED : match.group()));
  }

  /** Truncates before an incomplete word, because half of a secret may not look like one. */
  private static String cut(String text) {
    if (text.length() <= LONGEST_TEXT) {
      return text;
    }
    int end = LONGEST_TEXT;
    while (end > LONGEST_TEXT / 2 && !Character.isWhitespace(text.charAt(end))) {
      end--;
    }
    return text.substring(0, end) + CUT;
  }

  /** Long words and paths are not random; keys and tokens mix letters and digits. */
  private static boolean isRandom(String word) {
    return !word.startsWith("/")
        && word.chars().filter(one -> one == '/').count() <= 3
        && word.chars().filter(Character::isDigit).count() >= 4
        && word.chars().filter(Character::isLetter).count() >= 4;
  }
}
