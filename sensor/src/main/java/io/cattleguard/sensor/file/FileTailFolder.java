package io.cattleguard.sensor.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The folder of a file that is rotated, with the file's backups. */
final class FileTailFolder {
  private static final int TRIES = 5;
  private static final List<String> COMPRESSED = List.of(".gz", ".bz2", ".xz", ".zst", ".lz4");
  private static final Pattern NUMBER = Pattern.compile("\\.([0-9]{1,3})$");

  /**
   * Sorts by the time of the last write, oldest first, and equal times by the names of the backups.
   */
  private static final Comparator<FileTailFile> OLDEST_FIRST =
      Comparator.comparingLong(FileTailFile::modified)
          .thenComparing(Comparator.comparingLong(FileTailFolder::number).reversed())
          .thenComparing(FileTailFile::path);

  /**
   * The files in the folder at one moment.
   *
   * @param backups the oldest first
   * @param live the file that has the name now
   */
  record Listing(List<FileTailFile> backups, @Nullable FileTailFile live) {

    private List<FileTailFile> all() {
      List<FileTailFile> all = new ArrayList<>(backups);
      if (live != null) {
        all.add(live);
      }
      return all;
    }

    /** Whether the file of that inode is among them. */
    boolean has(long inode) {
      return all().stream().anyMatch(file -> file.inode() == inode);
    }

    /** Where that position may be: in the file of its inode, else in a copy of it. */
    List<FileTailFile> likeliest(FileTail.Position position) {
      return all().stream()
          .filter(file -> file.size() >= position.offset())
          .sorted(Comparator.comparing(file -> file.inode() != position.inode()))
          .toList();
    }

    /**
     * The file that followed the one of that inode. That file is held open, so its inode is not
     * reused.
     */
    @Nullable FileTailFile after(long inode, long modified) {
      List<FileTailFile> all = all();
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).inode() == inode) {
          return i + 1 < all.size() ? all.get(i + 1) : null;
        }
      }
      return since(modified);
    }

    /**
     * The oldest file that was written at that time or later. Reading one file too many is better
     * than one too few.
     */
    @Nullable FileTailFile since(long modified) {
      for (FileTailFile backup : backups) {
        if (backup.modified() >= modified) {
          return backup;
        }
      }
      return live;
    }
  }

  private final Path file;

  FileTailFolder(Path file) {
    this.file = file.toAbsolutePath();
  }

  /** The file that a symbolic link leads to now; its backups are beside it, not beside the link. */
  private Path linked() throws IOException {
    try {
      return file.toRealPath();
    } catch (NoSuchFileException e) {
      return file;
    }
  }

  /**
   * Whether the name is a symbolic link. It may lead to a later file next time, and skip the files
   * in between.
   */
  boolean isLink() {
    return Files.isSymbolicLink(file);
  }

  /**
   * Lists the folder until two results are equal, because a listing during a rename may miss files.
   */
  Listing list() throws IOException {
    Listing seen = look();
    for (int i = 0; i < TRIES; i++) {
      Listing again = look();
      if (sameFiles(seen, again)) {
        return again;
      }
      seen = again;
    }
    throw new FileSystemException(file.toString(), null, "is rotated faster than it can be read");
  }

  /** The file that has the name now. */
  Optional<FileTailFile> live() throws IOException {
    return FileTailFile.at(file);
  }

  private Listing look() throws IOException {
    Path now = linked();
    Path folder = Objects.requireNonNull(now.getParent(), "the root is no file");
    String name = Objects.requireNonNull(now.getFileName(), "the root is no file").toString();
    List<FileTailFile> backups = new ArrayList<>();
    try (DirectoryStream<Path> paths =
        Files.newDirectoryStream(folder, path -> isBackup(name, path.getFileName().toString()))) {
      for (Path path : paths) {
        if (Files.isRegularFile(path)) {
          FileTailFile.at(path).ifPresent(backups::add);
        }
      }
    } catch (NoSuchFileException e) {
      return new Listing(List.of(), null);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    backups.sort(OLDEST_FIRST);
    return new Listing(backups, live().orElse(null));
  }

  private static boolean sameFiles(Listing one, Listing other) {
    return names(one).equals(names(other));
  }

  private static List<String> names(Listing listing) {
    return listing.all().stream().map(file -> file.inode() + " " + file.path()).toList();
  }

  /**
   * Whether log rotation gives such a name to a backup of the file: {@code
   * tetragon-2026-03-02T….log} (lumberjack), {@code tetragon.log.1} or {@code
   * tetragon.log-20260302} (logrotate). Compressed backups do not count, because byte positions are
   * not valid in them.
   */
  static boolean isBackup(String live, String name) {
    for (String compressed : COMPRESSED) {
      if (name.endsWith(compressed)) {
        return false;
      }
    }
    if (name.length() <= live.length() + 1) {
      return false;
    }
    if (name.startsWith(live)) {
      return ".-".indexOf(name.charAt(live.length())) >= 0;
    }
    int dot = live.lastIndexOf('.');
    String stem = (dot < 0 ? live : live.substring(0, dot)) + "-";
    String extension = dot < 0 ? "" : live.substring(dot);
    return name.startsWith(stem)
        && name.endsWith(extension)
        && name.length() > stem.length() + extension.length()
        && Character.isDigit(name.charAt(stem.length()));
  }

  /** logrotate's number of the backup, {@code 2} in {@code tetragon.log.2}. */
  private static long number(FileTailFile file) {
    Matcher matcher = NUMBER.matcher(file.path().toString());
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
