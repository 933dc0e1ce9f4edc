package io.cattleguard.sources.unwrap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** Decodes Base64 and gzip, up to a limit: a kilobyte of gzip may hold a megabyte. */
public final class Packed {
  private static final int PIECE = 8_192;

  /** CloudWatch Logs compresses what it sends, and Firehose may compress it again. */
  private static final int MOST_TIMES = 3;

  private static final Pattern LINE_ENDS = Pattern.compile("[\\r\\n]");

  private Packed() {}

  /** The result of decoding. */
  public sealed interface Content {
    /** The text, decompressed where it was compressed. */
    record Text(String text) implements Content {}

    /** Larger than the limit, or damaged. */
    record Refused(String reason, boolean isTooLarge) implements Content {}
  }

  /** Decodes a Base64 text, and decompresses it if it is gzip. */
  public static Content ofBase64(String text, int limit) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(LINE_ENDS.matcher(text).replaceAll(""));
    } catch (IllegalArgumentException e) {
      return new Content.Refused("data that is not Base64", false);
    }
    return isGzip(bytes) ? ofGzip(bytes, limit) : text(bytes);
  }

  /** Decompresses gzip, also of several members, and gzip in gzip. */
  public static Content ofGzip(byte[] bytes, int limit) {
    return ofGzip(bytes, limit, MOST_TIMES);
  }

  private static Content ofGzip(byte[] bytes, int limit, int times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes), PIECE)) {
      byte[] piece = new byte[PIECE];
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        if (out.size() + read > limit) {
          return new Content.Refused(
              "gzip data of more than " + limit + " bytes when decompressed", true);
        }
        out.write(piece, 0, read);
      }
    } catch (IOException e) {
      return new Content.Refused("damaged gzip data", false);
    }
    byte[] content = out.toByteArray();
    return times > 1 && isGzip(content) ? ofGzip(content, limit, times - 1) : text(content);
  }

  private static Content text(byte[] bytes) {
    return new Content.Text(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Whether the bytes begin as gzip does. */
  public static boolean isGzip(byte[] bytes) {
    return bytes.length >= 2 && bytes[0] == (byte) 0x1f && bytes[1] == (byte) 0x8b;
  }
}
