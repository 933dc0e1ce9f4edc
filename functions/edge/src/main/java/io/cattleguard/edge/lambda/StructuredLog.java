package io.cattleguard.edge.lambda;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Logs one JSON object per line to standard output, which Lambda sends to CloudWatch Logs. Never
 * logs an alert's text.
 */
public final class StructuredLog {
  /** The counter of canaries that a function passed on. */
  public static final String CANARIES = "canaries";

  /** The counter of responders' answers to canaries that route received. */
  public static final String CANARY_OUTCOMES = "canaryOutcomes";

  private static final JsonMapper JSON = Json.MAPPER;
  private static final Pattern QUOTATION = Pattern.compile("['\"`].*['\"`]", Pattern.DOTALL);

  private static final ThreadLocal<Boolean> UNHEARD = ThreadLocal.withInitial(() -> false);

  private StructuredLog() {}

  /** Runs the warm-up and discards its logs and counters. */
  static void unheard(Runnable rehearsal) {
    UNHEARD.set(true);
    try {
      rehearsal.run();
    } finally {
      UNHEARD.remove();
    }
  }

  /** Logs an event with pairs of names and values. */
  public static void info(String what, String... pairs) {
    write(System.out, line("INFO", what, pairs));
  }

  /**
   * Logs a failure with pairs of names and values. Quotations in the exception's message are
   * removed, because they may quote an attacker's text.
   */
  public static void error(String what, Throwable cause, String... pairs) {
    ObjectNode line = line("ERROR", what, pairs);
    line.put("error", cause.getClass().getName());
    line.put("reason", withoutQuotations(String.valueOf(cause.getMessage())));
    ArrayNode stack = line.putArray("stack");
    for (int i = 0; i < Math.min(8, cause.getStackTrace().length); i++) {
      stack.add(cause.getStackTrace()[i].toString());
    }
    write(System.out, line);
  }

  /**
   * Writes counters in CloudWatch's embedded metric format. The dimension is the function's name
   * and not the step, because a second stack in the account has the same steps.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html">EMF</a>
   */
  public static void counts(String step, long epochMillis, Map<String, Long> counts) {
    metrics(step, epochMillis, counts, Map.of());
  }

  /**
   * Writes counters and durations in milliseconds, of which CloudWatch computes percentiles.
   *
   * @see #counts
   */
  public static void metrics(
      String step, long epochMillis, Map<String, Long> counts, Map<String, Long> millis) {
    String function = System.getenv().getOrDefault("AWS_LAMBDA_FUNCTION_NAME", step);
    write(System.out, metrics(step, function, epochMillis, counts, millis));
  }

  static ObjectNode metrics(
      String step,
      String function,
      long epochMillis,
      Map<String, Long> counts,
      Map<String, Long> millis) {
    ObjectNode line = JSON.createObjectNode();
    ObjectNode aws = line.putObject("_aws");
    aws.put("Timestamp", epochMillis);
    ObjectNode directive = aws.putArray("CloudWatchMetrics").addObject();
    directive.put("Namespace", "Cattleguard");
    directive.putArray("Dimensions").addArray().add("FunctionName");
    ArrayNode metrics = directive.putArray("Metrics");
    line.put("FunctionName", function);
    line.put("step", step);
    counts.forEach(
        (name, value) -> {
          metrics.addObject().put("Name", name).put("Unit", "Count");
          line.put(name, value);
        });
    millis.forEach(
        (name, value) -> {
          metrics.addObject().put("Name", name).put("Unit", "Milliseconds");
          line.put(name, value);
        });
    return line;
  }

  /**
   * Removes everything from the first to the last quotation mark, because the quoted text may
   * contain more of them.
   */
  private static String withoutQuotations(String message) {
    return QUOTATION.matcher(message).replaceAll("'…'");
  }

  private static ObjectNode line(String level, String what, String... pairs) {
    ObjectNode line = JSON.createObjectNode();
    line.put("level", level);
    line.put("message", what);
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      line.put(pairs[i], pairs[i + 1]);
    }
    return line;
  }

  private static void write(PrintStream out, ObjectNode line) {
    String text = line.toString();
    if (!UNHEARD.get()) {
      out.println(text);
    }
  }
}
