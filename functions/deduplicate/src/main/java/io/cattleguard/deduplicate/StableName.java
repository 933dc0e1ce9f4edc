package io.cattleguard.deduplicate;

/** Takes what is generated out of a name, so that the next one of its kind has the same. */
final class StableName {
  private StableName() {}

  /**
   * A path or program name with each part that looks random as {@code *}: six or more letters and
   * digits that mix both, or that change case in the middle. {@code /tmp/x-FDo30N} and {@code
   * /tmp/x-a81Kq2} are one name.
   */
  static String ofProgram(String name) {
    StringBuilder out = null;
    int from = 0;
    while (from < name.length()) {
      int to = from;
      while (to < name.length() && Character.isLetterOrDigit(name.charAt(to))) {
        to++;
      }
      if (isRandom(name, from, to)) {
        if (out == null) {
          out = new StringBuilder(name.length()).append(name, 0, from);
        }
        out.append('*');
      } else if (out != null) {
        out.append(name, from, to);
      }
      if (to < name.length()) {
        if (out != null) {
          out.append(name.charAt(to));
        }
        to++;
      }
      from = to;
    }
    return out == null ? name : out.toString();
  }

  private static boolean isRandom(String text, int from, int to) {
    if (to - from < 6) {
      return false;
    }
    int digits = 0;
    int upper = 0;
    int lower = 0;
    int changes = 0;
    int before = -1;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int kind = Character.isDigit(c) ? 0 : Character.isUpperCase(c) ? 1 : 2;
      switch (kind) {
        case 0 -> digits++;
        case 1 -> upper++;
        default -> lower++;
      }
      if (before >= 0 && kind != before) {
        changes++;
      }
      before = kind;
    }
    if (digits == to - from) {
      return true;
    }
    boolean mixedWithDigits = digits > 0 && upper + lower > 0 && changes >= 2;
    boolean mixedCase = upper >= 2 && lower >= 2 && changes >= 3 && to - from <= 12;
    return mixedWithDigits || mixedCase;
  }
}
