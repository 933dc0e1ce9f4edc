package io.cattleguard.app.recording;

import io.cattleguard.sources.unwrap.Packed;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A stream, decompressed if it is gzip, or gzip in gzip as Firehose stores it. It ends before what
 * cannot be read: a decoder above it would drop the characters before an exception.
 */
final class ReadableStart extends InputStream {
  /** CloudWatch Logs compresses what it sends, and Firehose may compress it again. */
  private static final int MOST_TIMES = 3;

  private static final int START = 4;

  /** Formats that teams have beside gzip, by their first bytes. */
  private static final Map<String, String> PACKED =
      Map.of(
          "504b0304", "a zip archive",
          "28b52ffd", "a zstd file",
          "fd377a58", "an xz file",
          "425a6839", "a bzip2 file",
          "50415231", "a Parquet file");

  private InputStream in;
  private @Nullable IOException failure;
  private Charset charset = StandardCharsets.UTF_8;
  private Optional<String> packed = Optional.empty();

  ReadableStart(InputStream stream) {
    in = stream;
    try {
      for (int times = 0; times <= MOST_TIMES; times++) {
        Peeked pushback = new Peeked(in);
        in = pushback;
        byte[] start = pushback.start();
        if (!Packed.isGzip(start)) {
          charset = charset(start);
          packed = Optional.ofNullable(PACKED.get(HexFormat.of().formatHex(start)));
          break;
        }
        in = new GzipMembers(pushback, times > 0);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /** The character set: UTF-16 if its mark is there, as PowerShell writes files. */
  Charset charset() {
    return charset;
  }

  private static Charset charset(byte[] start) {
    boolean isMarked =
        start.length > 1
            && ((start[0] == (byte) 0xff && start[1] == (byte) 0xfe)
                || (start[0] == (byte) 0xfe && start[1] == (byte) 0xff));
    return isMarked ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
  }

  /** Why the stream could not be read to its end; empty if it was. */
  Optional<String> failure() {
    if (packed.isPresent()) {
      return packed.map(format -> format + ", which is not read; unpack or convert it first");
    }
    return Optional.ofNullable(failure)
        .map(
            e ->
                switch (e) {
                  case EOFException truncated -> "truncated gzip data";
                  case GzipMembers.NotGzip behind -> "data that is not gzip " + behind.getMessage();
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
    if (failure != null || packed.isPresent()) {
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
      super(in, START);
    }

    private byte[] start() throws IOException {
      byte[] start = readNBytes(START);
      unread(start);
      return start;
    }

    /** First only the bytes that were looked at: a failure behind them must not cost them. */
    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int held = buf.length - pos;
      return super.read(bytes, from, held > 0 ? Math.min(held, length) : length);
    }

    /**
     * Never 0: before Java 23, {@link java.util.zip.GZIPInputStream} stops behind a member if
     * nothing is available, which on a network only means that the next member has not arrived yet.
     */
    @Override
    public int available() {
      return 1;
    }
  }
}
