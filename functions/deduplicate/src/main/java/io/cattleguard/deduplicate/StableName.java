package io.cattleguard.deduplicate;

/** Takes what is generated out of a name, so that the next one of its kind has the same. */
final class StableName {
  /** The alphabet of generated Kubernetes suffixes: no vowels, no digits that look like letters. */
  private static final String SAFE = "bcdfghjklmnpqrstvwxz2456789";

  private StableName() {}

  /**
   * A pod's name without what its controller appended: {@code web-7c8d9f5b6d-x2x4k} (Deployment)
   * and {@code agent-x2x4k} (DaemonSet) lose their hashes, {@code db-0} (StatefulSet) its ordinal,
   * {@code report-28400000-x2x4k} (CronJob) its time.
   *
   * @see <a
   *     href="https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go">SafeEncodeString</a>
   */
  static String ofPod(String pod) {
    int last = pod.lastIndexOf('-');
    if (last <= 0) {
      return pod;
    }
    if (isNumber(pod, last + 1, pod.length())) {
      return pod.substring(0, last);
    }
    if (pod.length() - last - 1 != 5) {
      return pod;
    }
    int hash = pod.lastIndexOf('-', last - 1);
    if (hash > 0 && isGeneratedPart(pod, hash + 1, last)) {
      return pod.substring(0, hash);
    }
    return isSafe(pod, last + 1, pod.length()) ? pod.substring(0, last) : pod;
  }

  /** A pod-template hash, or a CronJob's minutes since 1970. */
  private static boolean isGeneratedPart(String text, int from, int to) {
    int length = to - from;
    if (length < 6 || length > 10) {
      return false;
    }
    boolean digit = false;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        digit = true;
      } else if (c < 'a' || c > 'z') {
        return false;
      }
    }
    return digit || isSafe(text, from, to);
  }

  private static boolean isSafe(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (SAFE.indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumber(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return to > from;
  }

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
