package io.cattleguard.app.terminal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/**
 * Writes JSON in ASCII, so that control characters in an attacker's text cannot act on a terminal.
 */
public final class JsonLines {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM)
          .build();
  private static final ObjectWriter WRITER = MAPPER.writer();

  private JsonLines() {}

  /** Prints one value on one line. */
  public static void print(JsonNode value, PrintStream out) {
    try {
      out.println(WRITER.writeValueAsString(value));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a generator for a large value that is written in pieces. */
  public static JsonGenerator generator(PrintStream out) throws IOException {
    return MAPPER.createGenerator(out);
  }
}
