package io.cattleguard.sensor.operations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics in Prometheus's text format, read as strictly as the format and its conventions allow.
 *
 * @param types the type of each metric
 * @param samples the value of each series, by its name and labels as written
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format">the
 *     text-based format</a>
 */
public record Exposition(Map<String, String> types, Map<String, Double> samples) {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"";
  private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (\\S.*)");
  private static final Pattern TYPE =
      Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram)");
  private static final Pattern SAMPLE =
      Pattern.compile(
          "((" + NAME + ")(?:\\{" + LABEL + "(?:," + LABEL + ")*\\})?) ([-+0-9.eE]+|NaN|[-+]Inf)");

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException with what is wrong and where
   */
  public static Exposition read(String text) {
    if (!text.endsWith("\n")) {
      throw new IllegalArgumentException("the last line does not end");
    }
    Map<String, String> types = new LinkedHashMap<>();
    Map<String, Double> samples = new LinkedHashMap<>();
    List<String> helped = new ArrayList<>();
    String current = "";
    for (String line : text.lines().toList()) {
      Matcher help = HELP.matcher(line);
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (help.matches()) {
        check(!helped.contains(help.group(1)), "a second HELP", line);
        helped.add(help.group(1));
      } else if (type.matches()) {
        current = type.group(1);
        boolean total = current.endsWith("_total");
        check(helped.contains(current), "no HELP before TYPE", line);
        check(
            type.group(2).equals("counter") == total, "a counter, and no other, ends _total", line);
        check(types.put(current, type.group(2)) == null, "a second TYPE", line);
      } else {
        check(sample.matches(), "not of the format", line);
        String metric =
            "histogram".equals(types.get(current))
                ? sample.group(2).replaceFirst("_(bucket|sum|count)$", "")
                : sample.group(2);
        check(metric.equals(current), "not below its TYPE", line);
        Double value = Double.valueOf(sample.group(3).replace("Inf", "Infinity"));
        check(samples.put(sample.group(1), value) == null, "a second sample", line);
      }
    }
    for (String metric : helped) {
      check(types.containsKey(metric), "no TYPE", metric);
    }
    return new Exposition(types, samples);
  }

  private static void check(boolean right, String wrong, String line) {
    if (!right) {
      throw new IllegalArgumentException(wrong + ": " + line);
    }
  }
}
