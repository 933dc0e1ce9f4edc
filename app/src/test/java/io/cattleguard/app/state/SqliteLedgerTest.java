package io.cattleguard.app.state;

import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.LedgerContract;
import io.cattleguard.respond.ledger.StoredLedger;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class SqliteLedgerTest extends LedgerContract {
  @TempDir private Path directory;
  private StateFile file;
  private char table = 'a';

  @BeforeEach
  void open() {
    file = StateFile.open(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Override
  protected Ledger ledger() {
    return new StoredLedger(new SqliteTable(file, "ledger" + table++, 1_000));
  }
}
