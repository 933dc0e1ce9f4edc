package io.cattleguard.models;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.Origin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The behaviour of a workload in an alert of any source: the program that acts, and its peer. It is
 * compared with a model, and never learnt.
 */
public final class AlertBehaviour {
  private static final int LONGEST_NAME = 253;

  private AlertBehaviour() {}

  /** The workload of an alert's container, under the name that its model has. */
  public static Workload workload(Alert alert) {
    return Observations.workload(alert.target(), new Origin(null, Instant.EPOCH));
  }

  /**
   * The behaviour in the words of a model; empty if the alert names neither a program nor a peer.
   */
  public static List<Observation> of(Alert alert) {
    if (alert.alertClass() != AlertClass.RUNTIME) {
      return List.of();
    }
    Workload workload = workload(alert);
    List<Observation> observations = new ArrayList<>(2);
    program(alert).ifPresent(entry -> observations.add(observation(workload, entry, alert)));
    peer(alert.network()).ifPresent(entry -> observations.add(observation(workload, entry, alert)));
    return observations;
  }

  private static Observation observation(Workload workload, Entry entry, Alert alert) {
    return new Observation(
        workload,
        entry,
        Phase.UNKNOWN,
        Objects.requireNonNullElse(alert.observedAt(), Instant.EPOCH),
        Objects.requireNonNullElse(alert.target().pod(), ""),
        Objects.requireNonNullElse(alert.target().containerId(), ""),
        null,
        null,
        1);
  }

  /** Without a parent, because the program need not have started just now. */
  private static Optional<Entry> program(Alert alert) {
    String executable = alert.process().executable();
    String program = executable == null ? alert.process().name() : executable;
    return program == null
        ? Optional.empty()
        : Optional.of(new Executable(Ephemeral.program(HostileText.visible(program)), ""));
  }

  /** The peer of an outgoing connection; models do not cover incoming ones. */
  private static Optional<Entry> peer(ObservedConnection network) {
    if ("inbound".equals(network.direction())) {
      return Optional.empty();
    }
    Integer port = network.port();
    String domain = network.domain();
    if (domain != null) {
      String name = HostileText.visible(domain, LONGEST_NAME).toLowerCase(Locale.ROOT);
      return Optional.of(
          new Peer(PeerKind.DNS, name, port == null ? Entry.NO_PORT : Ephemeral.port(port)));
    }
    String address = network.peer();
    return address == null || port == null || Addresses.isLoopback(address)
        ? Optional.empty()
        : Networks.peer(address, Ephemeral.port(port));
  }
}
