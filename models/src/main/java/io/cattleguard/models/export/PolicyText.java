package io.cattleguard.models.export;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.HostileText;
import io.cattleguard.models.Workload;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes YAML. Every text that is not the engine's own is quoted; in comments it is visible. */
final class PolicyText {
  private static final int LONGEST_COMMENT = 300;
  private static final int LONGEST_NAME = 50;
  private static final int SUFFIX = 8;
  private static final int WIDTH = 2;

  private final StringBuilder text = new StringBuilder(2_048);

  /** Adds a comment. */
  PolicyText comment(String words) {
    text.append("# ").append(HostileText.visible(words, LONGEST_COMMENT)).append('\n');
    return this;
  }

  /** Adds a comment with a list, if the list has something. */
  PolicyText comments(String heading, List<String> lines) {
    if (!lines.isEmpty()) {
      comment(heading);
      lines.forEach(line -> comment("  - " + line));
    }
    return this;
  }

  /** Adds a line of the engine's own words. */
  PolicyText line(int depth, String words) {
    text.append(" ".repeat(depth * WIDTH)).append(words).append('\n');
    return this;
  }

  /** Adds a list of texts. */
  PolicyText list(int depth, String key, Iterable<String> values) {
    line(depth, key + ":");
    values.forEach(value -> line(depth + 1, "- " + quoted(value)));
    return this;
  }

  /** Adds labels to match. */
  PolicyText matchLabels(int depth, Map<String, String> labels) {
    line(depth, "matchLabels:");
    labels.forEach((key, value) -> line(depth + 1, quoted(key) + ": " + quoted(value)));
    return this;
  }

  /** Adds the start of an object. */
  PolicyText object(String apiVersion, String kind, String name, String namespace) {
    return line(0, "apiVersion: " + apiVersion)
        .line(0, "kind: " + kind)
        .line(0, "metadata:")
        .line(1, "name: " + quoted(name))
        .line(1, "namespace: " + quoted(namespace))
        .line(0, "spec:");
  }

  /** The text between double quotes, in ASCII. */
  static String quoted(String value) {
    StringBuilder out = new StringBuilder(value.length() + 2).append('"');
    value
        .codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
              } else if (c >= ' ' && c < 0x7f) {
                out.append((char) c);
              } else if (c > Character.MAX_VALUE) {
                out.append(String.format(Locale.ROOT, "\\U%08x", c));
              } else {
                out.append(String.format(Locale.ROOT, "\\u%04x", c));
              }
            });
    return out.append('"').toString();
  }

  /** The name of an object: letters, digits and hyphens, different for every workload. */
  static String name(Workload workload, boolean wholePod) {
    String whole =
        String.join(
            "-",
            workload.kind().toLowerCase(Locale.ROOT),
            workload.name(),
            wholePod ? "" : workload.container());
    String plain =
        whole.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    String start = plain.length() > LONGEST_NAME ? plain.substring(0, LONGEST_NAME) : plain;
    String hash = Fingerprint.hash(workload + (wholePod ? "/*" : "")).substring(0, SUFFIX);
    return "model-" + start.replaceAll("-+$", "") + "-" + hash;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
