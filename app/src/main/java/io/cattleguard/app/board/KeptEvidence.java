package io.cattleguard.app.board;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.app.board.page.EvidenceList;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.ActionRecord;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Reads the evidence of incidents, and keeps it a while because their pages update themselves. */
final class KeptEvidence {
  /** The action whose outcome is in the store. */
  private static final String CAPTURE = "capture-evidence";

  private static final Duration FRESH = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final int INCIDENTS = 64;

  private final ShownEvidence shown;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Read> kept = new LinkedHashMap<>();

  private record Read(Instant at, EvidenceList list) {}

  KeptEvidence(ShownEvidence shown, InstantSource clock) {
    this.shown = shown;
    this.clock = clock;
  }

  /** The evidence of an incident; empty if no action collected any. */
  Optional<EvidenceList> of(IncidentRecord incident) {
    if (incident.actions().values().stream().map(ActionRecord::action).noneMatch(CAPTURE::equals)) {
      return Optional.empty();
    }
    Instant now = clock.instant();
    lock.lock();
    try {
      Read known = kept.get(incident.id());
      if (known != null && now.isBefore(known.at().plus(FRESH))) {
        return Optional.of(known.list());
      }
    } finally {
      lock.unlock();
    }
    EvidenceList read = read(incident.id());
    lock.lock();
    try {
      kept.remove(incident.id());
      kept.put(incident.id(), new Read(now, read));
      if (kept.size() > INCIDENTS) {
        String oldest = kept.keySet().iterator().next();
        kept.remove(oldest);
      }
    } finally {
      lock.unlock();
    }
    return Optional.of(read);
  }

  private EvidenceList read(String incident) {
    String chain = EvidenceChain.idOf(incident);
    String command = "cattleguard evidence " + chain + " " + shown.options();
    Optional<EvidenceStore> store = shown.store();
    if (store.isEmpty()) {
      return new EvidenceList(
          shown.place(),
          command,
          List.of(),
          Optional.of(
              "No evidence bucket is set, so the board shows no manifests: start it with"
                  + " --evidence-bucket."));
    }
    try {
      return EvidenceList.of(
          shown.place(),
          command,
          new EvidenceChain(store.get().within(LONGEST), chain).latest(EvidenceList.MOST));
    } catch (Unavailable e) {
      return new EvidenceList(
          shown.place(),
          command,
          List.of(),
          Optional.of("The evidence cannot be read: " + e.getMessage()));
    }
  }
}
