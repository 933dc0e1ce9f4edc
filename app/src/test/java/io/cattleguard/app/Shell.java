package io.cattleguard.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.ContractFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Runs commands as a person in a shell would, in this process. */
final class Shell {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private String input = "";
  private Optional<Integer> columns = Optional.empty();
  private boolean colour;

  /** What a command printed, and how it ended. */
  record Result(int code, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }

    JsonNode json() {
      return parse(out);
    }

    List<JsonNode> jsonLines() {
      return out.lines().map(Shell::parse).toList();
    }
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With that on standard input. */
  Shell piping(String text) {
    input = text;
    return this;
  }

  /** In a terminal of that width, with colour. */
  Shell inTerminal(int width) {
    columns = Optional.of(width);
    colour = true;
    return this;
  }

  Result run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Surroundings(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.of(ContractFiles.root()),
                columns,
                colour),
            arguments);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
