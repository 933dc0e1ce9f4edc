package io.cattleguard.sensor.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's native library, which the driver unpacks into a folder for temporary files. A process
 * that is killed would leave it there, one megabyte each time. So it is unpacked beside a store and
 * deleted as soon as it is loaded.
 */
final class SqliteLibrary {
  private static final String FOLDER = "org.sqlite.tmpdir";

  private SqliteLibrary() {}

  /** Loads it, once per process, unless the driver's system properties name another place. */
  static synchronized void load(Path directory) throws SQLException {
    boolean placed =
        System.getProperty(FOLDER) != null || System.getProperty("org.sqlite.lib.path") != null;
    if (placed) {
      return;
    }
    System.setProperty(FOLDER, directory.toAbsolutePath().toString());
    try {
      SQLiteJDBCLoader.initialize();
      deleteUnpacked(directory);
    } catch (Exception e) {
      // A folder from which nothing can be executed; the driver tries its own next.
      return;
    } finally {
      System.clearProperty(
          FOLDER); // it is loaded; other libraries must not be unpacked into the folder
    }
  }

  private static void deleteUnpacked(Path directory) throws IOException {
    try (DirectoryStream<Path> unpacked =
        Files.newDirectoryStream(directory, "sqlite-*sqlitejdbc*")) {
      for (Path file : unpacked) {
        Files.deleteIfExists(file);
      }
    }
  }
}
