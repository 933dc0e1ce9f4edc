package io.cattleguard.app.recording;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text, each with at most so many characters: a kilobyte of gzip may hold a line of
 * gigabytes. A longer line is truncated, and counts as an event that is too large.
 */
final class BoundedLines implements Iterator<String>, AutoCloseable {
  private final Reader reader;
  private final int limit;
  private final char[] buffer = new char[1 << 16];
  private int at;
  private int end;
  private @Nullable String upcoming;
  private boolean isRead;
  private int count;

  BoundedLines(Reader reader, int limit) {
    this.reader = reader;
    this.limit = limit;
  }

  @Override
  public boolean hasNext() {
    if (!isRead) {
      upcoming = read();
      isRead = true;
    }
    return upcoming != null;
  }

  @Override
  public String next() {
    if (!hasNext() || upcoming == null) {
      throw new NoSuchElementException("the text has no more lines");
    }
    isRead = false;
    return upcoming;
  }

  /** How many lines were read so far. */
  int count() {
    return count;
  }

  private @Nullable String read() {
    if (isAtEnd()) {
      return null;
    }
    count++;
    StringBuilder line = new StringBuilder();
    while (!isAtEnd()) {
      int from = at;
      while (at < end && buffer[at] != '\n' && buffer[at] != '\r') {
        at++;
      }
      line.append(buffer, from, Math.min(at - from, limit + 1 - line.length()));
      if (at < end) {
        endLine();
        break;
      }
    }
    return line.toString();
  }

  /** Skips the line's end: a line feed, a carriage return, or both. */
  private void endLine() {
    boolean isReturn = buffer[at++] == '\r';
    if (isReturn && !isAtEnd() && buffer[at] == '\n') {
      at++;
    }
  }

  private boolean isAtEnd() {
    try {
      while (at == end) {
        end = reader.read(buffer);
        at = 0;
        if (end < 0) {
          end = 0;
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
