package io.cattleguard.sensor.spool;

/** Measures texts as JSON, because the bus limits an entry's bytes. */
public final class JsonSize {
  private JsonSize() {}

  /** The bytes of a text as a JSON string: escaped, in UTF-8. */
  public static int of(String text) {
    int bytes = 2;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20) {
        bytes += 6;
      } else if (c == '"' || c == '\\') {
        bytes += 2;
      } else if (c < 0x80) {
        bytes += 1;
      } else if (c < 0x800 || Character.isSurrogate(c)) {
        bytes += 2;
      } else {
        bytes += 3;
      }
    }
    return bytes;
  }
}
