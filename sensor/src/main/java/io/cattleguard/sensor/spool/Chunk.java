package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The observations of one commit, stored as one row of the spool's log. One row per observation
 * would cost three times as much.
 *
 * <p>Each observation is a byte of severity (OCSF's number), 16 bytes of fold key, two longs
 * (observed, in nanoseconds, and received, in milliseconds since 1970), the length of the text as
 * an int, and the text in UTF-8; big endian.
 */
final class Chunk {
  /** The bytes of an observation beside its text. */
  static final int HEADER = 1 + 16 + 8 + 8 + 4;

  private Chunk() {}

  /** Receives its observations, one by one. */
  interface Visitor<E extends Exception> {
    /**
     * Visits an observation.
     *
     * @param text a view; only for the time of the call
     */
    void visit(
        Severity severity, String foldKey, long observedNanos, long receivedMillis, ByteBuffer text)
        throws E;
  }

  static byte[] write(List<Observation> observations) {
    byte[][] texts = new byte[observations.size()][];
    int size = 0;
    for (int i = 0; i < texts.length; i++) {
      texts[i] = observations.get(i).text().getBytes(StandardCharsets.UTF_8);
      size += HEADER + texts[i].length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = 0; i < texts.length; i++) {
      Observation observation = observations.get(i);
      out.put((byte) observation.severity().ocsfId());
      out.put(HexFormat.of().parseHex(observation.foldKey()));
      out.putLong(nanos(observation.observedAt()));
      out.putLong(observation.receivedAt().toEpochMilli());
      out.putInt(texts[i].length);
      out.put(texts[i]);
    }
    return out.array();
  }

  /**
   * How many bytes of a chunk can be read, from its beginning; all of them unless it is damaged.
   */
  static int readableBytes(byte[] chunk) {
    int at = 0;
    while (chunk.length - at >= HEADER) {
      int severity = chunk[at];
      int length = ByteBuffer.wrap(chunk).getInt(at + HEADER - Integer.BYTES);
      if (severity < 1
          || severity > SpoolTables.LANES.size()
          || length < 0
          || length > chunk.length - at - HEADER) {
        return at;
      }
      at += HEADER + length;
    }
    return at;
  }

  /** How many observations a chunk has that can be read. */
  static int count(byte[] readable) {
    int[] count = {0};
    read(readable, (severity, key, observed, received, text) -> count[0]++);
    return count[0];
  }

  static <E extends Exception> void read(byte[] chunk, Visitor<E> visitor) throws E {
    ByteBuffer in = ByteBuffer.wrap(chunk);
    while (in.hasRemaining()) {
      Severity severity = SpoolTables.LANES.get(in.get() - 1);
      String foldKey = HexFormat.of().formatHex(chunk, in.position(), in.position() + 16);
      in.position(in.position() + 16);
      long observed = in.getLong();
      long received = in.getLong();
      int length = in.getInt();
      visitor.visit(severity, foldKey, observed, received, in.slice(in.position(), length));
      in.position(in.position() + length);
    }
  }

  /** The texts' bytes, which are what the spool's bound is counted in. */
  static int textBytes(byte[] chunk, int observations) {
    return chunk.length - HEADER * observations;
  }

  /** Nanoseconds since 1970, held within what 64 bits can say: 1684 to 2255. */
  static long nanos(Instant instant) {
    long seconds = Math.clamp(instant.getEpochSecond(), -9_000_000_000L, 9_000_000_000L);
    return TimeUnit.SECONDS.toNanos(seconds) + instant.getNano();
  }

  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
