package io.cattleguard.events.text;

/**
 * Removes the generated parts of a name, so that equal programs get equal names, without merging
 * different programs.
 */
public final class StableName {
  /** A file that exists in memory only. The program that creates it chooses any name. */
  private static final String MEMFD = "memfd:";

  private static final int UPPER = 0;
  private static final int LOWER = 1;
  private static final int DIGIT = 2;

  private StableName() {}

  /**
   * A path or program name with {@code *} for what looks generated: process ids, hashes, UUIDs, and
   * letters mixed with digits or in mixed case as {@code mktemp} makes them. {@code /tmp/x-FDo30N}
   * and {@code /tmp/x-a81Kq2} are one name; {@code python3}, {@code sha256sum} and {@code
   * NetworkManager} stay.
   */
  public static String ofProgram(String name) {
    if (name.startsWith(MEMFD) || name.startsWith(MEMFD, 1)) {
      return MEMFD + "*";
    }
    if (isPlain(name)) {
      return name;
    }
    StringBuilder out = new StringBuilder(name.length());
    boolean afterGenerated = false;
    int at = 0;
    while (at < name.length()) {
      int end = at;
      while (end < name.length() && kind(name.charAt(end)) >= 0) {
        end++;
      }
      if (end > at) {
        int kept = keptLetters(name, at, end, afterGenerated);
        out.append(name, at, at + kept);
        afterGenerated = kept < end - at;
        if (afterGenerated) {
          out.append('*');
        }
      } else {
        char separator = name.charAt(end++);
        out.append(separator);
        afterGenerated &= separator == '-';
      }
      at = end;
    }
    return out.toString();
  }

  /** A name without digits and capitals has no generated part; this is the common case. */
  private static boolean isPlain(String name) {
    for (int i = 0; i < name.length(); i++) {
      int kind = kind(name.charAt(i));
      if (kind == DIGIT || kind == UPPER) {
        return false;
      }
    }
    return true;
  }

  private static int kind(char c) {
    if (c >= 'a' && c <= 'z') {
      return LOWER;
    }
    if (c >= '0' && c <= '9') {
      return DIGIT;
    }
    return c >= 'A' && c <= 'Z' ? UPPER : -1;
  }

  /** The number of characters to keep: all of them, none, or the letters before a number. */
  private static int keptLetters(String name, int from, int to, boolean afterGenerated) {
    int length = to - from;
    int digits = 0;
    int hex = 0;
    int runs = 0;
    int letters = 0;
    int before = -1;
    for (int i = from; i < to; i++) {
      char c = name.charAt(i);
      int kind = kind(c);
      digits += kind == DIGIT ? 1 : 0;
      hex += Character.digit(c, 16) >= 0 ? 1 : 0;
      if (digits == 0) {
        letters++;
      }
      // A capital starts a word, and the lower-case letters after it belong to it.
      boolean goesOn = kind == before || (before == UPPER && kind == LOWER);
      boolean capitalInside =
          kind == UPPER && before == UPPER && i + 1 < to && kind(name.charAt(i + 1)) == LOWER;
      if (!goesOn || capitalInside) {
        runs++;
      }
      before = kind;
    }
    boolean beginsComponent = from == 0 || name.charAt(from - 1) == '/';
    boolean endsComponent = to == name.length() || name.charAt(to) == '/';
    if (digits == length) {
      return length >= 4 || (beginsComponent && endsComponent) ? 0 : length;
    }
    if (hex == length && ((digits > 0 && length >= 8) || (afterGenerated && length == 4))) {
      return 0;
    }
    if (runs == 2 && letters == length - digits && digits >= 4) {
      return letters;
    }
    boolean dense = length < 3 * runs;
    boolean mixed = runs >= 4 && length >= 6;
    boolean mixedSuffix = !beginsComponent && length >= 5 && runs >= (length == 5 ? 4 : 3);
    return dense && (mixed || mixedSuffix) ? 0 : length;
  }
}
