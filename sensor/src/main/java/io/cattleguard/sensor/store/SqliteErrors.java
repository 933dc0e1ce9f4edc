package io.cattleguard.sensor.store;

import java.sql.SQLException;
import java.util.regex.Pattern;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** The meaning of an SQLite error for the file and the connection. */
public final class SqliteErrors {
  private static final Pattern NO_SUCH =
      Pattern.compile("no such (table|column)|has no column|values for \\d+ columns");

  private SqliteErrors() {}

  private static SQLiteErrorCode code(Throwable e) {
    return e instanceof SQLiteException sqlite
        ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }

  /**
   * Whether the file is damaged, or is no database. The statements are fixed, so a table or column
   * that does not exist is damage too.
   */
  public static boolean isDamage(Throwable e) {
    return switch (code(e)) {
      case SQLITE_CORRUPT, SQLITE_NOTADB -> true;
      case SQLITE_ERROR -> NO_SUCH.matcher(String.valueOf(e.getMessage())).find();
      default -> false;
    };
  }

  /** Whether a value that was read is longer than any that is written. */
  static boolean isTooLong(SQLException e) {
    return code(e) == SQLiteErrorCode.SQLITE_TOOBIG;
  }

  static boolean isFull(SQLException e) {
    return code(e) == SQLiteErrorCode.SQLITE_FULL
        || (e instanceof SQLiteException sqlite
            && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE);
  }

  /** Whether what was read is damaged. Otherwise the same file may be read completely later. */
  static boolean isUnreadable(SQLException e) {
    return switch (code(e)) {
      case SQLITE_FULL,
          SQLITE_CANTOPEN,
          SQLITE_BUSY,
          SQLITE_LOCKED,
          SQLITE_NOMEM,
          SQLITE_READONLY,
          SQLITE_PERM,
          SQLITE_INTERRUPT ->
          false;
      case SQLITE_IOERR -> isReading(e);
      default -> true;
    };
  }

  private static boolean isReading(SQLException e) {
    return e instanceof SQLiteException sqlite
        && switch (sqlite.getResultCode()) {
          case SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_CORRUPTFS -> true;
          default -> false;
        };
  }

  /**
   * Whether the values of the statement may have caused the error. Any other cause is the store.
   */
  public static boolean isAboutValues(SQLException e) {
    return switch (code(e)) {
      case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG -> true;
      default -> false;
    };
  }

  /** The reason in a sentence for people. */
  public static String reason(Throwable e) {
    return e instanceof SQLException sql && isFull(sql)
        ? "the disk is full; free disk space"
        : String.valueOf(e.getMessage());
  }
}
