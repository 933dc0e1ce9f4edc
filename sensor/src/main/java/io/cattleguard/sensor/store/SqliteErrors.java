package io.cattleguard.sensor.store;

import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What an error of SQLite says about the file and the connection. */
public final class SqliteErrors {
  private SqliteErrors() {}

  private static SQLiteErrorCode code(Throwable e) {
    return e instanceof SQLiteException sqlite
        ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }

  /** Whether the file is damaged, or is no database. */
  public static boolean isDamage(Throwable e) {
    SQLiteErrorCode code = code(e);
    return code == SQLiteErrorCode.SQLITE_CORRUPT || code == SQLiteErrorCode.SQLITE_NOTADB;
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
    return code(e) == SQLiteErrorCode.SQLITE_FULL
        ? "the disk is full; free disk space"
        : String.valueOf(e.getMessage());
  }
}
