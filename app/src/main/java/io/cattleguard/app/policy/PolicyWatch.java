package io.cattleguard.app.policy;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Notices that the files of a policy directory have changed, and reads them again. It compares
 * contents, because a mounted ConfigMap is replaced by a symbolic link, and it waits until two
 * checks see the same content, because an editor may still be writing.
 */
public final class PolicyWatch {
  private static final int DEEPEST = 4;

  private final Path directory;
  private final Function<Path, Policy> check;
  private Map<String, String> settled;
  private Map<String, String> pending;
  private volatile boolean invalid;

  /** The result of a check. */
  public sealed interface Change {
    /** The files are a valid policy. */
    record Valid(Policy policy, List<String> files) implements Change {}

    /** The files are not a valid policy, so the previous one stays in force. */
    record Invalid(String reason, List<String> files) implements Change {}
  }

  /**
   * Watches a directory whose present files are in force.
   *
   * @param check reads the directory, and throws if its policy must not be used
   */
  public PolicyWatch(Path directory, Function<Path, Policy> check) {
    this.directory = directory;
    this.check = check;
    this.settled = contents();
    this.pending = settled;
  }

  /**
   * Checks once.
   *
   * @param use puts a valid policy in force; if it throws, the former one must still be in force
   */
  public synchronized Optional<Change> look(Consumer<Policy> use) {
    Map<String, String> seen = contents();
    if (seen.equals(settled) || !seen.equals(pending)) {
      pending = seen;
      return Optional.empty();
    }
    Change change = read(changed(settled, seen));
    Map<String, String> afterwards = contents();
    if (!afterwards.equals(seen)) {
      pending = afterwards;
      return Optional.empty();
    }
    Change used = change instanceof Change.Valid valid ? used(valid, use) : change;
    settled = seen;
    invalid = used instanceof Change.Invalid;
    return Optional.of(used);
  }

  private static Change used(Change.Valid valid, Consumer<Policy> use) {
    try {
      use.accept(valid.policy());
      return valid;
    } catch (RuntimeException e) {
      return unusable(e, valid.files());
    }
  }

  /** Without the exception's message, which may quote a secret. */
  private static Change unusable(RuntimeException e, List<String> files) {
    return new Change.Invalid("it cannot be used: " + e.getClass().getSimpleName(), files);
  }

  /** Whether the files are not a valid policy, so that the previous one is in force. */
  public boolean isInvalid() {
    return invalid;
  }

  private Change read(List<String> files) {
    try {
      return new Change.Valid(check.apply(directory), files);
    } catch (PolicyException | UsageError e) {
      return new Change.Invalid(String.valueOf(e.getMessage()), files);
    } catch (RuntimeException e) {
      return unusable(e, files);
    }
  }

  private static List<String> changed(Map<String, String> before, Map<String, String> after) {
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    names.removeIf(name -> Objects.equals(before.get(name), after.get(name)));
    return List.copyOf(names);
  }

  /** The hash of each file by its name; of a file that cannot be read, the reason. */
  private Map<String, String> contents() {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
      files
          .filter(file -> !isHidden(directory.relativize(file)) && Files.isRegularFile(file))
          .forEach(file -> contents.put(directory.relativize(file).toString(), content(file)));
    } catch (IOException | UncheckedIOException e) {
      contents.put("", e.getClass().getSimpleName());
    }
    return contents;
  }

  private static boolean isHidden(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private static String content(Path file) {
    try {
      return Fingerprint.hash(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }
}
