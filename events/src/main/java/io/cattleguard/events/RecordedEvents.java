package io.cattleguard.events;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a recording into its events, each exactly once: JSON lines, pretty-printed objects one after
 * another, arrays, lines of plain text, and any mix of them.
 *
 * <p>It finds where an event starts and ends and judges nothing; {@link AlertReader} does. An
 * object that never ends, or whose text breaks off, is one event up to the next line that begins
 * with an object or an array. A line of text is one event. Memory holds one event at a time.
 */
public final class RecordedEvents implements Iterator<RecordedEvent> {
  /** Characters after which an object that has not ended is taken for broken. */
  private static final int OBJECT_LIMIT = 4 * AlertReader.EVENT_LIMIT;

  private final Iterator<String> lines;
  private String line = "";
  private int lineNumber;
  private int at;
  private @Nullable String nextLine;
  private @Nullable RecordedEvent upcoming;

  private RecordedEvents(Iterator<String> lines) {
    this.lines = lines;
    this.nextLine = lines.hasNext() ? withoutByteOrderMark(lines.next()) : null;
    this.upcoming = find();
  }

  /** The events of a recording, given line by line. */
  public static RecordedEvents of(Iterator<String> lines) {
    return new RecordedEvents(lines);
  }

  /** The events of a recording that is already in memory. */
  public static List<RecordedEvent> split(String text) {
    Iterable<RecordedEvent> events = () -> of(text.lines().iterator());
    Stream<RecordedEvent> stream = StreamSupport.stream(events.spliterator(), false);
    return stream.toList();
  }

  @Override
  public boolean hasNext() {
    return upcoming != null;
  }

  @Override
  public RecordedEvent next() {
    RecordedEvent event = upcoming;
    if (event == null) {
      throw new NoSuchElementException("the recording has no more events");
    }
    upcoming = find();
    return event;
  }

  private @Nullable RecordedEvent find() {
    while (true) {
      skipSeparators();
      if (at >= line.length()) {
        if (!advance()) {
          return null;
        }
        continue;
      }
      char c = line.charAt(at);
      if (c == '{') {
        return object();
      }
      if (c == '[' && opensArray()) {
        at++;
      } else if (c == ']' && line.substring(at + 1).isBlank()) {
        at = line.length();
      } else {
        return restOfLine();
      }
    }
  }

  private void skipSeparators() {
    while (at < line.length() && (line.charAt(at) <= ' ' || line.charAt(at) == ',')) {
      at++;
    }
  }

  private boolean advance() {
    if (nextLine == null) {
      return false;
    }
    line = nextLine;
    lineNumber++;
    at = 0;
    nextLine = lines.hasNext() ? lines.next() : null;
    return true;
  }

  /** A log line may begin with a bracket too; an array of events goes on with an object or ends. */
  private boolean opensArray() {
    String rest = line.substring(at + 1).stripLeading();
    return rest.isEmpty() || rest.charAt(0) == '{' || rest.charAt(0) == ']';
  }

  private RecordedEvent restOfLine() {
    RecordedEvent event = new RecordedEvent(lineNumber, line.substring(at).strip());
    at = line.length();
    return event;
  }

  private RecordedEvent object() {
    int start = lineNumber;
    boolean prettyPrinted = line.substring(at).strip().equals("{");
    StringBuilder text = new StringBuilder();
    int depth = 0;
    boolean inString = false;
    char last = '{';
    int from = at;
    while (true) {
      while (at < line.length()) {
        char c = line.charAt(at++);
        if (inString) {
          if (c == '\\') {
            at++;
          } else if (c == '"') {
            inString = false;
          }
        } else if (c == '"') {
          inString = true;
        } else if (c == '{') {
          depth++;
        } else if (c == '}' && --depth == 0) {
          return new RecordedEvent(start, text.append(line, from, at).toString());
        }
        if (c > ' ') {
          last = c;
        }
      }
      at = line.length();
      text.append(line, from, at);
      if (inString) {
        return start == lineNumber
            ? new RecordedEvent(start, text.toString())
            : broken(start, text);
      }
      boolean mayNest = prettyPrinted && (last == ':' || last == ',' || last == '[');
      if (nextLine == null || (startsEvent(nextLine) && !mayNest) || text.length() > OBJECT_LIMIT) {
        return broken(start, text);
      }
      advance();
      text.append('\n');
      from = 0;
    }
  }

  private RecordedEvent broken(int start, StringBuilder text) {
    while (nextLine != null && !startsEvent(nextLine)) {
      advance();
      if (text.length() <= OBJECT_LIMIT) {
        text.append('\n').append(line);
      }
    }
    at = line.length();
    return new RecordedEvent(start, text.toString().stripTrailing());
  }

  private static boolean startsEvent(String text) {
    return text.startsWith("{") || text.startsWith("[");
  }

  private static String withoutByteOrderMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }
}
