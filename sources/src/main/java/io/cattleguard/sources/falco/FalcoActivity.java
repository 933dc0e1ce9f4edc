package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.textIfText;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.Activity.Deed;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the action of a process in an alert of Falco's syscall engine: by the call, else by the
 * prefixes of Falco's own rule names.
 */
final class FalcoActivity {
  private FalcoActivity() {}

  static List<Activity> of(Alert alert, JsonNode fields) {
    String call = Objects.requireNonNullElse(textIfText(fields.path("evt.type")), "");
    Activity started =
        new Activity(
            Deed.STARTED,
            alert.target(),
            alert.process(),
            textIfText(fields.path("proc.pexepath")),
            alert.network(),
            alert.file(),
            Activity.digestOf(textIfText(fields.path("container.image.digest"))),
            started(fields),
            alert.observedAt(),
            alert.count());
    List<Activity> activities = new ArrayList<>(2);
    if (alert.process().executable() != null || alert.process().name() != null) {
      activities.add(started);
    }
    Integer port = ownPort(fields);
    if (isListening(call) && port != null) {
      activities.add(listening(started, port));
    } else if (isConnecting(alert, call)) {
      activities.add(started.as(Deed.CONNECTED));
    } else if (alert.file() != null && isWriting(alert, call, fields)) {
      activities.add(started.as(Deed.WROTE));
    }
    return activities;
  }

  private static boolean isListening(String call) {
    return call.equals("listen") || call.equals("bind") || call.startsWith("accept");
  }

  private static boolean isConnecting(Alert alert, String call) {
    return alert.network().peer() != null
        && (call.equals("connect") || "outbound".equals(alert.network().direction()));
  }

  private static boolean isWriting(Alert alert, String call, JsonNode fields) {
    return switch (call) {
      case "write",
          "pwrite",
          "pwrite64",
          "writev",
          "creat",
          "rename",
          "renameat",
          "renameat2",
          "unlink",
          "unlinkat",
          "truncate",
          "ftruncate",
          "symlink",
          "symlinkat",
          "link",
          "linkat" ->
          true;
      case "open", "openat", "openat2" ->
          fields.path("evt.is_open_write").asBoolean(false)
              || Objects.requireNonNullElse(textIfText(fields.path("evt.arg.flags")), "")
                  .contains("O_CREAT")
              || isWritingRule(alert);
      case "" -> isWritingRule(alert);
      default -> false;
    };
  }

  private static boolean isWritingRule(Alert alert) {
    String rule = alert.rule() == null ? "" : alert.rule().toLowerCase(Locale.ROOT);
    return rule.startsWith("write below ")
        || rule.startsWith("create files below ")
        || rule.startsWith("modify ");
  }

  private static Activity listening(Activity started, int port) {
    return new Activity(
        Deed.LISTENED,
        started.target(),
        started.process(),
        started.parentExecutable(),
        new ObservedConnection(null, null, port, started.network().protocol(), "inbound"),
        started.file(),
        started.digest(),
        started.containerStartedAt(),
        started.observedAt(),
        started.count());
  }

  /** The port on the workload's side: the local one, else the server's of a call that serves. */
  private static @Nullable Integer ownPort(JsonNode fields) {
    List<String> notes = new ArrayList<>(0);
    for (String key : new String[] {"fd.lport", "fd.sport"}) {
      JsonNode value = fields.path(key);
      Integer port = value.isMissingNode() ? null : FieldValue.port(value, key, notes);
      if (port != null && port > 0) {
        return port;
      }
    }
    return null;
  }

  private static @Nullable Instant started(JsonNode fields) {
    JsonNode start = fields.path("container.start_ts");
    return start.isMissingNode() ? null : EventTime.epoch(start, 1_000_000_000L);
  }
}
