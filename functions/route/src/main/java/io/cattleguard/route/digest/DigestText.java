package io.cattleguard.route.digest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A digest as the body of an incoming webhook: one paragraph per control, the most severe first.
 */
final class DigestText {
  /** Slack shows at most 4,000 characters of a text well; the rest is for the last lines. */
  private static final int LONGEST = 3_500;

  /** The share of one control, so that no text of an attacker fills a digest. */
  private static final int SHARE = LONGEST / 4;

  private static final int PLACES = 5;

  /** Maximum characters of a name, place or code after it was escaped. */
  private static final int FIELD = 160;

  private DigestText() {}

  /**
   * One message.
   *
   * @param told the findings that it shows or counts under their control
   */
  record Message(String body, List<Finding> told) {
    Message {
      told = List.copyOf(told);
    }
  }

  /**
   * Writes as many controls as fit into a message, and at least one.
   *
   * @param findings the findings that were not sent yet
   * @param more findings that were counted only
   * @param part the number of the message, from 1
   * @param parts the maximum number of messages
   */
  static Message of(String owner, List<Finding> findings, long more, int part, int parts) {
    StringBuilder text = new StringBuilder();
    text.append(
        part == 1
            ? count(findings.size() + more) + " for " + owner
            : "findings for " + owner + ", part " + part);
    List<Finding> told = new ArrayList<>();
    for (List<Finding> control : controls(findings)) {
      String paragraph = paragraph(control);
      if (text.length() + paragraph.length() <= LONGEST) {
        text.append(paragraph);
        told.addAll(control);
      }
    }
    int left = findings.size() - told.size();
    if (left > 0 && part == parts) {
      text.append("\n\nand ").append(count(left)).append(" more, in the next digest");
    }
    if (more > 0 && (left == 0 || part == parts)) {
      text.append("\n\n").append(count(more)).append(more == 1 ? " was" : " were");
      text.append(" counted only; the SIEM has all");
    }
    return new Message(
        JsonNodeFactory.instance.objectNode().put("text", text.toString()).toString(), told);
  }

  private static List<List<Finding>> controls(List<Finding> findings) {
    Map<String, List<Finding>> controls = new LinkedHashMap<>();
    findings.stream()
        .sorted(
            Comparator.comparing(Finding::severity)
                .reversed()
                .thenComparing(Finding::control)
                .thenComparing(Finding::place))
        .forEach(one -> controls.computeIfAbsent(one.control(), key -> new ArrayList<>()).add(one));
    return List.copyOf(controls.values());
  }

  private static String paragraph(List<Finding> control) {
    Finding first = control.getFirst();
    StringBuilder text = new StringBuilder();
    text.append("\n\n[").append(first.severity().jsonName()).append("] ");
    text.append(escaped(first.control())).append(" (").append(control.size()).append(")");
    int shown = 0;
    for (Finding finding : control.subList(0, Math.min(PLACES, control.size()))) {
      String line = line(finding);
      if (shown > 0 && text.length() + line.length() > SHARE) {
        break; // the others are counted
      }
      text.append(line);
      shown++;
    }
    if (control.size() > shown) {
      text.append("\n  and ").append(control.size() - shown).append(" more");
    }
    return text.toString();
  }

  private static String line(Finding finding) {
    return "\n  "
        + escaped(finding.place())
        + (finding.code().isEmpty() ? "" : "  code: " + escaped(finding.code()));
  }

  private static String count(long findings) {
    return findings + (findings == 1 ? " finding" : " findings");
  }

  /**
   * Slack's three special characters; without them no text mentions people or makes a link.
   * Escaping makes texts longer, so the length is limited afterwards.
   */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
      String next =
          switch (text.codePointAt(at)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            default -> Character.toString(text.codePointAt(at));
          };
      if (escaped.length() + next.length() >= FIELD) {
        return escaped.append('…').toString();
      }
      escaped.append(next);
    }
    return escaped.toString();
  }
}
