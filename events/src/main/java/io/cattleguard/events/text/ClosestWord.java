package io.cattleguard.events.text;

/** Finds the known word that a mistyped one probably means. */
public final class ClosestWord {
  private ClosestWord() {}

  /**
   * A hint to append to an error: {@code ; did you mean 'score'?}, or an empty text where no known
   * word is close.
   */
  public static String hint(String word, Iterable<String> known) {
    String closest = "";
    int best = Math.clamp(word.length() / 2 + 1, 2, 4);
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < best) {
        best = distance;
        closest = candidate;
      }
    }
    return closest.isEmpty() ? "" : "; did you mean '" + closest + "'?";
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(Math.min(current[j - 1], previous[j]) + 1, previous[j - 1] + change);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
