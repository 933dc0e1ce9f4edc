package io.cattleguard.sources.parsing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Computes an event's id from its content, so that a copy gets the same id. */
public final class EventId {
  private static final int BYTES = 16;
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(EventId::sha256);

  private EventId() {}

  /**
   * The first 128 bits of a SHA-256 over the source, the cluster and the event's text without white
   * space between tokens, as 32 hexadecimal digits.
   */
  public static String of(String source, @Nullable String cluster, String raw) {
    return of(source, cluster, raw.getBytes(StandardCharsets.UTF_8), false);
  }

  /**
   * The same of a text in UTF-8, of which the caller may know that it has no white space between
   * tokens, so that nothing has to look for it.
   */
  public static String of(String source, @Nullable String cluster, byte[] text, boolean isCompact) {
    MessageDigest digest = SHA_256.get();
    digest.reset();
    digest.update(source.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    if (cluster != null) {
      digest.update(cluster.getBytes(StandardCharsets.UTF_8));
    }
    digest.update((byte) 0);
    if (isCompact) {
      digest.update(text);
    } else {
      addWithoutWhiteSpace(digest, text);
    }
    return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
  }

  /** Adds everything but white space outside strings, of which most sources write none. */
  private static void addWithoutWhiteSpace(MessageDigest digest, byte[] text) {
    int added = 0;
    int at = 0;
    while (at < text.length) {
      byte b = text[at];
      if (b == '"') {
        at = endOfString(text, at + 1);
      } else {
        if (b == ' ' || b == '\n' || b == '\r' || b == '\t') {
          digest.update(text, added, at - added);
          added = at + 1;
        }
        at++;
      }
    }
    digest.update(text, added, text.length - added);
  }

  /**
   * The position after the closing quote of a string, or the text's end if there is none.
   *
   * @param text JSON in UTF-8
   * @param from the position after the opening quote
   */
  public static int endOfString(byte[] text, int from) {
    int at = from;
    while (at < text.length) {
      if (at + Long.BYTES <= text.length) {
        long eight = (long) EIGHT_BYTES.get(text, at);
        long found = zeroBytes(eight ^ QUOTES) | zeroBytes(eight ^ BACKSLASHES);
        if (found == 0) {
          at += Long.BYTES;
          continue;
        }
        at += Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
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

  /**
   * The highest bit of each byte that is zero, and maybe of bytes above the lowest of these.
   *
   * @see <a href="https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord">Bit Twiddling
   *     Hacks</a>
   */
  private static long zeroBytes(long eight) {
    return (eight - ONES) & ~eight & (ONES << 7);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
