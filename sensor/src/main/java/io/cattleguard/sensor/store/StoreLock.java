package io.cattleguard.sensor.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lock on a directory, which one process holds once.
 *
 * <p>The operating system releases a lock when its process closes any handle of the file. So a
 * process must not even open the file that it has locked.
 */
final class StoreLock implements AutoCloseable {
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel file;

  private StoreLock(Path directory, FileChannel file) {
    this.directory = directory;
    this.file = file;
  }

  /**
   * Takes the lock.
   *
   * @throws StoreInUse if another process, or this one, has it
   */
  static StoreLock take(Path named) throws IOException {
    Path directory = named.toRealPath();
    if (!OURS.add(directory)) {
      throw inUse(named);
    }
    boolean taken = false;
    try {
      FileChannel file =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = file.tryLock();
        taken = lock != null;
      } finally {
        if (!taken) {
          file.close();
        }
      }
      if (!taken) {
        throw inUse(named);
      }
      return new StoreLock(directory, file);
    } finally {
      if (!taken) {
        OURS.remove(directory);
      }
    }
  }

  private static StoreInUse inUse(Path directory) {
    return new StoreInUse(directory + " is in use by another process");
  }

  /** Releases it; a failure leaves nothing locked. */
  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      return;
    } finally {
      OURS.remove(directory);
    }
  }
}
