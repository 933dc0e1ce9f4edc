package io.cattleguard.sources;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.foreign.ForeignEvents;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import io.cattleguard.sources.unwrap.Envelope;
import io.cattleguard.sources.unwrap.Envelope.Part;
import io.cattleguard.sources.unwrap.Envelopes;
import io.cattleguard.sources.unwrap.LinePrefix;
import io.cattleguard.sources.unwrap.Packed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Opens the envelopes of one text, and the envelopes inside these. A part that exceeds a limit is
 * an unreadable event, so that nothing is lost.
 */
final class Unwrapping {
  /** Maximum number of envelopes around an event. */
  static final int DEPTH = 4;

  /** Maximum number of events of one text; all of them are in memory at once. */
  static final int EVENTS = 1_000;

  /** The same for a recording, which a person reads on a larger machine. */
  static final int RECORDED_EVENTS = 10_000;

  /** Maximum characters of all envelopes of a text, as a multiple of the largest event. */
  private static final int GROWTH = 4;

  /** Envelopes that are often empty: control messages, and answers without results. */
  private static final Set<String> MAY_BE_EMPTY =
      Set.of(
          "an SNS message",
          "a CloudWatch Logs subscription",
          "an output of CloudWatch Logs",
          "an Elasticsearch hit",
          "an Elasticsearch response",
          "a list of Kubernetes audit events");

  /** Maximum decompressed bytes of one text. */
  static final int DECOMPRESSED = 8 * AlertReader.EVENT_LIMIT;

  /**
   * The place of a text.
   *
   * @param within the envelope around it, named in the reason of an unreadable event
   * @param depth number of envelopes around it; a list of envelopes does not count
   * @param inList whether it is an element of a list
   */
  private record Place(String within, int depth, boolean inList) {
    static final Place OUTSIDE = new Place("", 0, false);

    Place inside(Envelope envelope) {
      boolean isFree = envelope.isList() && !inList;
      return new Place(envelope.name(), isFree ? depth : depth + 1, envelope.isList());
    }
  }

  private final AlertReader reader;
  private final Origin origin;
  private final List<ReadEvent> events = new ArrayList<>();
  private final int mostEvents;
  private long characters;
  private int decompressible = DECOMPRESSED;

  Unwrapping(AlertReader reader, Origin origin) {
    this.reader = reader;
    this.origin = origin;
    this.mostEvents = reader.isOfRecordings() ? RECORDED_EVENTS : EVENTS;
    this.characters =
        (long) GROWTH
            * (reader.isOfRecordings() ? AlertReader.RECORDED_LIMIT : AlertReader.EVENT_LIMIT);
  }

  /** The events of a text that no parser reads as it is. */
  List<ReadEvent> of(String text, AlertReader.Attempt attempt) {
    settle(text, attempt, Place.OUTSIDE);
    return List.copyOf(events);
  }

  /** Adds the events of a text. */
  private void settle(String text, AlertReader.Attempt attempt, Place place) {
    if (!(attempt.reading() instanceof Reading.Unreadable unreadable)) {
      events.add(new ReadEvent(text, attempt.reading()));
      return;
    }
    Optional<Envelope> envelope = attempt.unknown().flatMap(this::open);
    if (envelope.isPresent()) {
      if (!envelope.get().parts().isEmpty() || mayBeEmpty(envelope.get(), attempt)) {
        open(envelope.get(), text, place);
      } else {
        addUnreadable(
            text,
            unreadable.reason() + "; as " + envelope.get().name() + " it is empty",
            place.within);
      }
      return;
    }
    Optional<String> withoutPrefix = attempt.isJson() ? Optional.empty() : LinePrefix.removed(text);
    if (withoutPrefix.isPresent()) {
      String event = withoutPrefix.get();
      settle(event, reader.attempt(event, origin), place);
    } else if (place.equals(Place.OUTSIDE) || !settleLines(text, attempt, place)) {
      addUnreadable(text, unreadable.reason(), place.within);
    }
  }

