package io.cattleguard.sources.tetragon;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Derives a severity, which Tetragon does not report: from the policy's tags, else from Tetragon's
 * action, else from the hook.
 *
 * @see <a href="https://tetragon.io/docs/concepts/tracing-policy/tags/">Tags of a policy</a>
 */
final class TetragonSeverity {
  private static final String TAG = "severity";
  private static final String OBSERVABILITY = "observability.";
  private static final String ESCALATION = "observability.privilege_escalation";

  private TetragonSeverity() {}

  static Severity of(
      String kind,
      @Nullable JsonNode tags,
      @Nullable String action,
      @Nullable String returnAction,
      Optional<Severity> hooked,
      List<String> notes) {
    Severity tagged = tagged(tags, notes);
    if (tagged != null) {
      return tagged;
    }
    if (isReactedTo(action) || isReactedTo(returnAction)) {
      return Severity.HIGH;
    }
    if (hooked.isPresent()) {
      return hooked.get();
    }
    boolean routine = kind.equals("process_loader") || onlyObserves(tags);
    return routine ? Severity.LOW : Severity.MEDIUM;
  }

  /** Whether a policy reacted, if only with a signal that a process may survive. */
  private static boolean isReactedTo(@Nullable String action) {
    return isEnforced(action) || "KPROBE_ACTION_SIGNAL".equals(action);
  }

  /** Whether Tetragon stopped the process or the call, because a policy forbids it. */
  static boolean isEnforced(@Nullable String action) {
    return action != null
        && switch (action) {
          case "KPROBE_ACTION_SIGKILL", "KPROBE_ACTION_OVERRIDE", "KPROBE_ACTION_NOTIFYENFORCER" ->
              true;
          default -> false;
        };
  }

  /**
   * Reads {@code severity:high}, also with {@code .}, {@code =} or {@code /}; the highest of
   * several.
   */
  private static @Nullable Severity tagged(@Nullable JsonNode tags, List<String> notes) {
    if (tags == null || !tags.isArray()) {
      return null;
    }
    Severity worst = null;
    for (JsonNode tag : tags) {
      String name = tag.isTextual() ? severityName(tag.textValue()) : null;
      if (name != null) {
        Optional<Severity> severity = Severity.named(name);
        if (severity.isEmpty()) {
          notes.add("tags: " + FieldValue.shown(tag) + " is not a known severity");
        } else if (worst == null || severity.get().compareTo(worst) > 0) {
          worst = severity.get();
        }
      }
    }
    return worst;
  }

  private static @Nullable String severityName(String tag) {
    boolean fits =
        tag.length() > TAG.length()
            && tag.regionMatches(true, 0, TAG, 0, TAG.length())
            && ":.=/".indexOf(tag.charAt(TAG.length())) >= 0;
    return fits ? tag.substring(TAG.length() + 1).strip().toLowerCase(Locale.ROOT) : null;
  }

  /** Whether the policy is tagged as observability only. */
  private static boolean onlyObserves(@Nullable JsonNode tags) {
    if (tags == null || !tags.isArray() || tags.isEmpty()) {
      return false;
    }
    for (JsonNode tag : tags) {
      if (!tag.asText().startsWith(OBSERVABILITY) || tag.asText().equals(ESCALATION)) {
        return false;
      }
    }
    return true;
  }
}
