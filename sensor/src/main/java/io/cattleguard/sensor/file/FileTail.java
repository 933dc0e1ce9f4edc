package io.cattleguard.sensor.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Follows a growing file of lines through log rotation. A caller that stores each line together
 * with its {@link Position} neither loses nor duplicates a line.
 *
 * <p>A renamed file is read to its end before the file that took its name. Files that were rotated
 * in between are read too, while they are still in the folder. After copy-and-truncate, reading
 * continues in the copy. Compressed backups are skipped. Without a position, reading starts at the
 * first line.
 *
 * <p>Not thread-safe. Nothing runs between two calls of {@link #poll}.
 */
final class FileTail implements AutoCloseable {
  /**
   * One line without its line break; truncated if it was longer than the limit.
   *
   * @param after the position behind it
   */
  @SuppressWarnings("ArrayRecordComponent") // Lines are never compared, and a copy costs time.
  record Line(byte[] text, Position after) {}

  /**
   * A place in a file. It can be found again after the file was renamed.
   *
   * @param inode of the file; may belong to another file later, so it is not sufficient alone
   * @param modified the last known modification time, in nanoseconds since 1970
   * @param offset bytes before the place
   * @param headLength how many of the file's first bytes were hashed
   * @param head their SHA-256, in hexadecimal digits
   */
  record Position(long inode, long modified, long offset, int headLength, String head) {
    private static final String VERSION = "1";

    /** The position as a text that {@link #read} takes. */
    String write() {
      return String.join(
          " ",
          VERSION,
          Long.toString(inode),
          Long.toString(modified),
          Long.toString(offset),
          Integer.toString(headLength),
          head);
    }

    /** Throws {@code IllegalArgumentException} for a text that {@link #write} did not write. */
    static Position read(String text) {
      String[] parts = text.split(" ", -1);
      if (parts.length != 6 || !parts[0].equals(VERSION)) {
        throw new IllegalArgumentException("not a position in a file: '" + text + "'");
      }
      try {
        Position position =
            new Position(
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                Integer.parseInt(parts[4]),
                parts[5]);
        if (position.offset >= 0
            && position.headLength >= 0
            && position.headLength <= FileTailReader.HEAD_LIMIT) {
          return position;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("not a position in a file: '" + text + "'", e);
      }
      throw new IllegalArgumentException("not a position in a file: '" + text + "'");
    }
  }

  private final FileTailFolder folder;
  private final int maxLineBytes;
  private @Nullable FileTailReader reader;
  private @Nullable FileTailFile successor;
  private @Nullable Position wanted;

  /** Whether there may be files between the current one and its successor. */
  private boolean skipped;

  private long cutLines;
  private long gaps;

  /**
   * Opens nothing yet; the file may be missing.
   *
   * @param maxLineBytes where a longer line is truncated
   */
  FileTail(Path file, int maxLineBytes) {
    if (maxLineBytes < 1) {
      throw new IllegalArgumentException("maxLineBytes must be at least 1, is " + maxLineBytes);
    }
    this.folder = new FileTailFolder(file);
    this.maxLineBytes = maxLineBytes;
  }

  /** Continues at that position with the next {@link #poll}. */
  void resume(Position position) throws IOException {
    close();
    wanted = position;
  }

  /**
   * The next complete lines, without blank ones: up to that many bytes together, but at least one
   * line; none if no further line is complete yet. Memory holds these and at most one more.
   *
   * @throws IOException if a file cannot be read; nothing is lost, and the next call retries
   */
  List<Line> poll(int maxBytes) throws IOException {
    List<Line> lines = new ArrayList<>();
    try {
      read(lines, maxBytes);
    } catch (IOException e) {
      // These lines were read already, and a retry would fail in the same way.
      if (lines.isEmpty()) {
        throw e;
      }
    }
    return lines;
  }

  private void read(List<Line> lines, int maxBytes) throws IOException {
    long bytes = 0;
    while (lines.isEmpty() || bytes < maxBytes) {
      FileTailReader current = reader != null ? reader : open();
      if (current == null) {
        break;
      }
      Optional<byte[]> text = next(current);
      if (text.isEmpty() && successor != null && !current.isReplaced()) {
        text = current.rest();
        if (text.isEmpty()) {
          moveOn(successor);
          continue;
        }
      }
      if (text.isPresent()) {
        bytes += text.get().length;
        lines.add(new Line(text.get(), current.position()));
      } else if (current.isReplaced()) {
        // Unread lines, if any, are in the copy.
        resume(current.lastSeen());
      } else if (!isOver(current)) {
        break;
      }
    }
  }

  /**
   * An interrupt closes the file, and a network file system's handle may be stale: open the file
   * again.
   */
  private Optional<byte[]> next(FileTailReader current) throws IOException {
    try {
      return current.next();
    } catch (IOException e) {
      resume(current.lastSeen());
      throw e;
    }
  }

  /** How many lines were longer than the limit and were truncated. */
  long cutLines() {
    return cutLines + (reader == null ? 0 : reader.cutLines());
  }

  /**
   * How often the file with the position was gone, or a symbolic link led to a file that does not
   * follow it, so that lines may be missing.
   */
  long gaps() {
    return gaps;
  }

  /**
   * Whether another file follows this one. The caller then reads this file once more, because its
   * writer may have written a last line meanwhile.
   */
  private boolean isOver(FileTailReader current) throws IOException {
    Optional<FileTailFile> same = folder.live().filter(file -> file.inode() == current.inode());
    if (same.isPresent()) {
      current.modified(same.get().modified());
      return false;
    }
    FileTailFolder.Listing listing = folder.list();
    FileTailFile live = listing.live();
    successor = listing.after(current.inode(), current.modified());
    // The writer may still write to this file until it writes to the new one.
    if (live != null && live.equals(successor) && live.size() == 0) {
      successor = null;
    }
    skipped = folder.isLink() && !listing.has(current.inode());
    return successor != null;
  }

  private void moveOn(FileTailFile next) throws IOException {
    successor = null;
    FileTailReader opened = FileTailReader.open(next, maxLineBytes);
    if (opened != null) {
      close();
      reader = opened;
      gaps += skipped ? 1 : 0;
    }
  }

  private @Nullable FileTailReader open() throws IOException {
    FileTailFolder.Listing listing = folder.list();
    Position position = wanted;
    if (position != null) {
      for (FileTailFile file : listing.likeliest(position)) {
        reader = FileTailReader.open(file, maxLineBytes, position);
        if (reader != null) {
          wanted = null;
          return reader;
        }
      }
    }
    FileTailFile first = position == null ? listing.live() : listing.since(position.modified());
    if (first != null) {
      reader = FileTailReader.open(first, maxLineBytes);
    }
    if (reader != null && position != null) {
      gaps++;
      wanted = null;
    }
    return reader;
  }

  /** Closes the open file; a later {@link #poll} opens it again. */
  @Override
  public void close() throws IOException {
    FileTailReader open = reader;
    successor = null;
    reader = null;
    if (open != null) {
      cutLines += open.cutLines();
      open.close();
    }
  }
}
