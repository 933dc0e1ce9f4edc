package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/** Names the workload of a target, which stays the same when its pods are replaced. */
public final class WorkloadName {
  /** The alphabet of generated Kubernetes suffixes: no vowels, no digits that look like letters. */
  private static final String SAFE = "bcdfghjklmnpqrstvwxz2456789";

  private WorkloadName() {}

  /**
   * The workload if the source names one, else the pod's name without its generated suffix, else
   * the most specific object that is named: instance, security group, container, resource, image,
   * node; empty if there is none.
   */
  public static String of(Target target) {
    String workload = target.workload();
    if (workload != null) {
      return workload;
    }
    String pod = target.pod();
    if (pod != null) {
      return ofPod(pod);
    }
    String narrowest =
        first(
            target.instance(),
            target.securityGroup(),
            target.containerName(),
            target.resource(),
            repository(target.image()),
            target.containerId() == null ? target.node() : null);
    return narrowest == null ? "" : narrowest;
  }

  private static @Nullable String first(@Nullable String... values) {
    for (String value : values) {
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private static @Nullable String repository(@Nullable String image) {
    if (image == null) {
      return null;
    }
    int tag = image.lastIndexOf(':');
    return tag > image.lastIndexOf('/') ? image.substring(0, tag) : image;
  }

  /**
   * A pod's name without its generated suffix: {@code web-7c8d9f5b6d-x2x4k} (Deployment) and {@code
   * agent-x2x4k} (DaemonSet) lose their hashes, {@code db-0} (StatefulSet) its ordinal, {@code
   * report-28400000-x2x4k} (CronJob) its time.
   *
   * @see <a
   *     href="https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go">SafeEncodeString</a>
   */
  static String ofPod(String pod) {
    int last = pod.lastIndexOf('-');
    if (last <= 0) {
      return pod;
    }
    boolean number = isNumber(pod, last + 1, pod.length());
    boolean suffix = pod.length() - last - 1 == 5 && isGenerated(pod, last + 1, pod.length(), 1);
    if (!number && !suffix) {
      return pod;
    }
    int hash = pod.lastIndexOf('-', last - 1);
    int length = last - hash - 1;
    // A suffix may consist of digits only, but then of those of the generated alphabet.
    boolean deployment =
        hash > 0
            && length >= 8
            && length <= 10
            && (!number || (suffix && isSafe(pod, last + 1, pod.length())))
            && isGenerated(pod, hash + 1, last, 3);
    return pod.substring(0, deployment ? hash : last);
  }

  /**
   * Whether the part uses the generated alphabet, or has too many digits for a word: older clusters
   * used other alphabets, and a CronJob appends the minutes since 1970.
   */
  private static boolean isGenerated(String text, int from, int to, int digitsOfNoWord) {
    int digits = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        digits++;
      } else if (c < 'a' || c > 'z') {
        return false;
      }
    }
    return digits >= digitsOfNoWord || isSafe(text, from, to);
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
}
