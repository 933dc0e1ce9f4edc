package io.cattleguard.sensor;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Hands a node's spool directory to the group that the sensor runs as; an init container's whole
 * work, because the kubelet makes a {@code hostPath} as root's and applies no {@code fsGroup} to
 * it.
 *
 * <p>An owner may give his directory to a group that he is in, so this runs as root with no
 * capability at all. It touches the directory alone, never what lies in it, which is the sensor's:
 * a link there leads nowhere.
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
      err.println("spool directory: give DIRECTORY and the number of a GROUP");
      return 2;
    }
    Path directory = Path.of(arguments[0]);
    int group = Integer.parseInt(arguments[1]);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      err.println("spool directory: " + directory + " is no directory");
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
              + " cannot be given to group "
              + group
              + " ("
              + e.getMessage()
              + "); make it writable for that group on the node, and set spool.prepare=false");
      return 2;
    }
  }
}
