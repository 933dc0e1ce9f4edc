package io.cattleguard.sources.parsing;

import org.jspecify.annotations.Nullable;

/** Names of programs. */
public final class Programs {
  /** Start of the path of a program that is in memory alone. */
  public static final String IN_MEMORY = "memfd:";

  private Programs() {}

  /** The program's name without its path, or null. */
  public static @Nullable String name(@Nullable String executable) {
    if (executable == null) {
      return null;
    }
    String name = executable.substring(executable.lastIndexOf('/') + 1);
    return name.isEmpty() ? executable : name;
  }

  /** The first word of a command line, or null. */
  public static @Nullable String first(@Nullable String commandLine) {
    if (commandLine == null) {
      return null;
    }
    int space = commandLine.indexOf(' ');
    return space < 0 ? commandLine : commandLine.substring(0, space);
  }

  /** Whether a program ran from memory alone, by its path. */
  public static boolean isInMemory(@Nullable String path) {
    return path != null
        && (path.startsWith(IN_MEMORY)
            || path.startsWith("/memfd:")
            || path.startsWith("/proc/self/fd/"));
  }
}
