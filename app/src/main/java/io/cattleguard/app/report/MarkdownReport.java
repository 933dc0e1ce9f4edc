package io.cattleguard.app.report;

import io.cattleguard.events.HostileText;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A report as GitHub-flavoured Markdown. */
final class MarkdownReport {
  private MarkdownReport() {}

  static String of(Document document) {
    StringBuilder out = new StringBuilder(4_096);
    out.append("# ").append(document.title()).append("\n\n");
    out.append(document.period()).append("\n\n| | |\n|---|---|\n");
    for (Document.Cell cell : document.key()) {
      out.append("| ").append(cell.label()).append(" | ").append(cell.figure()).append(" |\n");
    }
    for (Document.Section section : document.sections()) {
      out.append("\n## ").append(section.title()).append("\n\n");
      if (section.rows().isEmpty()) {
        out.append(section.ifEmpty()).append('\n');
        continue;
      }
      out.append(row(section.columns()));
      out.append("|---".repeat(section.columns().size())).append("|\n");
      section.rows().forEach(row -> out.append(row(row)));
    }
    return out.toString();
  }

  private static String row(List<String> cells) {
    return cells.stream()
        .map(MarkdownReport::escaped)
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /**
   * Text without a link, an image, HTML, a mention, or the end of a cell. Characters of which
   * renderers make links and mentions by themselves become references.
   */
  static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (char c : HostileText.visible(text).toCharArray()) {
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '@' -> out.append("&#64;");
        case ':' -> out.append("&#58;");
        case '.' -> out.append(isInAddress(text) ? "&#46;" : ".");
        case '\\', '`', '*', '_', '[', ']', '|', '~', '$', '#', '!' -> out.append('\\').append(c);
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** Renderers turn {@code www.} into a link without a protocol. */
  private static boolean isInAddress(String text) {
    return text.toLowerCase(Locale.ROOT).contains("www.");
  }
}
