package io.cattleguard.route.s3;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.route.Notice;
import io.cattleguard.route.ocsf.OcsfFinding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.zip.GZIPOutputStream;

/**
 * A finding as an object: one line of JSON, compressed, below the date of the event. A copy has the
 * same key and the same bytes, so it overwrites its original.
 *
 * @param key {@code cattleguard/date=2026-01-01/<time>-<hash of the event's id>.json.gz}
 * @param line the JSON with its line end
 */
record LakeObject(String key, String line) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneOffset.UTC);

  static LakeObject of(Notice notice, String prefix) {
    if (!(notice instanceof Notice.About about)) {
      throw new IllegalArgumentException("only what is about an alert is a finding");
    }
    ObjectNode finding = OcsfFinding.of(about);
    long time = finding.path("time").longValue();
    String key =
        prefix
            + "date="
            + DATE.format(Instant.ofEpochMilli(time))
            + "/"
            + time
            + "-"
            + Fingerprint.hash(notice.id())
            + ".json.gz";
    return new LakeObject(key, finding + "\n");
  }

  /** The same bytes for the same line: the header of gzip has no time. */
  byte[] bytes() {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("memory was not written", e);
    }
    return zipped.toByteArray();
  }
}
