package io.cattleguard.sources.recording;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Joins lines of a container's log that the runtime split: a line is marked {@code P} (partial) and
 * continues in the next line of the same stream, up to the one marked {@code F}.
 *
 * @see <a
 *     href="https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md">CRI
 *     logging</a>
 */
public final class PartialLines implements Iterator<RecordedEvent> {
  /** A runtime's line, after what stern or kubectl writes before it. */
  private static final Pattern LINE =
      Pattern.compile(
          "(?<before>(?:[\\w./:\\[\\]-]{1,128}+ ){0,4}?)\\d{4}-\\d\\d-\\d\\dT[0-9:.+Z-]{8,32}"
              + " (?<stream>stdout|stderr) (?<tag>[PF])(?::[\\w:]*)? ?");

  /** Maximum characters of all unfinished lines together. */
  private static final int LIMIT = 8 << 20;

  /** A line without its end. */
  private static final class Unfinished {
    private final int line;
    private final StringBuilder text = new StringBuilder();

    private Unfinished(int line) {
      this.line = line;
    }

    private RecordedEvent event() {
      return new RecordedEvent(line, text.toString());
    }
  }

  private final Iterator<RecordedEvent> events;
  private final Map<String, Unfinished> unfinished = new LinkedHashMap<>();
  private final ArrayDeque<RecordedEvent> ready = new ArrayDeque<>();
  private int held;

  private PartialLines(Iterator<RecordedEvent> events) {
    this.events = events;
  }

  /** The events of a recording, each complete. */
  public static Iterator<RecordedEvent> joined(Iterator<RecordedEvent> events) {
    return new PartialLines(events);
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && events.hasNext()) {
      take(events.next());
    }
    if (ready.isEmpty()) {
      releaseAll();
    }
    return !ready.isEmpty();
  }

  @Override
  public RecordedEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the recording has no more events");
    }
    return ready.remove();
  }

  private void take(RecordedEvent event) {
    Matcher line = line(event.text());
    if (line == null) {
      ready.add(event);
      return;
    }
    String stream = line.group("before") + line.group("stream");
    String text = event.text().substring(line.end());
    boolean isLast = line.group("tag").equals("F");
    Unfinished before = unfinished.get(stream);
    if (before == null && isLast) {
      // A whole line; its prefix is removed where it is read.
      ready.add(event);
      return;
    }
    if (before == null) {
      before = new Unfinished(event.line());
      unfinished.put(stream, before);
      before.text.append(event.text(), 0, line.end());
      held += line.end();
    }
    before.text.append(text);
    held += text.length();
    if (isLast) {
      unfinished.remove(stream);
      held -= before.text.length();
      ready.add(before.event());
    } else if (held > LIMIT) {
      releaseAll();
    }
  }

  /** A line whose end is missing is returned as it is; the reader reports it. */
  private void releaseAll() {
    unfinished.values().forEach(one -> ready.add(one.event()));
    unfinished.clear();
    held = 0;
  }

  private static @Nullable Matcher line(String text) {
    if (text.startsWith("{")) {
      return null;
    }
    Matcher matcher = LINE.matcher(text);
    return matcher.lookingAt() ? matcher : null;
  }
}
