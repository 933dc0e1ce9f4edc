package io.cattleguard.sensor.spool;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Gives a node's spool directory to the group that the sensor runs as. This is all that the init
 * container does. It is needed because the kubelet creates a {@code hostPath} as root and applies
 * no {@code fsGroup}.
 *
 * <p>An owner may change a directory's group to one of its own groups, so this runs as root without
 * any capability. It changes the directory only, never its contents, and follows no symbolic link.
 */
public final class SpoolDirectory {
  /** For its owner and its group; what is made in it is of the same group. */
  private static final int MODE = 02770;

  private SpoolDirectory() {}

  /** Takes the directory and the group's number; exit code 2 where it cannot. */
  public static void main(String[] arguments) {
    System.exit(run(System.err, arguments));
  }

  static int run(PrintStream err, String... arguments) {
    if (arguments.length != 2 || !arguments[1].matches("\\d{1,9}")) {
      err.println("spool directory: usage: DIRECTORY GROUP-ID");
      return 2;
    }
    Path directory = Path.of(arguments[0]);
    int group = Integer.parseInt(arguments[1]);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      err.println("spool directory: " + directory + " is not a directory");
      return 2;
    }
    try {
      Files.setAttribute(directory, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(directory, "unix:mode", MODE);
      return 0;
    } catch (IOException e) {
      err.println(
          "spool directory: "
              + directory
              + " cannot be changed to group "
              + group
              + " ("
              + e.getMessage()
              + "); make it writable for that group on the node and set spool.prepare=false");
      return 2;
    }
  }
}
