package io.cattleguard.app.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Evaluates a JSON filter pattern as CloudWatch Logs does, as far as our filter needs it.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForSubscriptions.html">Filter
 *     pattern syntax</a>
 */
final class LogFilter {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\\(|\\)|&&|\\|\\||!=|=|<|NOT EXISTS|\\$[.\\w]+|\"[^\"]*\"|\\d+)\\s*");

  private final Matcher tokens;
  private String next = "";

  private LogFilter(String pattern) {
    String inner = pattern.strip();
    if (!inner.startsWith("{") || !inner.endsWith("}")) {
      throw new IllegalArgumentException("not a filter for JSON");
    }
    tokens = TOKEN.matcher(inner.substring(1, inner.length() - 1));
    advance(0);
  }

  static Predicate<JsonNode> compile(String pattern) {
    LogFilter filter = new LogFilter(pattern);
    Predicate<JsonNode> all = filter.either();
    if (!filter.next.isEmpty()) {
      throw new IllegalArgumentException("trailing " + filter.next);
    }
    return all;
  }

  private void advance(int from) {
    if (from == tokens.regionEnd()) {
      next = "";
      return;
    }
    if (!tokens.find(from) || tokens.start() != from) {
      throw new IllegalArgumentException("at " + from);
    }
    next = tokens.group(1);
  }

  private String take() {
    String taken = next;
    advance(tokens.end());
    return taken;
  }

  private Predicate<JsonNode> either() {
    Predicate<JsonNode> left = both();
    while (next.equals("||")) {
      take();
      left = left.or(both());
    }
    return left;
  }

  private Predicate<JsonNode> both() {
    Predicate<JsonNode> left = condition();
    while (next.equals("&&")) {
      take();
      left = left.and(condition());
    }
    return left;
  }

  private Predicate<JsonNode> condition() {
    if (next.equals("(")) {
      take();
      Predicate<JsonNode> inner = either();
      if (!take().equals(")")) {
        throw new IllegalArgumentException("expected )");
      }
      return inner;
    }
    String pointer = take().substring(1).replace('.', '/');
    String operator = take();
    if (operator.equals("NOT EXISTS")) {
      return event -> event.at(pointer).isMissingNode();
    }
    String value = take();
    if (operator.equals("<")) {
      return event -> event.at(pointer).isNumber() && event.at(pointer).asInt() < number(value);
    }
    Pattern text =
        Pattern.compile(
            Pattern.quote(value.substring(1, value.length() - 1)).replace("*", "\\E.*\\Q"));
    boolean equal = operator.equals("=");
    // A comparison with a field that the event does not have is false, whatever the operator.
    return event ->
        event.at(pointer).isTextual()
            && text.matcher(event.at(pointer).textValue()).matches() == equal;
  }

  private static int number(String value) {
    return Integer.parseInt(value);
  }
}
