package io.cattleguard.sensor.http;

import io.cattleguard.sources.unwrap.Packed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The body of one request as it arrives. It belongs to the request, never to the connection. */
final class HttpBody {
  private static final int FIRST = 4_096;

  private final int limit;
  private byte[] bytes = new byte[0];
  private int length;

  /** Maximum bytes; the caller checks this before it adds more. */
  HttpBody(int limit) {
    this.limit = limit;
  }

  void add(ByteBuf piece) {
    int more = piece.readableBytes();
    if (length + more > bytes.length) {
      int roomy = Math.min(limit, Math.max(FIRST, 2 * bytes.length));
      bytes = Arrays.copyOf(bytes, Math.max(length + more, roomy));
    }
    piece.readBytes(bytes, length, more);
    length += more;
  }

  int length() {
    return length;
  }

  /** The memory that it uses, which may be more than the bytes that have arrived. */
  int capacity() {
    return bytes.length;
  }

  /** Its first bytes; a view. */
  ByteBuf start() {
    return Unpooled.wrappedBuffer(bytes, 0, Math.min(length, 2));
  }

  /** The text of a gzip body, unless it is damaged or larger than the limit when decompressed. */
  Packed.Content decompressed() {
    return Packed.ofGzip(Arrays.copyOf(bytes, length), limit);
  }

  String text() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
