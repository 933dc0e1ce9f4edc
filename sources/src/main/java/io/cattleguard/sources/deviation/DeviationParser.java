package io.cattleguard.sources.deviation;

import static io.cattleguard.sources.parsing.FieldValue.port;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.AttackTags;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads deviations from models of workloads. */
public final class DeviationParser implements AlertParser {
  /** The source's name. */
  public static final String SOURCE = "cattleguard";

  /** The mode of a model that people review before anything acts on it. */
  static final String OBSERVING = "observing";

  /** Traits that a deviation may have. Other traits state who proves an alert, and are not read. */
  private static final Set<Trait> TRAITS =
      Set.of(Trait.MEMFD, Trait.DROPPED_EXECUTABLE, Trait.WRITABLE_EXECUTABLE, Trait.INTRUSION);

  @Override
  public String source() {
    return SOURCE;
  }

  @Override
  public boolean recognises(JsonNode event) {
    return event.size() == 1 && event.path(DeviationEvent.KEY).isObject();
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    JsonNode in = event.path(DeviationEvent.KEY);
    String executable = text(in.get("executable"), "executable", notes);
    AlertDraft draft =
        new AlertDraft(SOURCE, origin, raw, notes)
            .rule(text(in.get("rule"), "rule", notes))
            .severity(severity(text(in.get("severity"), "severity", notes)))
            .behaviour(AttackTags.of(in.get("tactics"), notes).behaviour())
            .behaviour(AttackTags.of(in.get("techniques"), notes).behaviour())
            .traits(traits(in.path("traits")))
            .trait(Trait.UNDER_REVIEW, !"enforcing".equals(in.path("mode").asText()))
            .target(target(in, notes))
            .process(
                new ObservedProcess(
                    executable,
                    name(executable),
                    executable,
                    name(text(in.get("parent"), "parent", notes)),
                    null))
            .network(network(in, notes))
            .file(text(in.get("file"), "file", notes))
            .observedAt(EventTime.of(in.get("time"), null, null, notes))
            .count(in.path("count").asLong(1))
            .title(text(in.get("why"), "why", notes));
    return draft.read();
  }

  private static @Nullable Severity severity(@Nullable String name) {
    return name == null ? null : Severity.named(name).orElse(null);
  }

  private static List<Trait> traits(JsonNode in) {
    List<Trait> traits = new ArrayList<>(0);
    for (JsonNode trait : in) {
      Trait.named(trait.asText("")).filter(TRAITS::contains).ifPresent(traits::add);
    }
    return traits;
  }

  private static Target.Builder target(JsonNode in, List<String> notes) {
    return Target.builder()
        .node(text(in.get("node"), "node", notes))
        .namespace(text(in.get("namespace"), "namespace", notes))
        .pod(text(in.get("pod"), "pod", notes))
        .workload(text(in.get("workload"), "workload", notes))
        .containerId(text(in.get("containerId"), "containerId", notes))
        .containerName(text(in.get("container"), "container", notes))
        .image(text(in.get("image"), "image", notes));
  }

  private static @Nullable String name(@Nullable String path) {
    return path == null || path.endsWith("/") ? path : path.substring(path.lastIndexOf('/') + 1);
  }

  /** A peer is an address, or what a model calls it: a domain, a service, a network. */
  private static ObservedConnection network(JsonNode in, List<String> notes) {
    String peer = text(in.get("peer"), "peer", notes);
    Integer port = in.has("port") ? port(in.get("port"), "port", notes) : null;
    Integer localPort = in.has("localPort") ? port(in.get("localPort"), "localPort", notes) : null;
    String single = peer == null ? null : single(peer);
    String direction = peer != null ? "outbound" : localPort != null ? "inbound" : null;
    return new ObservedConnection(
        single,
        port,
        localPort,
        text(in.get("protocol"), "protocol", notes),
        direction,
        single == null ? peer : null);
  }

  /** The address, if the network has no other. */
  private static @Nullable String single(String peer) {
    int slash = peer.indexOf('/');
    String address = slash < 0 ? peer : peer.substring(0, slash);
    boolean one = slash < 0 || peer.endsWith("/32") || peer.endsWith("/128");
    return one && Addresses.isAddress(address) ? address : null;
  }
}
