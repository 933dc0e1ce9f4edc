package io.cattleguard.app.state;

import io.cattleguard.score.StoredWorkloadHistories;
import io.cattleguard.score.WorkloadHistories;
import io.cattleguard.score.WorkloadHistoriesContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class SqliteWorkloadHistoriesTest extends WorkloadHistoriesContract {
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
  protected WorkloadHistories histories() {
    table++;
    return elsewhere();
  }

  private WorkloadHistories elsewhere() {
    return new StoredWorkloadHistories(new SqliteTable(file, "histories" + table, 1_000));
  }

  @Override
  protected WorkloadHistories elsewhere(WorkloadHistories histories) {
    return elsewhere();
  }
}
