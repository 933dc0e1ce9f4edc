package io.cattleguard.app.report;

import io.cattleguard.events.HostileText;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A report as GitHub-flavoured Markdown. */
final class MarkdownReport {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,3}(,[0-9]{3})*");

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
      if (!section.note().isEmpty()) {
        out.append(section.note()).append("\n\n");
      }
      if (section.rows().isEmpty()) {
        out.append(section.ifEmpty()).append('\n');
        continue;
      }
      out.append(row(section.columns()));
      out.append("|---".repeat(section.columns().size())).append("|\n");
      section
          .rows()
          .forEach(cells -> out.append(row(cells.stream().map(MarkdownReport::code).toList())));
    }
    return out.toString();
  }

  private static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /**
   * A cell with text from events: a code span, in which a renderer makes neither links nor
   * mentions, also not after it has resolved character references.
   */
  static String code(String text) {
    String visible = HostileText.visible(text).strip().replace('`', '\'').replace('|', '\u00a6');
    return visible.isEmpty() || NUMBER.matcher(visible).matches() ? visible : "`" + visible + "`";
  }
}
