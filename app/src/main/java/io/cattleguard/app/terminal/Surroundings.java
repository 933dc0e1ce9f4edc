package io.cattleguard.app.terminal;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * What a command has around it, so that a test can give it something else.
 *
 * @param home the folder that Cattleguard stands in, which the launcher names
 * @param columns the terminal's width, empty where standard output is no terminal
 * @param colour whether to colour what people read
 */
public record Surroundings(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Optional<Path> home,
    Optional<Integer> columns,
    boolean colour) {
  private static final int NARROWEST = 60;

  /**
   * Of a process.
   *
   * @param environment its environment variables
   * @param properties what the launcher says: {@code cattleguard.home}, and {@code
   *     cattleguard.columns} where standard output is a terminal
   */
  public static Surroundings of(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Properties properties) {
    Optional<Integer> columns = columns(properties.getProperty("cattleguard.columns", ""));
    return new Surroundings(
        in,
        out,
        err,
        Optional.ofNullable(properties.getProperty("cattleguard.home")).map(Path::of),
        columns,
        columns.isPresent() && wantsColour(environment));
  }

  private static Optional<Integer> columns(String named) {
    try {
      return named.isEmpty()
          ? Optional.empty()
          : Optional.of(Math.max(NARROWEST, Integer.parseInt(named)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /**
   * As everybody reads it: {@code NO_COLOR} set and not empty means no colour.
   *
   * @see <a href="https://no-color.org">NO_COLOR</a>
   */
  private static boolean wantsColour(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** A screen on standard output. */
  public Screen screen() {
    return new Screen(out, columns.orElse(Screen.DEFAULT_COLUMNS), colour);
  }

  /** Where the patterns are that say which event goes to which step. */
  public Path patterns() {
    return ownFolder("events").resolve("patterns");
  }

  /** The policy that comes with Cattleguard. */
  public Path defaultPolicy() {
    return ownFolder("policy");
  }

  private Path ownFolder(String name) {
    return home.map(folder -> folder.resolve(name))
        .filter(Files::isDirectory)
        .orElseThrow(
            () ->
                new UsageError(
                    "cannot find Cattleguard's own folder '"
                        + name
                        + "'; start it by its launcher, ./cattleguard"));
  }
}
