package io.cattleguard.respond.evidence.store;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.evidence.EvidenceStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps evidence as files that only their user can read. Root of the machine can change them; the
 * chain shows that.
 */
public final class FolderEvidenceStore implements EvidenceStore {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path folder;

  /** Makes the folder when something is stored. */
  public FolderEvidenceStore(Path folder) {
    this.folder = folder;
  }

  private Path at(String key) {
    if (!key.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")) {
      throw new IllegalArgumentException("not a key of evidence: " + key);
    }
    return folder.resolve(key);
  }

  /** A file appears under its name as a whole, after it is on the disk. */
  @Override
  public boolean put(String key, byte[] content) {
    Path file = at(key);
    try {
      if (Files.exists(file)) {
        return false;
      }
      Path parent = file.toAbsolutePath().getParent();
      Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      Path written = Files.createTempFile(parent, ".", ".tmp");
      try {
        try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
          ByteBuffer buffer = ByteBuffer.wrap(content);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          channel.force(true);
        }
        Files.createLink(file, written);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      } finally {
        Files.deleteIfExists(written);
      }
    } catch (IOException | UnsupportedOperationException e) {
      throw new Unavailable("evidence cannot be written to " + folder + ": " + e, e);
    }
  }

  @Override
  public Optional<byte[]> get(String key) {
    try {
      return Optional.of(Files.readAllBytes(at(key)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new Unavailable("evidence cannot be read from " + folder + ": " + e, e);
    }
  }

  @Override
  public List<String> keys(String prefix) {
    Path under = at(prefix);
    if (!Files.isDirectory(under)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(under)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new Unavailable("evidence cannot be listed in " + folder + ": " + e, e);
    }
  }

  @Override
  public EvidenceStore within(Duration time) {
    return Deadline.in(time).bound(EvidenceStore.class, this);
  }
}
