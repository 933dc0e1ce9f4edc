package io.cattleguard.sources.tracee;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.FileBehaviour;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Programs;
import io.cattleguard.sources.parsing.Reading;

/**
 * Reads Tracee's events in both of its formats. An event of a signature is an alert; the events
 * that it traces are not.
 *
 * @see <a href="https://aquasecurity.github.io/tracee/latest/docs/outputs/event-structure/">Event
 *     structure</a>
 */
public final class TraceeParser implements AlertParser {
  private static final BehaviourTable SIGNATURES =
      BehaviourTable.of(TraceeParser.class, "signatures.txt");

  @Override
  public String source() {
    return "tracee";
  }

  /** The older format has {@code eventName}; the newer one a {@code workload} beside its name. */
  @Override
  public boolean recognises(JsonNode event) {
    return (event.has("eventName") && (event.has("eventId") || event.has("processName")))
        || (event.path("workload").isObject()
            && event.has("name")
            && (event.has("threat") || event.has("detected_from") || event.has("timestamp")));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    Fields fields = Fields.of(event);
    TraceeEvent traced = event.has("eventName") ? new OlderEvent(fields) : new NewerEvent(fields);
    if (!traced.isSignature()) {
      return new Reading.Ignored(
          "Tracee's "
              + HostileText.visible(
                  event.has("eventName") ? fields.word("eventName") : fields.word("name"), 40)
              + ": a traced event, not a signature");
    }
    String name = traced.name();
    TraceeArguments arguments = traced.arguments();
    Behaviour known = SIGNATURES.of(name);
    String executable = traced.executable();
    String program = traced.program() == null ? Programs.name(executable) : traced.program();
    Behaviour file =
        FileBehaviour.of(arguments.access(), arguments.file(), or(executable, program));
    boolean inMemory = Programs.isInMemory(executable) || Programs.isInMemory(arguments.file());
    return new AlertDraft(source(), origin, raw, fields.notes())
        .rule(name)
        .severity(traced.severity())
        .behaviour(traced.attack())
        .behaviour(known)
        .behaviour(file)
        .traits(known.traits())
        .traits(file.traits())
        .trait(Trait.MEMFD, inMemory)
        .target(traced.target())
        .process(
            new ObservedProcess(
                executable, program, arguments.commandLine(), traced.parent(), traced.user()))
        .network(arguments.network())
        .file(arguments.file())
        .observedAt(traced.observedAt())
        .title(traced.title())
        .read();
  }
}
