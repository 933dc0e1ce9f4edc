package io.cattleguard.sensor.operations;

import java.util.Locale;

/**
 * Metrics in Prometheus's text format.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format">the
 *     text-based format</a>
 */
public final class MetricsText {
  /** The content type of the format. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder out = new StringBuilder(4_096);
  private String name = "";

  /** Begins a counter whose samples follow. */
  public void counter(String metric, String help) {
    begin(metric, "counter", help);
  }

  /** A counter without labels. */
  public void counter(String metric, String help, double value) {
    counter(metric, help);
    sample(value);
  }

  /** A counter of whole things, without labels. */
  public void counter(String metric, String help, long value) {
    counter(metric, help, (double) value);
  }

  /** A gauge of whole things, without labels. */
  public void gauge(String metric, String help, long value) {
    gauge(metric, help, (double) value);
  }

  /** A gauge without labels. */
  public void gauge(String metric, String help, double value) {
    begin(metric, "gauge", help);
    sample(value);
  }

  /** Begins a gauge whose samples follow. */
  public void gauge(String metric, String help) {
    begin(metric, "gauge", help);
  }

  private void begin(String metric, String type, String help) {
    name = metric;
    out.append("# HELP ").append(metric).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(metric).append(' ').append(type).append('\n');
  }

  private void sample(double value) {
    out.append(name).append(' ').append(number(value)).append('\n');
  }

  /** A sample of the metric that was begun last. */
  public void sample(String label, String labelValue, double value) {
    String escaped = labelValue.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    out.append(name).append('{').append(label).append("=\"").append(escaped).append("\"} ");
    out.append(number(value)).append('\n');
  }

  /** A sample of whole things. */
  public void sample(String label, String labelValue, long value) {
    sample(label, labelValue, (double) value);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.6f", value);
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
