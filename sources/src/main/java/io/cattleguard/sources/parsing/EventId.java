package io.cattleguard.sources.parsing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Computes an event's id from its content, so that a copy gets the same id. */
public final class EventId {
  private static final int BYTES = 16;
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(EventId::sha256);

  private EventId() {}

  /**
   * The first 128 bits of a SHA-256 over the source, the cluster and the event's text without white
   * space between tokens, as 32 hexadecimal digits.
   */
  public static String of(String source, @Nullable String cluster, String raw) {
    MessageDigest digest = SHA_256.get();
    digest.reset();
    digest.update(source.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    if (cluster != null) {
      digest.update(cluster.getBytes(StandardCharsets.UTF_8));
    }
    digest.update((byte) 0);
    byte[] text = raw.getBytes(StandardCharsets.UTF_8);
    digest.update(text, 0, withoutWhiteSpace(text));
    return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
  }

  /** Moves everything but white space outside strings to the front; returns its length. */
  private static int withoutWhiteSpace(byte[] text) {
    int kept = 0;
    int at = 0;
    while (at < text.length) {
      byte b = text[at];
      if (b == '"') {
        int end = endOfString(text, at + 1);
        if (kept != at) {
          System.arraycopy(text, at, text, kept, end - at);
        }
        kept += end - at;
        at = end;
      } else {
        at++;
        if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
          text[kept++] = b;
        }
      }
    }
    return kept;
  }

  /** The position after the string's closing quote, or the text's end if there is none. */
  private static int endOfString(byte[] text, int from) {
    int at = from;
    while (at < text.length) {
      byte b = text[at++];
      if (b == '"') {
        return at;
      }
      if (b == '\\') {
        at++;
      }
    }
    return text.length;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
