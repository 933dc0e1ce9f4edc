package io.cattleguard.sensor.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The files of a store, and what to do when they are damaged.
 *
 * <p>The readable rows are copied to a second file. Only then is the damaged file renamed, and the
 * second one takes its place. So a kill at any moment loses nothing.
 */
final class DamagedFile {
  private static final List<String> PARTS = List.of("", "-wal", "-shm");
  private static final int BROKEN_FILES = 5;

  /** Page 1 names the tables and where they begin; without it nothing can be read. */
  private static final int FIRST_PAGE = 4_096;

  /** Where page 1 says how often the tables changed. */
  private static final int SCHEMA_COOKIE = 40;

  private final Path file;

  DamagedFile(Path directory, String name) {
    this.file = directory.resolve(name);
  }

  static SQLException damage(String what) {
    return new SQLiteException("damaged: " + what, SQLiteErrorCode.SQLITE_CORRUPT);
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /** Completes the renaming that a kill may have interrupted. */
  void finishSalvage() throws IOException {
    if (!Files.exists(file) && Files.exists(sibling(".salvaged"))) {
      // SQLite would apply the log of the damaged file to the salvaged one.
      Files.deleteIfExists(sibling("-wal"));
      Files.deleteIfExists(sibling("-shm"));
      Files.move(sibling(".salvaged"), file, StandardCopyOption.ATOMIC_MOVE);
    }
    delete(".salvaged");
  }

  private void delete(String suffix) throws IOException {
    for (String part : PARTS) {
      Files.deleteIfExists(sibling(suffix + part));
    }
  }

  /** Keeps a copy of page 1, after the tables changed, for the case that it is damaged. */
  void keepFirstPage(Connection connection) throws SQLException {
    Path copy = sibling(".first-page");
    try (Statement statement = connection.createStatement()) {
      int version;
      try (ResultSet row = statement.executeQuery("pragma schema_version")) {
        version = row.getInt(1);
      }
      if (Files.exists(copy)
          && Files.size(copy) == FIRST_PAGE
          && ByteBuffer.wrap(Files.readAllBytes(copy)).getInt(SCHEMA_COOKIE) == version) {
        return;
      }
      statement.executeQuery("pragma wal_checkpoint(passive)").close();
      try (InputStream in = Files.newInputStream(file)) {
        Files.write(copy, in.readNBytes(FIRST_PAGE));
      }
    } catch (IOException e) {
      // A full disk may be the reason; the next start tries again.
      return;
    }
  }

  /**
   * Copies what can be read to a new file, and sets the damaged one aside.
   *
   * @throws SQLException if the new file cannot be written; then nothing was changed
   */
  Salvaged salvage() throws SQLException, IOException {
    delete(".salvaged");
    TableCopy copy = new TableCopy();
    try (Connection to = connect(sibling(".salvaged"), false)) {
      if (!copyAll(copy, to)) {
        long size = Files.exists(file) ? Files.size(file) : 0;
        byte[] damaged = firstPage();
        restoreFirstPage();
        copyAll(copy, to);
        writeFirstPage(damaged);
        cut(size);
      }
      to.commit();
    }
    Path broken = setAside();
    Files.move(sibling(".salvaged"), file, StandardCopyOption.ATOMIC_MOVE);
    return new Salvaged(broken, copy.rows(), copy.isComplete());
  }

  /** False if the list of tables cannot be read. */
  private boolean copyAll(TableCopy copy, Connection to) throws SQLException {
    try (Connection from = connect(file, true);
        Statement statement = from.createStatement()) {
      statement.execute("pragma writable_schema = on"); // else SQLite refuses a file cut short
      boolean found = false;
      try (PreparedStatement tables =
              from.prepareStatement("select name, sql from sqlite_schema where type = 'table'");
          ResultSet table = tables.executeQuery()) {
        while (table.next()) {
          found = true;
          copy.table(from, to, table.getString(1), table.getString(2));
        }
      }
      return found;
    } catch (TableCopy.TargetFailed e) {
      throw e.reason();
    } catch (SQLException e) {
      copy.incomplete();
      return false;
    }
  }

  private static Connection connect(Path file, boolean damaged) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    if (!damaged) {
      config.setPageSize(FIRST_PAGE);
    }
    Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    connection.setAutoCommit(damaged);
    return connection;
  }

  private void restoreFirstPage() throws IOException {
    Path copy = sibling(".first-page");
    if (!Files.exists(copy) || !Files.exists(file) || Files.size(copy) != FIRST_PAGE) {
      return;
    }
    byte[] page = Files.readAllBytes(copy);
    long pages = Files.size(file) / FIRST_PAGE;
    ByteBuffer.wrap(page).putInt(28, (int) pages);
    // No free pages are known, and none are needed to read.
    Arrays.fill(page, 32, 40, (byte) 0);
    writeFirstPage(page);
  }

  private void cut(long size) throws IOException {
    try (SeekableByteChannel out = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      out.truncate(size);
    }
  }

  private byte[] firstPage() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(FIRST_PAGE);
    }
  }

  private void writeFirstPage(byte[] page) throws IOException {
    try (SeekableByteChannel out = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(page));
    }
  }

  /** Renames the damaged file; the first one and the latest ones are kept. */
  private Path setAside() throws IOException {
    int number = 1;
    while (number < BROKEN_FILES && Files.exists(sibling(broken(number)))) {
      number++;
    }
    for (String part : PARTS) {
      if (Files.exists(sibling(part))) {
        Files.move(
            sibling(part),
            sibling(broken(number) + part),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return sibling(broken(number));
  }

  private static String broken(int number) {
    return number == 1 ? ".broken" : ".broken." + number;
  }
}
