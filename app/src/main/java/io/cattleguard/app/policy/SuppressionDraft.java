package io.cattleguard.app.policy;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Target;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A suppression of one problem, to paste into {@code suppressions.yaml}.
 *
 * <p>The cluster is a part of a fingerprint. So the draft matches the fingerprint only if the alert
 * names its cluster or account, and otherwise the fields that make the problem.
 *
 * @param byFields whether to match the fields, because the fingerprint is that of a recording
 */
public record SuppressionDraft(
    String fingerprint,
    boolean byFields,
    String source,
    @Nullable String rule,
    @Nullable String namespace,
    @Nullable String image,
    @Nullable String process) {
  /** How long the draft hides: long enough to fix the cause, short enough to be looked at again. */
  private static final int DAYS = 14;

  /** The minimum number of alerts per day that it hides. */
  private static final long CAP = 100;

  /** The draft for an alert. */
  public static SuppressionDraft of(Alert alert, String fingerprint) {
    Target target = alert.target();
    return new SuppressionDraft(
        fingerprint,
        alert.rule() != null && target.cluster() == null && target.account() == null,
        alert.source(),
        alert.rule(),
        target.namespace(),
        target.image(),
        alert.process().name());
  }

  /**
   * The lines to paste. Owner and reason are for the reader to fill in.
   *
   * @param alerts how many it must hide; it hides up to twice as many per day, because people
   *     should see noise that grows
   */
  public List<String> lines(LocalDate today, long alerts) {
    List<String> lines = new ArrayList<>();
    lines.add("  - name: hide-" + fingerprint.substring(0, Math.min(8, fingerprint.length())));
    lines.add("    owner: TEAM");
    lines.add("    reason: WHY");
    lines.add("    expires: " + today.plusDays(DAYS));
    lines.add("    cap: " + Math.max(CAP, 2 * alerts));
    if (!byFields) {
      lines.add("    when: { fingerprint: [" + quoted(fingerprint) + "] }");
      return lines;
    }
    lines.add("    when:");
    lines.add("      alert:");
    lines.add("        source: [" + quoted(source) + "]");
    if (rule != null) {
      lines.add("        rule: [" + quoted(rule) + "]");
    }
    List<String> target = new ArrayList<>();
    if (namespace != null) {
      target.add("namespace: [" + quoted(namespace) + "]");
    }
    if (image != null) {
      target.add("image: [" + anyVersionOf(image) + "]");
    }
    if (!target.isEmpty()) {
      lines.add("        target: { " + String.join(", ", target) + " }");
    }
    if (process != null) {
      lines.add("        process: { name: [" + quoted(process) + "] }");
    }
    return lines;
  }

  /** The next version of an image makes the same noise. */
  private static String anyVersionOf(String image) {
    int name = image.lastIndexOf('/') + 1;
    int digest = image.indexOf('@', name);
    int tag = image.indexOf(':', name);
    int end = tag > 0 && (digest < 0 || tag < digest) ? tag : digest;
    return end > 0 ? "{ prefix: " + quoted(image.substring(0, end + 1)) + " }" : quoted(image);
  }

  /** A JSON string is also a YAML string; it cannot end early, and a number stays a text. */
  private static String quoted(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
