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
 * Splits a recording into its events: JSON lines, pretty-printed objects, arrays, lines of plain
 * text, and any mix of them.
 *
 * <p>It finds only the start and end of an event; {@link AlertReader} interprets it. An
 * unterminated object ends before the next line that starts with an object or an array in its first
 * column. A line of text is one event. Memory holds one event at a time.
 */
public final class RecordedEvents implements Iterator<RecordedEvent> {
  /** Maximum characters of an unterminated object. */
  private static final int OBJECT_LIMIT = 4 * AlertReader.EVENT_LIMIT;

  /** The start of a JSON line that is not the start of a text line. */
  private static final Pattern CONTINUATION =
      Pattern.compile(
          "(?s)|[\\s\"}\\],:].*|(?:true|false|null|-?\\d[\\d.eE+-]*+)\\s*+(?:[,}\\]].*)?");

  private final Iterator<String> lines;
  private String line = "";
  private int lineNumber;
  private int at;

  /** Number of open arrays; within an array, scalars are events too. */
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
   * Whether the line opens an array. A log line may also start with a bracket, so an event or the
   * array's end must follow.
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

  /** A scalar element of an array, returned as an event so that it is counted. */
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
      // Without indentation, an inner object may also start in the first column.
      flush = flush && !next.startsWith(" ") && !next.startsWith("\t");
      advance();
      text.append('\n');
    }
  }

  /** The unterminated object, with the lines that can only be its rest. */
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

  /** The nesting state of the reader. */
  private static final class Nesting {
    private final StringBuilder open = new StringBuilder();
    private boolean inString;
    private boolean escaped;
    private char last = '{';

    /** Reads until the end of the object or the line, and returns the position. */
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
