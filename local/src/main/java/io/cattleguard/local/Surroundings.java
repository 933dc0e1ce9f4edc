package io.cattleguard.local;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a command has around it, so that a test can give it something else.
 *
 * @param home the folder that Cattleguard stands in, which the launcher names
 * @param columns the terminal's width, empty where standard output is no terminal
 * @param colour whether to colour what people read
 */
record Surroundings(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Optional<Path> home,
    Optional<Integer> columns,
    boolean colour) {
  private static final int NARROWEST = 60;

  /** Of this process. */
  static Surroundings ofProcess(InputStream in, PrintStream out, PrintStream err) {
    Optional<Integer> columns = columns(System.getProperty("cattleguard.columns", ""));
    boolean colour = columns.isPresent() && isUnset("NO_COLOR") && !isSet("TERM", "dumb");
    Optional<Path> home = Optional.ofNullable(System.getProperty("cattleguard.home")).map(Path::of);
    return new Surroundings(in, out, err, home, columns, colour);
  }

  /** The launcher names the columns where standard output is a terminal. */
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
   * As everybody reads it: set and not empty means no colour.
   *
   * @see <a href="https://no-color.org">NO_COLOR</a>
   */
  private static boolean isUnset(String variable) {
    String value = System.getenv(variable);
    return value == null || value.isEmpty();
  }

  private static boolean isSet(String variable, String value) {
    return value.equals(System.getenv(variable));
  }

  /** A screen on standard output. */
  Screen screen() {
    return new Screen(out, columns.orElse(Screen.DEFAULT_COLUMNS), colour);
  }

  /** Where the patterns are that say which event goes to which step. */
  Path patterns() {
    return ownFolder("events").resolve("patterns");
  }

  /** The policy that comes with Cattleguard. */
  Path defaultPolicy() {
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
