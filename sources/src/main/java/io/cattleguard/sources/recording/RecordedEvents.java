package io.cattleguard.sources.recording;

import io.cattleguard.sources.AlertReader;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a recording into its events, each exactly once: JSON lines, pretty-printed objects one after
 * another, arrays, lines of plain text, and any mix of them.
 *
 * <p>It finds where an event starts and ends and judges nothing; {@link AlertReader} does. An
 * object that never ends is one event up to the next line that begins with an object or an array in
 * its first column. A line of text is one event. Memory holds one event at a time.
 */
public final class RecordedEvents implements Iterator<RecordedEvent> {
  /** Characters after which an object that has not ended is taken for broken. */
  private static final int OBJECT_LIMIT = 4 * AlertReader.EVENT_LIMIT;

  /** What a line of JSON may begin with in its first column, and a line of text does not. */
  private static final Pattern CONTINUATION =
      Pattern.compile(
          "(?s)|[\\s\"}\\],:].*|(?:true|false|null|-?\\d[\\d.eE+-]*+)\\s*+(?:[,}\\]].*)?");

  private final Iterator<String> lines;
  private String line = "";
  private int lineNumber;
  private int at;

  /** Arrays that are open here; between their elements, scalars are events too. */
  private int arrays;

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
        arrays++;
        at++;
      } else if (c == ']' && arrays > 0) {
        arrays--;
        at++;
      } else if (arrays > 0 && startsScalar(c)) {
        return scalar();
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

  /**
   * A log line may begin with a bracket too; in an array of events, an event or its end follows.
   */
  private boolean opensArray() {
    int next = at + 1;
    while (next < line.length() && line.charAt(next) <= ' ') {
      next++;
    }
    if (next >= line.length()) {
      return true;
    }
    char c = line.charAt(next);
    return c == '{' || c == '[' || c == ']' || (arrays > 0 && startsScalar(c));
  }

  private static boolean startsScalar(char c) {
    return c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
  }

  /** An element of an array that is no event; it counts all the same. */
  private RecordedEvent scalar() {
    int end = at;
    boolean inString = false;
    while (end < line.length()) {
      char c = line.charAt(end);
      if (inString && c == '\\') {
        end++;
      } else if (c == '"') {
        inString = !inString;
      } else if (!inString && (c == ',' || c == ']')) {
        break;
      }
      end++;
    }
    end = Math.min(end, line.length());
    String element = line.substring(at, end).strip();
    boolean string = element.length() > 1 && element.charAt(0) == '"' && element.endsWith("\"");
    if (!string && !CONTINUATION.matcher(element).matches()) {
      return restOfLine();
    }
    at = end;
    return new RecordedEvent(lineNumber, element);
  }

  private RecordedEvent restOfLine() {
    RecordedEvent event = new RecordedEvent(lineNumber, line.substring(at).strip());
    at = line.length();
    return event;
  }

  private RecordedEvent object() {
    int start = lineNumber;
    Nesting nesting = new Nesting();
    StringBuilder text = new StringBuilder();
    boolean flush = line.length() - at < 8 && line.substring(at).strip().equals("{");
    while (true) {
      int from = at;
      at = nesting.read(line, at);
      text.append(line, from, at);
      if (nesting.isClosed()) {
        return new RecordedEvent(start, text.toString());
      }
      String next = nextLine;
      if (next == null
          || text.length() > OBJECT_LIMIT
          || !mayGoOn(next)
          || (startsEvent(next) && !(flush && nesting.expectsValue()))) {
        return broken(start, text);
      }
      // Written without indentation, an inner object may stand in the first column too.
      flush = flush && !next.startsWith(" ") && !next.startsWith("\t");
      advance();
      text.append('\n');
    }
  }

  /** The object so far, and the lines that can only be what is left of it. */
  private RecordedEvent broken(int start, StringBuilder text) {
    while (nextLine != null && !startsEvent(nextLine) && mayGoOn(nextLine)) {
      advance();
      if (text.length() <= OBJECT_LIMIT) {
        text.append('\n').append(line);
      }
    }
    at = line.length();
    return new RecordedEvent(start, text.toString().stripTrailing());
  }

  private static boolean mayGoOn(String text) {
    return startsEvent(text) || CONTINUATION.matcher(text).matches();
  }

  private static boolean startsEvent(String text) {
    return text.startsWith("{") || text.startsWith("[");
  }

  private static String withoutByteOrderMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /** How deep in an object a reader stands, and what may come next. */
  private static final class Nesting {
    private final StringBuilder open = new StringBuilder();
    private boolean inString;
    private boolean escaped;
    private char last = '{';

    /** Reads on until the object ends or the line does; returns where. */
    private int read(String line, int from) {
      int at = from;
      while (at < line.length()) {
        char c = line.charAt(at++);
        if (inString) {
          if (escaped) {
            escaped = false;
          } else if (c == '\\') {
            escaped = true;
          } else if (c == '"') {
            inString = false;
          }
        } else if (c == '"') {
          inString = true;
        } else if (c == '{' || c == '[') {
          open.append(c);
        } else if (c == '}' || c == ']') {
          open.setLength(open.length() - 1);
          if (open.isEmpty()) {
            return at;
          }
        }
        if (c > ' ') {
          last = c;
        }
      }
      return at;
    }

    private boolean isClosed() {
      return open.isEmpty();
    }

    private boolean expectsValue() {
      return !inString
          && (last == ':' || last == '[' || (last == ',' && open.charAt(open.length() - 1) == '['));
    }
  }
}
