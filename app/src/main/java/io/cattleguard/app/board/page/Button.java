package io.cattleguard.app.board.page;

/**
 * A link to the page that asks for the reason of a command.
 *
 * @param id of the element, so that an update keeps the focus
 * @param about what it is about, for a screen reader
 */
public record Button(String id, String text, String tone, String href, String about) {
  static Button of(Verb verb, String id, String incident, String about) {
    return new Button(
        verb.word() + "-" + Integer.toHexString(id.hashCode()),
        verb.button(),
        verb.tone(),
        Links.ask(verb, id, incident),
        Words.name(about));
  }
}
