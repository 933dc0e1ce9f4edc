package io.cattleguard.app.board.page;

import io.cattleguard.events.deviation.AcceptableEntry;

/**
 * A link to the page that asks for the reason of a command.
 *
 * @param id of the element, so that an update keeps the focus
 * @param about what it is about, for a screen reader
 */
public record Button(String id, String text, String tone, String href, String about) {
  /** A link to the patch that accepts a deviation; following it changes nothing. */
  static Button accepting(AcceptableEntry entry, String incident) {
    return new Button(
        "accept-" + Integer.toHexString(entry.hashCode()),
        "Accept in the model",
        "",
        Links.accept(incident, entry),
        Words.name(entry.entry()));
  }

  static Button of(Verb verb, String id, String incident, String about) {
    return new Button(
        verb.word() + "-" + Integer.toHexString(id.hashCode()),
        verb.button(),
        verb.tone(),
        Links.ask(verb, id, incident),
        Words.name(about));
  }
}
