package io.cattleguard.sources.tracee;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Programs;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The format with {@code workload} and {@code threat}, which Tracee's gRPC API defines. */
record NewerEvent(Fields fields) implements TraceeEvent {

  private Fields threat() {
    return fields.object("threat");
  }

  private Fields workload() {
    return fields.object("workload");
  }

  private Fields process() {
    return workload().object("process");
  }

  @Override
  public boolean isSignature() {
    return !threat().isEmpty()
        || fields.value("detected_from").isObject()
        || fields.value("detectedFrom").isObject();
  }

  @Override
  public @Nullable String name() {
    return fields.text("name");
  }

  @Override
  public @Nullable String title() {
    return or(threat().text("name"), threat().text("description"));
  }

  @Override
  public @Nullable Severity severity() {
    return TraceeSeverity.of(threat(), "severity");
  }

  @Override
  public Behaviour attack() {
    Fields mitre = threat().object("mitre");
    return Behaviour.ofNames(
        List.of(mitre.object("tactic").word("name"), mitre.object("technique").word("id")));
  }

  @Override
  public Target.Builder target() {
    Fields container = workload().object("container");
    Fields image = container.object("image");
    Fields k8s = workload().object(workload().value("k8s").isObject() ? "k8s" : "kubernetes");
    return Target.builder()
        .namespace(k8s.object("namespace").text("name"))
        .pod(k8s.object("pod").text("name"))
        .podUid(k8s.object("pod").text("uid"))
        .containerId(container.text("id"))
        .containerName(container.text("name"))
        .image(or(image.text("name"), image.text("id")));
  }

  @Override
  public @Nullable String executable() {
    return process().object("executable").text("path");
  }

  @Override
  public @Nullable String program() {
    return process().object("thread").text("name");
  }

  /** The first ancestor, by its program's name. */
  @Override
  public @Nullable String parent() {
    for (Fields ancestor : process().objects("ancestors")) {
      String executable = ancestor.object("executable").text("path");
      return or(Programs.name(executable), ancestor.object("thread").text("name"));
    }
    return null;
  }

  @Override
  public @Nullable String user() {
    Fields user =
        process().object(process().value("realUser").isObject() ? "realUser" : "real_user");
    return user.id("id");
  }

  @Override
  public TraceeArguments arguments() {
    return TraceeArguments.of(fields.value("data"), fields.notes());
  }

  @Override
  public @Nullable Instant observedAt() {
    return fields.time("timestamp");
  }
}
