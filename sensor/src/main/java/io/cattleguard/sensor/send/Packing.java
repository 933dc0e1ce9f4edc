package io.cattleguard.sensor.send;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.JsonSize;
import io.cattleguard.sensor.spool.Round;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Packs alerts into entries, in order, as many as fit into each. */
final class Packing {
  /** The envelope and the detail's own fields. */
  private static final int ENTRY_OVERHEAD = 1_024;

  /** Names, times and a count around each alert. */
  private static final int ALERT_OVERHEAD = 160;

  private final String cluster;
  private final int entryBytes;

  /**
   * For a cluster.
   *
   * @param entryBytes maximum bytes of an entry
   */
  Packing(String cluster, int entryBytes) {
    this.cluster = cluster;
    this.entryBytes = entryBytes;
  }

  /** The entries that carry these alerts; one that is too large for any entry is shortened. */
  List<Entry> pack(List<Round.Folded> alerts, Instant now) {
    List<Entry> entries = new ArrayList<>();
    List<Round.Folded> open = new ArrayList<>();
    int bytes = ENTRY_OVERHEAD;
    for (Round.Folded alert : alerts) {
      int size = size(alert);
      if (!open.isEmpty() && bytes + size > entryBytes) {
        entries.add(entry(open, now));
        open = new ArrayList<>();
        bytes = ENTRY_OVERHEAD;
      }
      open.add(alert);
      bytes += size;
    }
    if (!open.isEmpty()) {
      entries.add(entry(open, now));
    }
    return entries;
  }

  private int size(Round.Folded alert) {
    return ALERT_OVERHEAD + Math.min(JsonSize.of(alert.text()), room());
  }

  private int room() {
    return entryBytes - ENTRY_OVERHEAD - ALERT_OVERHEAD;
  }

  /** One entry with exactly these alerts. */
  Entry entry(List<Round.Folded> alerts, Instant now) {
    List<RuntimeAlerts.Sensed> sensed = new ArrayList<>(alerts.size());
    StringBuilder identity = new StringBuilder();
    for (Round.Folded alert : alerts) {
      String text =
          JsonSize.of(alert.text()) <= room() ? alert.text() : Shortening.of(alert.text(), room());
      sensed.add(new RuntimeAlerts.Sensed(text, alert.count(), alert.firstAt(), alert.lastAt()));
      identity.append(alert.foldKey()).append(' ').append(alert.count()).append(' ');
      identity.append(alert.firstAt()).append('\n');
    }
    RuntimeAlerts detail =
        new RuntimeAlerts(Fingerprint.hash(identity.toString()), cluster, now, 0, sensed);
    return new Entry(DetailType.RUNTIME_ALERTS, now, alerts, detail.write().toString());
  }
}
