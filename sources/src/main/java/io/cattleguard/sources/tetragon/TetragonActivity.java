package io.cattleguard.sources.tetragon;

import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Activity;
import io.cattleguard.sources.parsing.Activity.Call;
import io.cattleguard.sources.parsing.Activity.Deed;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a process did in any of Tetragon's process events. A hook also shows that its process
 * runs, because events of a start may be rate-limited.
 */
final class TetragonActivity {
  private static final String NO_PROGRAM = "<kernel>";

  private TetragonActivity() {}

  static List<Activity> of(JsonNode event, String kind, JsonNode body, long count, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    TetragonProcess process = TetragonProcess.of(body.get("process"), "process", notes);
    TetragonProcess parent = TetragonProcess.of(body.get("parent"), "parent", notes);
    if (kind.equals("process_exit") || isRefused(body, notes)) {
      return List.of();
    }
    String function = text(body.get("function_name"), "function_name", notes);
    TetragonArguments arguments = new TetragonArguments(function, notes);
    arguments.readAll(body.get("args"), "args");
    arguments.readAll(body.get("data"), "data");
    arguments.read(body.get("return"), "return");
    String node = text(event.get("node_name"), "node_name", notes);
    String file = arguments.file();
    ObservedProcess observed = process.observed(parent.name());
    if (observed.executable() == null && !process.isPlaced()) {
      // Tetragon lost the events of its start, so it is unknown whose process it is.
      return lost(event, arguments.executed(), node, count, origin, notes);
    }
    String program = arguments.executed();
    String own = observed.executable();
    String starter = parent.binary();
    boolean onlyForked = own == null || own.equals(starter);
    boolean isExec = kind.equals("process_exec");
    if (program != null && onlyForked && !isExec) {
      // The hook is about the program that replaces the process's own.
      starter = own;
      observed = process.running(program, observed);
    } else if (onlyForked && !isExec) {
      observed = process.running(null, observed);
    }
    Activity started =
        new Activity(
            Deed.STARTED,
            process.target(origin.cluster(), origin.node().orElse(node)),
            program == null ? process.executable(observed) : observed,
            starter,
            ObservedConnection.UNKNOWN,
            file,
            process.digest(),
            process.containerStartedAt(),
            EventTime.of(event.get("time"), null, null, notes),
            count);
    List<Activity> activities = new ArrayList<>(2);
    Optional<Call> call = TetragonCall.of(kind, event, body);
    call.ifPresent(made -> activities.add(started.calling(made)));
    if (TetragonCall.isRaw(kind, body)) {
      if (TetragonCall.isRecording(kind, body)
          && TetragonCall.isFirst(
              body.path("process"),
              started.containerStartedAt(),
              process.startedAt(),
              started.observedAt())) {
        activities.add(started.as(Deed.STARTED_RECORDED));
      }
      return activities;
    }
    String runs = started.process().executable();
    if (runs != null && !runs.equals(NO_PROGRAM)) {
      activities.add(started);
    }
    if (program != null && !isExec && !program.equals(runs)) {
      // The process was started by a link, or starts another program in its own place. An engine
      // compares this path, which has no links.
      activities.add(
          new Activity(
              Deed.STARTED,
              started.target(),
              process.running(program, started.process()),
              started.parentExecutable(),
              ObservedConnection.UNKNOWN,
              file,
              started.digest(),
              started.containerStartedAt(),
              started.observedAt(),
              count));
    }
    Deed deed = deed(function, arguments, file);
    if (deed != null && !isExec) {
      activities.add(
          new Activity(
              deed,
              started.target(),
              started.process(),
              started.parentExecutable(),
              deed == Deed.LISTENED ? arguments.local() : arguments.network(),
              file,
              started.digest(),
              started.containerStartedAt(),
              started.observedAt(),
              count));
    }
    return activities;
  }

  /** What a hook says of a process without a start: the kernel's path of its program. */
  private static List<Activity> lost(
      JsonNode event,
      @Nullable String program,
      @Nullable String node,
      long count,
      Origin origin,
      List<String> notes) {
    if (program == null) {
      return List.of();
    }
    Target nowhere =
        Target.builder().cluster(origin.cluster()).node(origin.node().orElse(node)).build();
    return List.of(
        new Activity(
            Deed.STARTED_SOMEWHERE,
            nowhere,
            new ObservedProcess(program, null, null, null, null),
            null,
            ObservedConnection.UNKNOWN,
            null,
            null,
            null,
            EventTime.of(event.get("time"), null, null, notes),
            count));
  }

  private static boolean isRefused(JsonNode body, List<String> notes) {
    return TetragonSeverity.isEnforced(text(body.get("action"), "action", notes))
        || TetragonSeverity.isEnforced(text(body.get("return_action"), "return_action", notes));
  }

  private static @Nullable Deed deed(
      @Nullable String function, TetragonArguments arguments, @Nullable String file) {
    if (function == null) {
      return null;
    }
    if (file != null && "write".equals(TetragonBehaviour.access(function, arguments.number()))) {
      return Deed.WROTE;
    }
    if (function.contains("listen") || function.contains("accept") || function.endsWith("_bind")) {
      return arguments.local().localPort() == null ? null : Deed.LISTENED;
    }
    return function.endsWith("_connect") && arguments.network().peer() != null
        ? Deed.CONNECTED
        : null;
  }
}