  /**
   * A list that is the only content may be empty. Beside other content, the events may be
   * elsewhere.
   */
  private static boolean mayBeEmpty(Envelope envelope, AlertReader.Attempt attempt) {
    return MAY_BE_EMPTY.contains(envelope.name())
        || attempt.unknown().filter(node -> node.size() > 1).isEmpty();
  }

  /** A text inside an envelope may hold several events, as a compressed file does. */
  private boolean settleLines(String text, AlertReader.Attempt attempt, Place place) {
    if (attempt.isJson()) {
      return false;
    }
    RecordedEvents lines = RecordedEvents.of(text);
    if (!lines.hasNext()) {
      return false;
    }
    RecordedEvent first = lines.next();
    if (!lines.hasNext() && first.text().equals(text.strip())) {
      return false;
    }
    take(new Part.Text(first.text()), place);
    while (lines.hasNext()) {
      if (isFull()) {
        addUnreadable(text, tooMuch(), place.within);
        return true;
      }
      take(new Part.Text(lines.next().text()), place);
    }
    return true;
  }

  /**
   * An event that a parser recognises is not an envelope, but may hold several alerts of its
   * source.
   */
  private Optional<Envelope> open(JsonNode event) {
    if (reader.recognises(event)) {
      return reader.several(event);
    }
    Optional<Envelope> envelope = Envelopes.open(event);
    return envelope.isPresent() || ForeignEvents.name(event).isPresent()
        ? envelope
        : Envelopes.openBusEvent(event);
  }

  private void open(Envelope envelope, String text, Place place) {
    Place inside = place.inside(envelope);
    if (inside.depth > DEPTH) {
      addUnreadable(text, envelope.name() + " inside " + DEPTH + " other envelopes", place.within);
      return;
    }
    if (envelope.parts().isEmpty()) {
      events.add(new ReadEvent(text, new Reading.Ignored(envelope.name() + " without an event")));
    }
    for (int i = 0; i < envelope.parts().size(); i++) {
      if (isFull()) {
        addUnreadable(
            rest(envelope.parts().subList(i, envelope.parts().size()), text),
            tooMuch(),
            envelope.name());
        return;
      }
      take(envelope.parts().get(i), inside);
    }
  }

  /** Whether no more of the text can be read. */
  private boolean isFull() {
    return events.size() >= mostEvents || characters <= 0;
  }

  private String tooMuch() {
    return (events.size() >= mostEvents
            ? "too many events: the rest, after " + mostEvents
            : "too many characters in its envelopes: the rest")
        + ", is not read; split it";
  }

  private void take(Part part, Place place) {
    switch (part) {
      case Part.Tree tree -> {
        String text = tree.value().toString();
        characters -= text.length();
        settle(text, reader.attempt(tree.value(), text, origin), place);
      }
      case Part.Text text -> {
        characters -= text.text().length();
        settle(text.text(), reader.attempt(text.text(), origin), place);
      }
      case Part.Bytes bytes -> {
        switch (Packed.ofBase64(bytes.base64(), decompressible)) {
          case Packed.Content.Text content -> {
            decompressible -= content.text().length();
            take(new Part.Text(content.text()), place);
          }
          case Packed.Content.Refused refused -> {
            if (refused.isTooLarge()) {
              decompressible = 0; // it was decompressed that far
            }
            addUnreadable(bytes.base64(), refused.reason(), place.within);
          }
        }
      }
    }
  }

  private void addUnreadable(String text, String reason, String within) {
    String where = within.isEmpty() ? "" : " (in " + within + ")";
    events.add(new ReadEvent(text, new Reading.Unreadable(reason + where)));
  }

  /** The parts that were not read, one per line, or the whole text where that is shorter. */
  private static String rest(List<Part> parts, String whole) {
    StringBuilder rest = new StringBuilder();
    for (Part part : parts) {
      rest.append(
              switch (part) {
                case Part.Tree tree -> tree.value().toString();
                case Part.Text text -> text.text();
                case Part.Bytes bytes -> bytes.base64();
              })
          .append('\n');
      if (rest.length() > whole.length()) {
        return whole;
      }
    }
    return rest.toString();
  }
}
