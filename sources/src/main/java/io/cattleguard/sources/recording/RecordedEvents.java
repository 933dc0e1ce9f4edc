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
  /** Maximum characters of an object of several lines. */
  private static final int OBJECT_LIMIT = AlertReader.RECORDED_LIMIT;

  /** Maximum searches for the next object behind something broken, so that time stays linear. */
  private static final int SEARCHES = 64;

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

  /** Whether the current line had an event; text behind it may have further ones. */
  private boolean lineHadEvent;

  private int searches;
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

  /** The events of a text, found one after another. */
  public static RecordedEvents of(String text) {
    // The lines of a text are copies, and the only line of a large text is a large one.
    boolean oneLine = text.indexOf('\n') < 0 && text.indexOf('\r') < 0;
    return of((oneLine ? Stream.of(text) : text.lines()).iterator());
  }

  /** The events of a recording that is already in memory. */
  public static List<RecordedEvent> split(String text) {
    Iterable<RecordedEvent> events = () -> of(text);
    Stream<RecordedEvent> stream = StreamSupport.stream(events.spliterator(), false);
    return stream.toList();
  }

  /** Whether an array that was opened so far is not closed yet. */
  public boolean isInArray() {
    return arrays > 0;
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
        RecordedEvent object = object();
        lineHadEvent = true;
        return object;
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
        return garbage();
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
    lineHadEvent = false;
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
      return garbage();
    }
    at = end;
    return new RecordedEvent(lineNumber, element);
  }

  /**
   * Text that is not an event, up to the next object on the line, so that it does not hide an alert
   * behind it. A line of text is one event, whatever is in it.
   */
  private RecordedEvent garbage() {
    int next = arrays > 0 || lineHadEvent ? nextObject(at + 1, false) : -1;
    if (next < 0) {
      return restOfLine();
    }
    RecordedEvent event = new RecordedEvent(lineNumber, line.substring(at, next).strip());
    at = next;
    return event;
  }

  /**
   * Where the line has the next object, or -1.
   *
   * @param separated whether a comma or another object must stand before it
   */
  private int nextObject(int from, boolean separated) {
    if (searches >= SEARCHES) {
      return -1;
    }
    searches++;
    int next = line.indexOf('{', from);
    while (next >= 0 && separated && !isSeparated(next)) {
      next = line.indexOf('{', next + 1);
    }
    return next;
  }

  private boolean isSeparated(int object) {
    int before = object - 1;
    while (before >= 0 && line.charAt(before) <= ' ') {
      before--;
    }
    return before >= 0 && (line.charAt(before) == ',' || line.charAt(before) == '}');
  }

  private RecordedEvent restOfLine() {
    RecordedEvent event = new RecordedEvent(lineNumber, line.substring(at).strip());
    at = line.length();
    return event;
  }

  private RecordedEvent object() {
    int start = lineNumber;
    int begin = at;
    Nesting nesting = new Nesting();
    boolean flush = line.length() - at < 8 && line.substring(at).strip().equals("{");
    at = nesting.read(line, at);
    if (nesting.isClosed()) {
      return new RecordedEvent(start, line.substring(begin, at));
    }
    if (nesting.isBroken() || !(flush || mayGoOn())) {
      int next = arrays > 0 || lineHadEvent ? nextObject(begin + 1, true) : -1;
      if (next >= 0 && next < at) {
        at = next;
      }
      if (nesting.isBroken() || next >= 0) {
        return new RecordedEvent(start, line.substring(begin, at).strip());
      }
    }
    return object(start, flush, nesting, new StringBuilder().append(line, begin, at));
  }

  private boolean mayGoOn() {
    return nextLine != null && mayGoOn(nextLine) && !startsEvent(nextLine);
  }

  /** An object that does not end on its first line. */
  private RecordedEvent object(int start, boolean flush, Nesting nesting, StringBuilder text) {
    while (true) {
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
      at = nesting.read(line, 0);
      text.append('\n').append(line, 0, at);
      if (nesting.isClosed() || nesting.isBroken()) {
        return new RecordedEvent(start, text.toString());
      }
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
    private boolean broken;
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
          int top = open.length() - 1;
          broken = (open.charAt(top) == '{') != (c == '}');
          open.setLength(top);
          if (broken || open.isEmpty()) {
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
      return open.isEmpty() && !broken;
    }

    /** Whether a bracket closed one of the other kind. */
    private boolean isBroken() {
      return broken;
    }

    private boolean expectsValue() {
      return !inString
          && (last == ':' || last == '[' || (last == ',' && open.charAt(open.length() - 1) == '['));
    }
  }
}
