package io.cattleguard.app.state;

import io.cattleguard.deduplicate.Sightings;
import io.cattleguard.deduplicate.SightingsContract;
import io.cattleguard.deduplicate.StoredSightings;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class SqliteSightingsTest extends SightingsContract {
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
  protected Sightings sightings() {
    return new StoredSightings(new SqliteTable(file, "sightings" + table++, 1_000));
  }
}
