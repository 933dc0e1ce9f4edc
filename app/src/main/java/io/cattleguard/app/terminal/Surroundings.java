package io.cattleguard.app.terminal;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The environment of a command: streams, home folder and terminal. Tests pass their own.
 *
 * @param home Cattleguard's own folder, which the launcher sets
 * @param columns the terminal's width; empty when standard output is not a terminal
 * @param colour whether to print colours
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
   * The environment of a process.
   *
   * @param environment the environment variables
   * @param properties set by the launcher: {@code cattleguard.home}, and {@code
   *     cattleguard.columns} if standard output is a terminal
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
   * {@code NO_COLOR}, set and not empty, disables colour.
   *
   * @see <a href="https://no-color.org">NO_COLOR</a>
   */
  private static boolean wantsColour(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** A screen on standard output. */
  public Screen screen() {
    return new Screen(out, columns, colour);
  }

  /** The folder of the pattern files, which say which events each step receives. */
  public Path patterns() {
    return ownFolder("events").resolve("patterns");
  }

  /** The policy that ships with Cattleguard. */
  public Path defaultPolicy() {
    return ownFolder("policy");
  }

  /**
   * How a person starts this program in a shell: by the launcher of the checkout that it runs from,
   * and elsewhere, as in an image, by its name.
   */
  public String program() {
    return program(Path.of(""));
  }

  String program(Path current) {
    return home.filter(folder -> Files.isExecutable(folder.resolve("mvnw")))
        .map(folder -> folder.toAbsolutePath().normalize())
        .map(
            folder ->
                folder.equals(current.toAbsolutePath().normalize())
                    ? "./cattleguard"
                    : ShellWord.quoted(folder.resolve("cattleguard").toString()))
        .orElse("cattleguard");
  }

  private Path ownFolder(String name) {
    return home.map(folder -> folder.resolve(name))
        .filter(Files::isDirectory)
        .orElseThrow(
            () ->
                new UsageError(
                    "cannot find the folder '"
                        + name
                        + "' of Cattleguard; start it with its launcher, ./cattleguard"));
  }
}
