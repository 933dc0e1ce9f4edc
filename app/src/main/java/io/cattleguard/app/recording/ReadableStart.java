package io.cattleguard.app.recording;

import io.cattleguard.sources.unwrap.Packed;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A stream, decompressed if it is gzip, or gzip in gzip as Firehose stores it. It ends before what
 * cannot be read: a decoder above it would drop the characters before an exception.
 */
final class ReadableStart extends InputStream {
  /** CloudWatch Logs compresses what it sends, and Firehose may compress it again. */
  private static final int MOST_TIMES = 3;

  private InputStream in;
  private @Nullable IOException failure;

  ReadableStart(InputStream stream) {
    in = stream;
    try {
      for (int times = 0; times <= MOST_TIMES; times++) {
        Peeked pushback = new Peeked(in);
        in = pushback;
        if (!pushback.isGzip()) {
          break;
        }
        in = new GZIPInputStream(pushback, 1 << 16);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /** Why the stream could not be read to its end; empty if it was. */
  Optional<String> failure() {
    return Optional.ofNullable(failure)
        .map(
            e ->
                switch (e) {
                  case EOFException truncated -> "truncated gzip data";
                  case ZipException damaged -> "damaged gzip data (" + e.getMessage() + ")";
                  default -> "cannot be read (" + e.getMessage() + ")";
                });
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int count = read(one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (failure != null) {
      return -1;
    }
    try {
      return in.read(bytes, from, length);
    } catch (IOException e) {
      failure = e;
      return -1;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** A stream whose first bytes were looked at. */
  private static final class Peeked extends PushbackInputStream {
    private Peeked(InputStream in) {
      super(in, 2);
    }

    private boolean isGzip() throws IOException {
      byte[] start = readNBytes(2);
      unread(start);
      return Packed.isGzip(start);
    }

    /**
     * Never 0: before Java 23, GZIPInputStream stops behind a member if nothing is available, which
     * on a network only means that the next member has not arrived yet.
     */
    @Override
    public int available() {
      return 1;
    }
  }
}
