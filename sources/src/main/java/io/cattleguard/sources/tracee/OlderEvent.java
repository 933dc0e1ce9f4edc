package io.cattleguard.sources.tracee;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Fields;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The format with {@code eventName} and {@code args}, which Tracee writes up to version 0.23. */
record OlderEvent(Fields fields) implements TraceeEvent {
  private static final long NANOSECONDS = 1_000_000_000;

  private Fields metadata() {
    return fields.object("metadata");
  }

  private Fields properties() {
    return metadata().object("Properties");
  }

  /** The metadata identifies a signature; that of other events is empty. */
  @Override
  public boolean isSignature() {
    return !properties().isEmpty();
  }

  @Override
  public @Nullable String name() {
    return fields.text("eventName");
  }

  @Override
  public @Nullable String title() {
    return or(properties().text("signatureName"), metadata().text("Description"));
  }

  @Override
  public @Nullable Severity severity() {
    return TraceeSeverity.of(properties(), "Severity");
  }

  @Override
  public Behaviour attack() {
    Fields properties = properties();
    return Behaviour.ofNames(List.of(properties.word("Category"), properties.word("external_id")));
  }

  /** The host's name is the container's own for a process in a container, so it is no node. */
  @Override
  public Target.Builder target() {
    Fields container = fields.object("container");
    Fields kubernetes = fields.object("kubernetes");
    String id = or(container.text("id"), fields.text("containerId"));
    String pod = or(kubernetes.text("podName"), fields.text("podName"));
    return Target.builder()
        .node(id == null && pod == null ? fields.text("hostName") : null)
        .namespace(or(kubernetes.text("podNamespace"), fields.text("podNamespace")))
        .pod(pod)
        .podUid(or(kubernetes.text("podUID"), fields.text("podUID")))
        .containerId(id)
        .containerName(or(container.text("name"), fields.text("containerName")))
        .image(or(container.text("image"), fields.text("containerImage")));
  }

  @Override
  public @Nullable String executable() {
    return fields.object("executable").text("path");
  }

  @Override
  public @Nullable String program() {
    return fields.text("processName");
  }

  @Override
  public @Nullable String parent() {
    return null;
  }

  @Override
  public @Nullable String user() {
    return fields.id("userId");
  }

  @Override
  public TraceeArguments arguments() {
    return TraceeArguments.of(fields.value("args"), fields.notes());
  }

  @Override
  public @Nullable Instant observedAt() {
    return fields.epoch("timestamp", NANOSECONDS);
  }
}
