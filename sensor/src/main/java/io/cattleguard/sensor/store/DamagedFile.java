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
import java.util.Optional;
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
  private static final List<String> PARTS = List.of("", "-wal", "-shm", "-journal");

  /**
   * Maximum number of damaged files, the first one and the latest one: more would fill the disk.
   */
  private static final int BROKEN_FILES = 2;

  /** Page 1 names the tables and where they begin; without it nothing can be read. */
  private static final int FIRST_PAGE = 4_096;

  /** The offset of the number of pages in page 1. */
  private static final int PAGES = 28;

  /** The offset of the schema counter in page 1. */
  private static final int SCHEMA_COOKIE = 40;

  private final Path file;

  /** Runs between two steps, where a test ends the salvage as a kill does. */
  private final Runnable step;

  DamagedFile(Path directory, String name, Runnable step) {
    this.file = directory.resolve(name);
    this.step = step;
  }

  static SQLException damage(String what) {
    return new SQLiteException("damaged: " + what, SQLiteErrorCode.SQLITE_CORRUPT);
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /** Completes a salvage that a kill interrupted, if it had read everything readable. */
  Optional<Salvaged> finishSalvage() throws IOException, SQLException {
    Path made = sibling(".salvaged");
    if (Files.exists(file) || !Files.exists(made) || Files.exists(sibling(".salvaged-journal"))) {
      delete(".salvaged");
      return Optional.empty();
    }
    long rows = TableCopy.rowsOf(made);
    // SQLite would apply the log of the damaged file to the salvaged one.
    Path broken = setAside();
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    delete(".salvaged");
    return Optional.of(new Salvaged(broken, rows, false));
  }

  /** Whether the file had tables and is missing or too short now. SQLite would call it empty. */
  boolean isGone() throws IOException {
    return hasFirstPage() && (!Files.exists(file) || Files.size(file) < FIRST_PAGE);
  }

  private boolean hasFirstPage() throws IOException {
    Path copy = sibling(".first-page");
    return Files.exists(copy) && Files.size(copy) == FIRST_PAGE;
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
      if (hasFirstPage()
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
   * Copies the readable rows to a new file, and sets the damaged one aside. No connection may be
   * open.
   *
   * @param schema the statements that create the tables, as far as they are known
   * @throws SQLException if the new file cannot be written; then nothing was changed
   */
  Salvaged salvage(List<String> schema) throws SQLException, IOException {
    try {
      return copied(schema);
    } catch (SQLException e) {
      if (!SqliteErrors.isFull(e)) {
        delete(".salvaged");
        throw e;
      }
    }
    // Alerts that can be sent matter more than earlier damaged files.
    for (int number = 1; number <= BROKEN_FILES; number++) {
      delete(broken(number));
    }
    try {
      return copied(schema);
    } catch (SQLException e) {
      delete(".salvaged");
      throw e;
    }
  }

  private Salvaged copied(List<String> schema) throws SQLException, IOException {
    delete(".salvaged");
    TableCopy copy = new TableCopy();
    try (Connection to = connect(sibling(".salvaged"), false)) {
      copy.create(to, schema);
      boolean gone = isGone();
      if (gone || !copyAll(copy, to)) {
        copy.incomplete();
        long size = Files.exists(file) ? Files.size(file) : 0;
        byte[] damaged = firstPage();
        step.run();
        restoreFirstPage();
        step.run();
        copyAll(copy, to);
        step.run();
        writeFirstPage(damaged);
        cut(size);
      }
      step.run();
      to.commit();
    }
    step.run();
    Path broken = setAside();
    step.run();
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
      if (!SqliteErrors.isUnreadable(e)) {
        throw e;
      }
      copy.incomplete();
      return false;
    }
  }

  private static Connection connect(Path file, boolean damaged) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setPragma(SQLiteConfig.Pragma.LIMIT_LENGTH, String.valueOf(SqliteStore.VALUE_BYTES));
    if (!damaged) {
      config.setPageSize(FIRST_PAGE);
    }
    Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    connection.setAutoCommit(damaged);
    return connection;
  }

  private void restoreFirstPage() throws IOException {
    if (!hasFirstPage()) {
      return;
    }
    byte[] page = Files.readAllBytes(sibling(".first-page"));
    long pages = Files.exists(file) ? Files.size(file) / FIRST_PAGE : 0;
    // The log may have the pages that a file cut short has not.
    ByteBuffer header = ByteBuffer.wrap(page);
    header.putInt(PAGES, (int) Math.max(header.getInt(PAGES), pages));
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
    if (!Files.exists(file)) {
      return new byte[0];
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(FIRST_PAGE);
    }
  }

  private void writeFirstPage(byte[] page) throws IOException {
    try (SeekableByteChannel out =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(page);
      while (left.hasRemaining()) {
        out.write(left);
      }
    }
  }

  /** Renames the damaged file; the first one and the latest ones are kept. */
  private Path setAside() throws IOException {
    int number = 1;
    while (number < BROKEN_FILES && Files.exists(sibling(broken(number)))) {
      number++;
    }
    // A leftover of an earlier salvage under this name belongs to another file.
    for (String part : Files.exists(file) ? PARTS : List.<String>of()) {
      Files.deleteIfExists(sibling(broken(number) + part));
    }
    for (String part : PARTS) {
      step.run();
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
