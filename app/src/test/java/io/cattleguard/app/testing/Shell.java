package io.cattleguard.app.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.cli.Main;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.events.ContractFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Runs commands in this process, as from a shell. */
public final class Shell {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private String input = "";
  private Optional<Integer> columns = Optional.empty();
  private boolean colour;

  /** The exit code and output of a command. */
  public record Result(int code, String out, String err) {
    public List<String> lines() {
      return out.lines().toList();
    }

    public JsonNode json() {
      return parse(out);
    }

    public List<JsonNode> jsonLines() {
      return out.lines().map(Shell::parse).toList();
    }
  }

  public static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets the text on standard input. */
  public Shell piping(String text) {
    input = text;
    return this;
  }

  /** Sets a terminal of that width, with colours. */
  public Shell inTerminal(int width) {
    columns = Optional.of(width);
    colour = true;
    return this;
  }

  public Result run(String... arguments) {
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
