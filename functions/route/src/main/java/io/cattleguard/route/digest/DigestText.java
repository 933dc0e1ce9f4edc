package io.cattleguard.route.digest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A digest as the body of an incoming webhook: one paragraph per control, the gravest first. */
final class DigestText {
  /** Slack shows at most 4,000 characters of a text well. */
  private static final int LONGEST = 3_500;

  private static final int PLACES = 5;

  private DigestText() {}

  static String body(String owner, List<Finding> findings, long more) {
    Map<String, List<Finding>> controls = new LinkedHashMap<>();
    findings.stream()
        .sorted(
            Comparator.comparing(Finding::severity)
                .reversed()
                .thenComparing(Finding::control)
                .thenComparing(Finding::place))
        .forEach(one -> controls.computeIfAbsent(one.control(), key -> new ArrayList<>()).add(one));
    StringBuilder text = new StringBuilder();
    text.append(count(findings.size() + more)).append(" for ").append(owner);
    int left = findings.size();
    for (List<Finding> control : controls.values()) {
      String paragraph = paragraph(control);
      if (text.length() + paragraph.length() > LONGEST) {
        break;
      }
      text.append(paragraph);
      left -= control.size();
    }
    if (left + more > 0) {
      text.append("\nand ").append(count(left + more)).append(" more; the SIEM has all");
    }
    return JsonNodeFactory.instance.objectNode().put("text", text.toString()).toString();
  }

  private static String paragraph(List<Finding> control) {
    Finding first = control.getFirst();
    StringBuilder text = new StringBuilder();
    text.append("\n\n[").append(first.severity().jsonName()).append("] ");
    text.append(escaped(first.control())).append(" (").append(control.size()).append(")");
    for (Finding finding : control.subList(0, Math.min(PLACES, control.size()))) {
      text.append("\n  ").append(escaped(finding.place()));
      if (!finding.code().isEmpty()) {
        text.append("  code: ").append(escaped(finding.code()));
      }
    }
    if (control.size() > PLACES) {
      text.append("\n  and ").append(control.size() - PLACES).append(" more");
    }
    return text.toString();
  }

  private static String count(long findings) {
    return findings + (findings == 1 ? " finding" : " findings");
  }

  /** Slack's three special characters; without them no text mentions people or makes a link. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
