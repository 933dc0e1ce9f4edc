package io.cattleguard.app.report;

import io.cattleguard.events.HostileText;
import java.util.List;

/**
 * A report as one HTML file, without scripts and without anything to load. Its policy forbids both,
 * as a second protection if a text is not escaped.
 */
public final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --line: #d5d9e0; --faint: #5a6270; --card: #f4f6f9; }
      @media (prefers-color-scheme: dark) { :root { --line: #3a4049; --faint: #a2abb8; --card: #20242b; } }
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
      h1 { font-size: 1.5rem; margin: 0; }
      h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
      .period, .empty, .note, dt { color: var(--faint); }
      .period { overflow-wrap: anywhere; }
      .note { margin: 0 0 .5rem; max-width: 46rem; }
      dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; }
      dl div { background: var(--card); border-radius: 6px; padding: .6rem .8rem; display: flex;
        flex-direction: column-reverse; justify-content: flex-end; }
      dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
      dt { font-size: .8rem; }
      .scroll { overflow-x: auto; background:
        linear-gradient(to right, Canvas 40%, transparent) left / 2rem 100% no-repeat local,
        linear-gradient(to left, Canvas 40%, transparent) right / 2rem 100% no-repeat local,
        linear-gradient(to right, var(--line), transparent) left / .7rem 100% no-repeat scroll,
        linear-gradient(to left, var(--line), transparent) right / .7rem 100% no-repeat scroll; }
      table { border-collapse: collapse; width: 100%; }
      th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
        border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 7rem; }
      th { font-weight: 600; overflow-wrap: normal; }
      .number { text-align: right; font-variant-numeric: tabular-nums; min-width: 0;
        overflow-wrap: normal; padding-right: 1.25rem; }
      td.number { white-space: nowrap; }
      @media screen and (max-width: 40rem) {
        body { padding: 1rem; }
        table { font-size: .85rem; }
        th, td { min-width: 4.2rem; padding-right: .5rem; }
      }
      @media print {
        :root { color-scheme: light; --line: #d5d9e0; --faint: #5a6270; --card: #f4f6f9; }
        body { font-size: 11px; max-width: none; padding: 0; }
        h2, .note { break-after: avoid; }
        tr, dl div { break-inside: avoid; }
        .scroll { overflow: visible; background: none; }
        th, td { min-width: 0; }
        dl div { border: 1px solid var(--line); }
      }
      """;

  private HtmlReport() {}

  /** The report as the text of a file. */
  public static String of(Document document) {
    StringBuilder out = new StringBuilder(8_192);
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';");
    out.append(" style-src 'unsafe-inline'\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.append("<title>").append(escaped(document.title())).append("</title>\n");
    out.append("<style>\n").append(STYLE).append("</style>\n</head>\n<body>\n");
    out.append("<h1>").append(escaped(document.title())).append("</h1>\n");
    out.append("<p class=\"period\">").append(escaped(document.period())).append("</p>\n<dl>\n");
    for (Document.Cell cell : document.key()) {
      out.append("<div><dt>").append(escaped(cell.label())).append("</dt><dd>");
      out.append(escaped(cell.figure())).append("</dd></div>\n");
    }
    out.append("</dl>\n");
    document.sections().forEach(section -> section(out, section));
    return out.append("</body>\n</html>\n").toString();
  }

  private static void section(StringBuilder out, Document.Section section) {
    out.append("<h2>").append(escaped(section.title())).append("</h2>\n");
    if (!section.note().isEmpty()) {
      out.append("<p class=\"note\">").append(escaped(section.note())).append("</p>\n");
    }
    if (section.rows().isEmpty()) {
      out.append("<p class=\"empty\">").append(escaped(section.ifEmpty())).append("</p>\n");
      return;
    }
    out.append("<div class=\"scroll\"><table>\n<thead><tr>");
    for (int column = 0; column < section.columns().size(); column++) {
      cell(out, "th", section.columns().get(column), isNumber(section, column));
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : section.rows()) {
      out.append("<tr>");
      for (int column = 0; column < row.size(); column++) {
        cell(out, "td", row.get(column), isNumber(section, column));
      }
      out.append("</tr>\n");
    }
    out.append("</tbody>\n</table></div>\n");
  }

  private static boolean isNumber(Document.Section section, int column) {
    return switch (section.columns().get(column)) {
      case "Alerts", "Contained", "Events", "Incidents", "Number", "Objects", "Problems", "Share" ->
          true;
      default -> false;
    };
  }

  private static void cell(StringBuilder out, String tag, String text, boolean number) {
    out.append('<').append(tag).append(number ? " class=\"number\">" : ">");
    out.append(escaped(text)).append("</").append(tag).append('>');
  }

  /** Text for content and attributes. */
  static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (char c : HostileText.visible(text).toCharArray()) {
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }
}
