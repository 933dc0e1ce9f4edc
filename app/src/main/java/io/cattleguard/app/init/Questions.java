package io.cattleguard.app.init;

import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks a person at a terminal. An empty line, or the end of the input, means the default. */
final class Questions {
  private final Surroundings surroundings;
  private final BufferedReader in;

  Questions(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.in = new BufferedReader(new InputStreamReader(surroundings.in(), StandardCharsets.UTF_8));
  }

  /**
   * Asks until the answer can be read.
   *
   * @param otherwise the answer for an empty line
   * @param read throws a {@link UsageError} for an invalid answer
   */
  <T> T ask(String question, String otherwise, Function<String, T> read) {
    while (true) {
      surroundings
          .out()
          .print(question + " [" + (otherwise.isEmpty() ? "none" : otherwise) + "]: ");
      surroundings.out().flush();
      String line = line();
      try {
        return read.apply(line == null || line.isBlank() ? otherwise : line.strip());
      } catch (UsageError e) {
        if (line == null) {
          throw e;
        }
        surroundings.screen().line(Screen.Style.WARN, String.valueOf(e.getMessage()));
      }
    }
  }

  private @Nullable String line() {
    try {
      return in.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
