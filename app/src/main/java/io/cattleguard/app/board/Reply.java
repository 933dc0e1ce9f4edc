package io.cattleguard.app.board;

import java.util.HashMap;
import java.util.Map;

/** A reply to a browser. */
record Reply(int status, String type, String body, Map<String, String> headers) {
  private static final String HTML = "text/html; charset=utf-8";

  static Reply html(int status, String page) {
    return new Reply(status, HTML, page, Map.of());
  }

  static Reply text(int status, String sentence) {
    return new Reply(status, "text/plain; charset=utf-8", sentence + "\n", Map.of());
  }

  /**
   * A text that the browser saves.
   *
   * @param name of the file; never a text of an event
   */
  static Reply file(String name, String text) {
    return new Reply(
        200,
        "text/plain; charset=utf-8",
        text,
        Map.of("Content-Disposition", "attachment; filename=\"" + name + "\""));
  }

  static Reply redirect(String address) {
    return new Reply(303, HTML, "", Map.of("Location", address));
  }

  Reply with(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new Reply(status, type, body, more);
  }
}
