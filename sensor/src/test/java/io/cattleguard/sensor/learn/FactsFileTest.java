package io.cattleguard.sensor.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A changed file of facts is read while the sensor runs; an invalid one has no effect. */
final class FactsFileTest {
  private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");

  private final List<String> warnings = new ArrayList<>();
  @TempDir private Path directory;

  @Test
  void aChangedFileIsReadAfterAMinute() throws IOException {
    Path path = directory.resolve("facts");
    Files.writeString(path, "service 10.96.0.20 shop/cache\n");
    FactsFile file = new FactsFile(Optional.of(path), warnings::add);
    assertEquals(Optional.empty(), file.service("10.96.0.20"));
    file.refresh(START);
    assertEquals(Optional.of("shop/cache"), file.service("10.96.0.20"));

    Files.writeString(path, "service 10.96.0.20 shop/queue\n");
    file.refresh(START.plusSeconds(59));
    assertEquals(Optional.of("shop/cache"), file.service("10.96.0.20"));
    file.refresh(START.plusSeconds(60));
    assertEquals(Optional.of("shop/queue"), file.service("10.96.0.20"));
    assertEquals(List.of(), warnings);
  }

  @Test
  void aFileThatCannotBeReadKeepsTheFormerFactsAndWarnsOnce() throws IOException {
    Path path = directory.resolve("facts");
    Files.writeString(path, "service 10.96.0.20 shop/cache\n");
    FactsFile file = new FactsFile(Optional.of(path), warnings::add);
    file.refresh(START);
    Files.writeString(path, "service nowhere\n");
    file.refresh(START.plusSeconds(60));
    file.refresh(START.plusSeconds(120));
    assertEquals(Optional.of("shop/cache"), file.service("10.96.0.20"));
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().contains("line 1"), warnings.getFirst());
    Files.delete(path);
    file.refresh(START.plusSeconds(180));
    assertEquals(2, warnings.size());
  }

  @Test
  void withoutAFileNothingIsKnown() {
    FactsFile file = new FactsFile(Optional.empty(), warnings::add);
    file.refresh(START);
    assertEquals(Optional.empty(), file.service("10.96.0.20"));
    assertEquals(List.of(), warnings);
  }
}
