package io.cattleguard.respond.evidence.store;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.evidence.EvidenceStore;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps evidence as files that only their user can read. Root on the machine can change them; the
 * chain reveals that. Nothing is ever deleted, so a full folder takes nothing new until people have
 * moved some of it.
 */
public final class FolderEvidenceStore implements EvidenceStore {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final long MEGABYTE = 1L << 20;

  /** More than a thousand captures of the default size. */
  private static final Limit DEFAULT = new Limit(1_024 * MEGABYTE, 256 * MEGABYTE);

  private static final long NOT_COUNTED = -1;

  private final Path folder;
  private final Limit limit;

  /** The size of all files; others may delete some meanwhile. */
  private final AtomicLong size = new AtomicLong(NOT_COUNTED);

  /** Makes the folder when something is stored, of at most 1 GiB. */
  public FolderEvidenceStore(Path folder) {
    this(folder, DEFAULT);
  }

  FolderEvidenceStore(Path folder, Limit limit) {
    this.folder = folder;
    this.limit = limit;
  }

  /**
   * The most that evidence may use.
   *
   * @param most bytes of all evidence
   * @param leftFree bytes of the disk that evidence leaves free, for the alerts that are kept there
   */
  record Limit(long most, long leftFree) {}

  /** Refuses a write that would exceed the limit. */
  private void makeSureThereIsRoom(int bytes) throws IOException {
    if (size.get() == NOT_COUNTED || size.get() + bytes > limit.most()) {
      size.set(sizeNow());
    }
    if (size.get() + bytes > limit.most()) {
      throw new Unavailable(
          "the evidence in "
              + folder
              + " is full: "
              + size.get() / MEGABYTE
              + " of at most "
              + limit.most() / MEGABYTE
              + " MiB; move the folders of old incidents elsewhere");
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free - bytes < limit.leftFree()) {
      throw new Unavailable(
          "the disk of "
              + folder
              + " has "
              + free / MEGABYTE
              + " MiB left, and evidence leaves "
              + limit.leftFree() / MEGABYTE
              + " MiB free");
    }
  }

  private long sizeNow() throws IOException {
    return files(folder).stream().map(Path::toFile).mapToLong(File::length).sum();
  }

  /** All files below; other writers may create and move files meanwhile. */
  private static List<Path> files(Path under) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        under,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    return files;
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
      makeSureThereIsRoom(content.length);
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
        size.addAndGet(content.length);
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
    try {
      return files(under).stream()
          .filter(file -> !file.getFileName().toString().startsWith("."))
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
