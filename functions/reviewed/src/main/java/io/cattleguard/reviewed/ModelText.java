package io.cattleguard.reviewed;

import com.fasterxml.jackson.databind.node.TextNode;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** Writes a model as YAML, one line per entry and always in the same order. */
public final class ModelText {
  private static final int LONGEST_NAME = 150;
  private static final int SUFFIX = 8;

  /** Text that YAML reads as itself, also within braces. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/_][A-Za-z0-9/._@+-]*");

  private static final Set<String> WORDS =
      Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

  private static final String HEADER =
      "# What this container runs and talks to. Review changes like code.";
  private static final String NO_ROOM =
      "# Observations for which the model had no room. They are deviations.";

  private static final String TRACED = "# Starts of which all system calls were recorded.";

  /** The lines of comments that are written into every file. */
  static final Set<String> COMMENTS = Set.of(HEADER, NO_ROOM, TRACED);

  private ModelText() {}

  /** The name of a workload's file: readable, and different for every workload. */
  public static String fileName(Workload workload) {
    // No two kinds differ only in the case of their letters.
    String plain =
        String.join(
            "_",
            workload.cluster(),
            workload.namespace(),
            workload.kind().toLowerCase(Locale.ROOT),
            workload.name(),
            workload.container());
    StringBuilder name = new StringBuilder();
    boolean lossy = plain.chars().filter(c -> c == '_').count() != 4;
    for (int i = 0; i < plain.length() && i < LONGEST_NAME; i++) {
      char c = plain.charAt(i);
      boolean kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      lossy |= !kept;
      name.append(kept ? c : '-');
    }
    String hash = Fingerprint.hash(workload.toString()).substring(0, SUFFIX);
    boolean isLong = plain.length() > LONGEST_NAME;
    return name + (lossy || isLong ? "-" + hash : "") + ".yaml";
  }

  public static String of(Model model) {
    StringBuilder text = new StringBuilder(4_096);
    Workload workload = model.workload();
    text.append(HEADER).append('\n');
    text.append("workload: ")
        .append(
            fields()
                .add("cluster: " + quoted(workload.cluster()))
                .add("namespace: " + quoted(workload.namespace()))
                .add("kind: " + quoted(workload.kind()))
                .add("name: " + quoted(workload.name()))
                .add("container: " + quoted(workload.container())))
        .append('\n');
    text.append("mode: ").append(model.mode().jsonName());
    text.append(" # learning | observing | enforcing\n");
    if (!model.image().isEmpty()) {
      text.append("image: ").append(quoted(model.image())).append('\n');
    }
    List<String> digests = model.digests();
    list(text, "digests", digests);
    text.append("observed: ")
        .append(
            fields()
                .add("from: " + time(model.since()))
                .add("to: " + time(model.until()))
                .add("changed: " + time(model.changed()))
                .add("pods: " + model.replicas()))
        .append('\n');
    if (!model.days().isEmpty()) {
      text.append("days: [").append(days(model.days())).append("]\n");
    }
    list(text, "pods", model.instances());
    list(text, "starts", model.starts());
    if (!model.traced().isEmpty()) {
      text.append(TRACED).append('\n');
      list(text, "traced", model.traced());
    }
    text.append("covers: [")
        .append(String.join(", ", model.covers().stream().map(ModelText::key).toList()))
        .append(
            "] # what the sources told; of other kinds only what intruders do is a deviation\n");
    for (Kind kind : Kind.values()) {
      entries(text, model, kind, digests);
    }
    if (!model.refused().isEmpty()) {
      StringJoiner refused = fields();
      model.refused().forEach((kind, count) -> refused.add(key(kind) + ": " + count));
      text.append(NO_ROOM).append('\n');
      text.append("refused: ").append(refused).append('\n');
    }
    return text.toString();
  }

  private static void entries(StringBuilder text, Model model, Kind kind, List<String> digests) {
    boolean first = true;
    for (Map.Entry<Entry, Sighting> entry : model.entries().entrySet()) {
      if (entry.getKey().kind() == kind) {
        text.append(first ? key(kind) + ":\n" : "");
        first = false;
        text.append("  - ").append(line(entry.getKey(), entry.getValue(), digests)).append('\n');
      }
    }
  }

  public static String line(Entry entry, Sighting seen, List<String> digests) {
    StringJoiner line = fields();
    switch (entry) {
      case Executable executable -> {
        line.add("path: " + quoted(executable.path()));
        if (!executable.parent().isEmpty()) {
          line.add("parent: " + quoted(executable.parent()));
        }
      }
      case Listener listener ->
          line.add("protocol: " + quoted(listener.protocol()))
              .add("port: " + EntryText.port(listener.port()));
      case Peer peer -> {
        line.add(peer.peerKind().name().toLowerCase(Locale.ROOT) + ": " + quoted(peer.name()));
        if (peer.port() != Entry.NO_PORT) {
          line.add("port: " + EntryText.port(peer.port()));
        }
      }
      case WrittenFile file -> line.add("path: " + quoted(file.path()));
      case SystemCall call -> {
        line.add("name: " + quoted(call.name()));
        if (!call.abi().isEmpty()) {
          line.add("abi: " + quoted(call.abi()));
        }
      }
    }
    line.add("count: " + seen.count());
    line.add("first: " + day(seen.first()));
    line.add("last: " + day(seen.last()));
    line.add("pods: " + seen.instances());
    line.add("starts: " + seen.starts());
    if (!seen.start().isEmpty()) {
      line.add("start: " + quoted(seen.start()));
    }
    if (seen.startupOnly()) {
      line.add("startup: only");
    }
    if (!seen.digests().equals(digests)) {
      line.add(
          "digests: ["
              + String.join(", ", seen.digests().stream().map(ModelText::quoted).toList())
              + "]");
    }
    if (seen.accepted()) {
      line.add("accepted: true");
    }
    return line.toString();
  }

  private static StringJoiner fields() {
    return new StringJoiner(", ", "{ ", " }");
  }

  private static void list(StringBuilder text, String key, List<String> values) {
    if (!values.isEmpty()) {
      text.append(key).append(":\n");
      values.forEach(value -> text.append("  - ").append(quoted(value)).append('\n'));
    }
  }

  /** The key of a kind's entries. */
  public static String key(Kind kind) {
    return switch (kind) {
      case EXECUTABLE -> "programs";
      case LISTENER -> "listeners";
      case PEER -> "peers";
      case WRITTEN_FILE -> "files";
      case SYSTEM_CALL -> "systemCalls";
    };
  }

  /** Days, and spans of days as in ISO 8601: {@code 2026-03-02/2026-03-09, 2026-03-16}. */
  private static String days(NavigableSet<LocalDate> days) {
    StringJoiner text = new StringJoiner(", ");
    LocalDate first = days.first();
    for (LocalDate day : days) {
      if (!days.contains(day.plusDays(1))) {
        text.add(first.equals(day) ? day.toString() : first + "/" + day);
        LocalDate next = days.higher(day);
        first = next == null ? first : next;
      }
    }
    return text.toString();
  }

  private static String day(Instant at) {
    return at.atZone(ZoneOffset.UTC).toLocalDate().toString();
  }

  private static String time(Instant at) {
    return Instant.ofEpochSecond(at.getEpochSecond()).toString();
  }

  /** The text as YAML: plain if it means itself, else as in JSON. */
  private static String quoted(String text) {
    boolean plain = PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT));
    return plain ? text : TextNode.valueOf(text).toString();
  }
}
