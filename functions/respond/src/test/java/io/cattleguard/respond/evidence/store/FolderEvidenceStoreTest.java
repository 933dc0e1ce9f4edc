package io.cattleguard.respond.evidence.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.EvidenceStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderEvidenceStoreTest extends EvidenceStoreContract {
  @TempDir private Path folder;

  @Override
  protected EvidenceStore store() {
    return new FolderEvidenceStore(folder.resolve("evidence"));
  }

  @Override
  protected void tamper(String key, Optional<byte[]> content) {
    Path file = folder.resolve("evidence").resolve(key);
    try {
      if (content.isPresent()) {
        Files.write(file, content.get());
      } else {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void onlyItsUserCanReadEvidenceAndNoTemporaryFileIsLeft() throws IOException {
    assertTrue(store().put("f00d/parts/a", new byte[] {1}));

    Path parts = folder.resolve("evidence/f00d/parts");
    Path file = parts.resolve("a");
    for (Path one : List.of(parts, folder.resolve("evidence/f00d"))) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(one)));
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (Stream<Path> files = Files.list(parts)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aKeyNeverLeavesTheFolder() {
    for (String key : List.of("../a", "a/../../b", "/etc/a", "a//b", ".hidden", "")) {
      assertThrows(IllegalArgumentException.class, () -> store().put(key, new byte[0]), key);
    }
    assertFalse(Files.exists(folder.resolve("a")));
  }

  @Test
  void aFolderThatCannotBeWrittenIsUnavailable() throws IOException {
    Files.writeString(folder.resolve("evidence"), "a file");

    assertThrows(Unavailable.class, () -> store().put("a/b", new byte[0]));
  }

  @Test
  void aFullFolderTakesNothingNewAndSaysSoUntilSomeIsMovedElsewhere() throws IOException {
    Path evidence = folder.resolve("evidence");
    assertTrue(store().put("old/parts/a", new byte[3 << 20]));
    EvidenceStore store =
        new FolderEvidenceStore(evidence, new FolderEvidenceStore.Limit(5 << 20, 0));
    assertTrue(store.put("new/parts/b", new byte[1 << 20]));

    Unavailable full =
        assertThrows(Unavailable.class, () -> store.put("new/parts/c", new byte[2 << 20]));

    assertEquals(
        "the evidence in "
            + evidence
            + " is full: 4 of at most 5 MiB; move the folders of old incidents elsewhere",
        full.getMessage());
    assertEquals(List.of("new/parts/b"), store.keys("new"), "nothing is deleted, nothing is left");
    assertTrue(store.put("new/parts/d", new byte[1 << 20]), "what fits is stored");

    Files.delete(evidence.resolve("old/parts/a"));
    assertTrue(store.put("new/parts/c", new byte[2 << 20]));
  }

  @Test
  void evidenceLeavesSomeOfTheDiskFree() {
    EvidenceStore store =
        new FolderEvidenceStore(
            folder.resolve("evidence"), new FolderEvidenceStore.Limit(1 << 20, Long.MAX_VALUE / 2));

    Unavailable full = assertThrows(Unavailable.class, () -> store.put("a/b", new byte[1]));

    assertTrue(
        String.valueOf(full.getMessage()).contains(" MiB left, and evidence leaves "),
        full::toString);
  }

  @Test
  void aStoreThatHangsEndsWithItsDeadline() {
    EvidenceStore hanging =
        new EvidenceStore() {
          @Override
          public boolean put(String key, byte[] content) {
            try {
              Thread.sleep(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return true;
          }

          @Override
          public Optional<byte[]> get(String key) {
            throw new Unavailable("no");
          }

          @Override
          public List<String> keys(String prefix) {
            return List.of();
          }
        };
    EvidenceStore bounded = Deadline.in(Duration.ofMillis(100)).bound(EvidenceStore.class, hanging);
    long before = System.nanoTime();

    Unavailable e = assertThrows(Unavailable.class, () -> bounded.put("a", new byte[0]));

    assertEquals("no answer within 100 ms", e.getMessage());
    assertTrue(System.nanoTime() - before < Duration.ofSeconds(10).toNanos());
    assertThrows(Unavailable.class, () -> bounded.get("a"));
  }
}
