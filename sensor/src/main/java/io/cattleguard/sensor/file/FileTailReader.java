package io.cattleguard.sensor.file;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Splits one open file into lines. The file stays open when it is renamed. The reader remembers the
 * first bytes of the file, to detect that it was truncated and written again.
 */
final class FileTailReader implements Closeable {
  /** It contains an event's time, so no two files have the same head. */
  static final int HEAD_LIMIT = 1_024;

  private static final int CHUNK = 64 * 1024;

  private final FileChannel channel;
  private final long inode;
  private final int maxLineBytes;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(0);
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private final byte[] head = new byte[HEAD_LIMIT];
  private int headLength;
  private @Nullable String fullHead;
  private long modified;

  /** The position behind the last byte that was read. */
  private long end;

  /** The position behind the last line that was returned. */
  private long offset;

  private long cutLines;
  private boolean replaced;

  private FileTailReader(FileChannel channel, FileTailFile file, int maxLineBytes, long offset) {
    this.channel = channel;
    this.inode = file.inode();
    this.modified = file.modified();
    this.maxLineBytes = maxLineBytes;
    this.offset = offset;
    this.end = offset;
  }

  /** A reader at the file's beginning; null if the name now belongs to another file. */
  static @Nullable FileTailReader open(FileTailFile file, int maxLineBytes) throws IOException {
    // Read the first bytes at once, to detect a truncation before the next poll.
    return open(file, maxLineBytes, 0, reader -> reader.fill() || !reader.replaced);
  }

  /** A reader at that position; null if the position is not in this file. */
  static @Nullable FileTailReader open(
      FileTailFile file, int maxLineBytes, FileTail.Position position) throws IOException {
    return open(file, maxLineBytes, position.offset(), reader -> reader.knows(position));
  }

  private interface Check {
    boolean holds(FileTailReader reader) throws IOException;
  }

  private static @Nullable FileTailReader open(
      FileTailFile file, int maxLineBytes, long offset, Check check) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file.path(), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      return null;
    }
    boolean kept = false;
    try {
      FileTailReader reader = new FileTailReader(channel, file, maxLineBytes, offset);
      // The file may have been renamed between listing and opening.
      Optional<FileTailFile> now = FileTailFile.at(file.path());
      kept = now.isPresent() && now.get().inode() == file.inode() && check.holds(reader);
      return kept ? reader : null;
    } finally {
      if (!kept) {
        channel.close();
      }
    }
  }

  /** Whether the position is in this file: the file has the same head and is long enough. */
  private boolean knows(FileTail.Position position) throws IOException {
    byte[] bytes = firstBytes(Math.max(position.headLength(), headBefore(position.offset())));
    if ((position.headLength() == 0 && inode != position.inode())
        || bytes.length < position.headLength()
        || channel.size() < position.offset()
        || !hash(bytes, position.headLength()).equals(position.head())) {
      return false;
    }
    remember(ByteBuffer.wrap(bytes, 0, headBefore(position.offset())));
    return true;
  }

  private static int headBefore(long offset) {
    return (int) Math.min(HEAD_LIMIT, offset);
  }

  /** The next line that has its line break; empty if there is none yet. */
  Optional<byte[]> next() throws IOException {
    while (!replaced) {
      byte[] bytes = chunk.array();
      int from = chunk.position();
      int at = from;
      while (at < chunk.limit() && bytes[at] != '\n') {
        at++;
      }
      begin(bytes, from, at - from);
      if (at == chunk.limit()) {
        chunk.position(at);
        if (!fill()) {
          return Optional.empty();
        }
      } else {
        chunk.position(at + 1);
        byte[] line = take();
        if (line.length > 0) {
          return Optional.of(line);
        }
      }
    }
    return Optional.empty();
  }

  /** The text behind the last line break, of a file that is no longer written. */
  Optional<byte[]> rest() {
    byte[] line = take();
    return line.length == 0 ? Optional.empty() : Optional.of(line);
  }

  /** Keeps the bytes of a line, up to one byte more than the limit. */
  private void begin(byte[] bytes, int from, int length) {
    int kept = Math.min(length, maxLineBytes + 1 - begun.size());
    begun.write(bytes, from, kept);
  }

  private byte[] take() {
    byte[] line = begun.toByteArray();
    begun.reset();
    offset = end - chunk.remaining();
    if (line.length > maxLineBytes) {
      cutLines++;
      return Arrays.copyOf(line, maxLineBytes);
    }
    boolean windows = line.length > 0 && line[line.length - 1] == '\r';
    return windows ? Arrays.copyOf(line, line.length - 1) : line;
  }

  /**
   * Reads, and checks afterwards that the file was not truncated. Data read from a truncated file
   * may start in the middle of a line.
   */
  private boolean fill() throws IOException {
    chunk.clear();
    int count = channel.read(chunk, end);
    chunk.flip();
    byte[] first = firstBytes(headLength);
    if (channel.size() < end || !Arrays.equals(first, 0, first.length, head, 0, headLength)) {
      chunk.limit(0);
      replaced = true;
      return false;
    }
    if (count <= 0) {
      return false;
    }
    remember(chunk.duplicate());
    end += count;
    return true;
  }

  /** Extends the head by the next bytes of the file. */
  private void remember(ByteBuffer next) {
    int length = Math.min(next.remaining(), HEAD_LIMIT - headLength);
    next.get(head, headLength, length);
    headLength += length;
  }

  private byte[] firstBytes(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {}
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** The position behind the line that was returned last. */
  FileTail.Position position() {
    return position((int) Math.min(headLength, offset));
  }

  /**
   * The same position, with everything that is known of the file, so that its copy can be found.
   */
  FileTail.Position lastSeen() {
    return position(headLength);
  }

  private FileTail.Position position(int length) {
    return new FileTail.Position(inode, modified, offset, length, headOf(length));
  }

  private String headOf(int length) {
    if (length < HEAD_LIMIT) {
      return hash(head, length);
    }
    String hash = fullHead;
    if (hash == null) {
      hash = hash(head, length);
      fullHead = hash;
    }
    return hash;
  }

  private static String hash(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Whether the file was emptied since it was opened. */
  boolean isReplaced() {
    return replaced;
  }

  long inode() {
    return inode;
  }

  long modified() {
    return modified;
  }

  void modified(long seen) {
    modified = seen;
  }

  long cutLines() {
    return cutLines;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
