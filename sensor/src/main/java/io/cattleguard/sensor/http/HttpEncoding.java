package io.cattleguard.sensor.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds bodies that are neither UTF-8 text nor gzip of it. Stored as text, they would be corrupted.
 */
final class HttpEncoding {
  private static final List<String> UTF_8 = List.of("utf-8", "utf8", "us-ascii");

  private static final List<String> KNOWN = List.of("identity", "gzip", "x-gzip");

  private HttpEncoding() {}

  /** Whether the body is gzip, by its first two bytes. JSON in UTF-8 begins with neither. */
  static boolean isGzip(ByteBuf body) {
    return body.readableBytes() >= 2
        && body.getByte(body.readerIndex()) == (byte) 0x1f
        && body.getByte(body.readerIndex() + 1) == (byte) 0x8b;
  }

  /** The problem with the headers, in one sentence. */
  static Optional<String> objection(HttpRequest request) {
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING);
    if (encoding != null && !KNOWN.contains(encoding.strip().toLowerCase(Locale.ROOT))) {
      return Optional.of("unknown Content-Encoding; send the body as it is, or with gzip");
    }
    CharSequence charset = HttpUtil.getCharsetAsSequence(request);
    if (charset != null) {
      String name = charset.toString().replace("\"", "").strip().toLowerCase(Locale.ROOT);
      if (!UTF_8.contains(name)) {
        return Optional.of("body is not UTF-8; send JSON in UTF-8");
      }
    }
    return Optional.empty();
  }

  /** The problem with a body, by its first two bytes. JSON in UTF-8 begins with neither. */
  static Optional<String> objection(ByteBuf body) {
    if (body.readableBytes() < 2) {
      return Optional.empty();
    }
    byte first = body.getByte(body.readerIndex());
    byte second = body.getByte(body.readerIndex() + 1);
    boolean mark =
        (first == (byte) 0xfe && second == (byte) 0xff)
            || (first == (byte) 0xff && second == (byte) 0xfe);
    boolean wide = (first == 0 && (second == 0 || second >= ' ')) || (second == 0 && first >= '\t');
    return mark || wide
        ? Optional.of("body is UTF-16 or UTF-32; send JSON in UTF-8")
        : Optional.empty();
  }
}
