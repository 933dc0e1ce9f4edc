package io.cattleguard.app.recording;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses the members of a gzip stream. {@link GZIPInputStream} ends without an error at what
 * follows a member and is no member; this stream names its place. Zeros are no error, as for {@code
 * gzip}: tapes and archives fill their last block with them.
 */
final class GzipMembers extends GZIPInputStream {
  /** The checksum and the length behind the compressed data of each member. */
  private static final int TRAILER = 8;

  private static final int PIECE = 1 << 16;

  private final Counted source;
  private final boolean isInner;

  /** How many compressed bytes were read when the buffer was filled last. */
  private long filled;

  /** What follows a member is no member. */
  static final class NotGzip extends IOException {
    private static final long serialVersionUID = 1;

    private NotGzip(long offset, boolean isInner) {
      super("at byte " + offset + (isInner ? " of the gzip data in it" : ""));
    }
  }

  /**
   * Reads the header of the first member.
   *
   * @param isInner whether the stream was decompressed itself
   */
  GzipMembers(InputStream in, boolean isInner) throws IOException {
    this(new Counted(in), isInner);
  }

  private GzipMembers(Counted in, boolean isInner) throws IOException {
    super(in, PIECE);
    source = in;
    this.isInner = isInner;
  }

  @Override
  protected void fill() throws IOException {
    super.fill();
    filled = source.count;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int count = super.read(bytes, from, length);
    if (count < 0) {
      checkRest();
    }
    return count;
  }

  private void checkRest() throws IOException {
    long end = filled - inf.getRemaining() + TRAILER;
    byte[] piece = new byte[PIECE];
    source.rethrow();
    while (source.afterLastNonZero <= end && source.read(piece, 0, piece.length) >= 0) {}
    if (source.afterLastNonZero > end) {
      throw new NotGzip(end, isInner);
    }
  }

  /** Counts what is read, and keeps a failure, which is ignored while a header is read. */
  private static final class Counted extends FilterInputStream {
    private long count;
    private long afterLastNonZero;
    private @Nullable IOException failure;

    private Counted(InputStream in) {
      super(in);
    }

    private void rethrow() throws IOException {
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read;
      try {
        read = super.read(bytes, from, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      if (read > 0) {
        int at = read;
        while (at > 0 && bytes[from + at - 1] == 0) {
          at--;
        }
        afterLastNonZero = at > 0 ? count + at : afterLastNonZero;
        count += read;
      }
      return read;
    }
  }
}
