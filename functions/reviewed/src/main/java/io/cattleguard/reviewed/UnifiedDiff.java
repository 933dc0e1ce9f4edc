package io.cattleguard.reviewed;

import java.util.ArrayList;
import java.util.List;

/** Writes the difference between two texts as a patch for {@code git apply}. */
public final class UnifiedDiff {
  private static final int CONTEXT = 3;

  /** A line with its end, and with the sign that it has in a patch. */
  private record Line(char sign, String text) {}

  private UnifiedDiff() {}

  /** The patch; empty if nothing differs. An empty older text is a file that does not exist. */
  public static String of(String path, String older, String newer) {
    List<Line> lines = compare(lines(older), lines(newer));
    StringBuilder patch = new StringBuilder();
    int oldLine = 1;
    int newLine = 1;
    int at = 0;
    while (at < lines.size()) {
      if (lines.get(at).sign == ' ') {
        at++;
        oldLine++;
        newLine++;
        continue;
      }
      int start = Math.max(0, at - CONTEXT);
      int end = hunkEnd(lines, at);
      List<Line> hunk = lines.subList(start, end);
      long removed = hunk.stream().filter(line -> line.sign != '+').count();
      long added = hunk.stream().filter(line -> line.sign != '-').count();
      patch
          .append("@@ -")
          .append(removed == 0 ? 0 : oldLine - (at - start))
          .append(',')
          .append(removed)
          .append(" +")
          .append(added == 0 ? 0 : newLine - (at - start))
          .append(',')
          .append(added)
          .append(" @@\n");
      hunk.forEach(line -> append(patch, line));
      oldLine += (int) removed - (at - start);
      newLine += (int) added - (at - start);
      at = end;
    }
    if (patch.isEmpty()) {
      return "";
    }
    return (older.isEmpty() ? "--- /dev/null" : "--- a/" + path) + "\n+++ b/" + path + "\n" + patch;
  }

  /** The lines of a text, each with its end: git compares them too. */
  private static List<String> lines(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("(?<=\n)"));
  }

  private static void append(StringBuilder patch, Line line) {
    patch.append(line.sign).append(line.text);
    if (!line.text.endsWith("\n")) {
      patch.append("\n\\ No newline at end of file\n");
    }
  }

  /** The end of a hunk: context behind its last change, before which no other change is near. */
  private static int hunkEnd(List<Line> lines, int firstChange) {
    int last = firstChange;
    for (int i = firstChange; i < lines.size() && i - last <= 2 * CONTEXT; i++) {
      last = lines.get(i).sign == ' ' ? last : i;
    }
    return Math.min(lines.size(), last + 1 + CONTEXT);
  }

  private static List<Line> compare(List<String> older, List<String> newer) {
    int shorter = Math.min(older.size(), newer.size());
    int first = 0;
    while (first < shorter && older.get(first).equals(newer.get(first))) {
      first++;
    }
    int last = 0;
    while (last < shorter - first
        && older.get(older.size() - 1 - last).equals(newer.get(newer.size() - 1 - last))) {
      last++;
    }
    List<Line> lines = new ArrayList<>();
    older.subList(0, first).forEach(line -> lines.add(new Line(' ', line)));
    lines.addAll(
        changes(
            older.subList(first, older.size() - last), newer.subList(first, newer.size() - last)));
    older
        .subList(older.size() - last, older.size())
        .forEach(line -> lines.add(new Line(' ', line)));
    return lines;
  }

  /** By the longest common subsequence; model files have some hundred lines. */
  private static List<Line> changes(List<String> older, List<String> newer) {
    int[][] common = new int[older.size() + 1][newer.size() + 1];
    for (int i = older.size() - 1; i >= 0; i--) {
      for (int j = newer.size() - 1; j >= 0; j--) {
        common[i][j] =
            older.get(i).equals(newer.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    List<Line> lines = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < older.size() || j < newer.size()) {
      if (i < older.size() && j < newer.size() && older.get(i).equals(newer.get(j))) {
        lines.add(new Line(' ', older.get(i)));
        i++;
        j++;
      } else if (i < older.size() && (j == newer.size() || common[i + 1][j] >= common[i][j + 1])) {
        lines.add(new Line('-', older.get(i++)));
      } else {
        lines.add(new Line('+', newer.get(j++)));
      }
    }
    return lines;
  }
}
