package io.cattleguard.sources.ocsf;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Programs;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first of a finding's evidences.
 *
 * @see <a href="https://schema.ocsf.io/1.6.0/objects/evidences">Evidences</a>
 */
final class OcsfEvidence {
  private final Fields evidence;
  private final Fields process;
  private final Fields container;

  OcsfEvidence(Fields finding) {
    List<Fields> all = finding.objects("evidences");
    this.evidence = all.isEmpty() ? finding.object("evidence") : all.getFirst();
    Fields own = evidence.object("process");
    this.process = own.isEmpty() ? evidence.object("actor").object("process") : own;
    Fields inside = process.object("container");
    this.container = inside.isEmpty() ? evidence.object("container") : inside;
  }

  ObservedProcess process() {
    String path = process.object("file").text("path");
    Fields parent = process.object("parent_process");
    return new ObservedProcess(
        path,
        or(process.text("name"), Programs.name(path)),
        process.text("cmd_line"),
        or(parent.text("name"), Programs.name(parent.object("file").text("path"))),
        process.object("user").text("name"));
  }

  /** The connection, seen from the workload: an inbound one has its peer at the source. */
  ObservedConnection network() {
    Fields info = evidence.object("connection_info");
    String word = info.word("direction").toLowerCase(Locale.ROOT);
    String direction = word.equals("inbound") || word.equals("outbound") ? word : null;
    Fields peer = evidence.object("inbound".equals(direction) ? "src_endpoint" : "dst_endpoint");
    Fields own = evidence.object("inbound".equals(direction) ? "dst_endpoint" : "src_endpoint");
    String address = peer.text("ip");
    boolean known = address != null && Addresses.isAddress(address);
    String protocol = info.text("protocol_name");
    return new ObservedConnection(
        known ? address : null,
        known ? peer.port("port") : null,
        own.port("port"),
        protocol == null ? null : protocol.toLowerCase(Locale.ROOT),
        direction,
        or(evidence.object("query").text("hostname"), peer.text("hostname")));
  }

  @Nullable String file() {
    return evidence.object("file").text("path");
  }

  @Nullable String containerId() {
    return container.text("uid");
  }

  @Nullable String containerName() {
    return container.text("name");
  }

  @Nullable String podUid() {
    return container.text("pod_uuid");
  }

  @Nullable String image() {
    return container.object("image").text("name");
  }
}
