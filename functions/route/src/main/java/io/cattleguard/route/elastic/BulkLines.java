package io.cattleguard.route.elastic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.route.Notice;
import io.cattleguard.route.ocsf.OcsfFinding;
import java.time.Instant;

/**
 * A finding as two lines of a bulk request. It is created, never overwritten, with an id that a
 * copy has too.
 */
final class BulkLines {
  private BulkLines() {}

  /** The lines, each with its end. */
  static String of(Notice notice, String index) {
    if (!(notice instanceof Notice.About about)) {
      throw new IllegalArgumentException("only what is about an alert is a finding");
    }
    ObjectNode action = JsonNodeFactory.instance.objectNode();
    action.putObject("create").put("_index", index).put("_id", Fingerprint.hash(notice.id()));
    ObjectNode finding = OcsfFinding.of(about);
    finding.put("@timestamp", Instant.ofEpochMilli(finding.path("time").longValue()).toString());
    return action + "\n" + finding + "\n";
  }
}
