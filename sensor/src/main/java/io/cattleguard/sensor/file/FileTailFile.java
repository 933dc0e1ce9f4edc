package io.cattleguard.sensor.file;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A directory entry of a file at one moment.
 *
 * @param inode which file it is, whatever its name
 * @param size in bytes
 * @param modified when it was last written, in nanoseconds since 1970
 */
record FileTailFile(Path path, long inode, long size, long modified) {

  /** The file of that name, or empty if it does not exist. */
  static Optional<FileTailFile> at(Path path) throws IOException {
    Map<String, Object> attributes;
    try {
      attributes = Files.readAttributes(path, "unix:ino,size,lastModifiedTime,isRegularFile");
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
      throw new FileSystemException(path.toString(), null, "is not a regular file");
    }
    if (attributes.get("ino") instanceof Long inode
        && attributes.get("size") instanceof Long size
        && attributes.get("lastModifiedTime") instanceof FileTime modified) {
      return Optional.of(new FileTailFile(path, inode, size, modified.to(TimeUnit.NANOSECONDS)));
    }
    throw new FileSystemException(path.toString(), null, "has no inode");
  }
}
