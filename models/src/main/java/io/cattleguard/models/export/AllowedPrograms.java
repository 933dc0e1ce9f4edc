package io.cattleguard.models.export;

import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Ephemeral;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The programs of a model as an engine in the kernel can match them: paths, and starts of paths for
 * what differs with every start.
 *
 * @param paths whole paths
 * @param starts starts of paths
 * @param inexpressible entries that have neither, with the reason
 * @param unconfirmed entries that neither a second start nor a person confirmed
 */
record AllowedPrograms(
    NavigableSet<String> paths,
    NavigableSet<String> starts,
    List<String> inexpressible,
    List<String> unconfirmed) {
  /** Some engines read patterns in paths, so only what cannot be one is a path. */
  private static final Pattern PLAIN = Pattern.compile("/[A-Za-z0-9/._+@%=:~-]+");

  private static final String DIRECTORY_UP = "/../";

  /** Folders in which each program has its own meaning; none may be allowed as a whole. */
  private static final List<String> SHARED =
      List.of(
          "/bin/",
          "/sbin/",
          "/lib/",
          "/lib64/",
          "/usr/bin/",
          "/usr/sbin/",
          "/usr/lib/",
          "/usr/libexec/",
          "/usr/local/bin/",
          "/usr/local/sbin/",
          "/proc/",
          "/dev/shm/",
          "/run/",
          "/tmp/",
          "/var/run/",
          "/var/tmp/",
          "/home/",
          "/var/lib/");

  /** Where current distributions have a link to the same folder in {@code /usr}. */
  private static final List<String> MERGED = List.of("/bin/", "/sbin/", "/lib/", "/lib64/");

  AllowedPrograms {
    paths = Collections.unmodifiableNavigableSet(new TreeSet<>(paths));
    starts = Collections.unmodifiableNavigableSet(new TreeSet<>(starts));
    inexpressible = List.copyOf(inexpressible);
    unconfirmed = List.copyOf(unconfirmed);
  }

  /**
   * The programs of a model.
   *
   * @param wholeFolders whether the engine matches only whole folders, not starts of names
   */
  static AllowedPrograms of(Model model, boolean wholeFolders) {
    NavigableSet<String> paths = new TreeSet<>();
    NavigableSet<String> starts = new TreeSet<>();
    List<String> inexpressible = new ArrayList<>();
    List<String> unconfirmed = new ArrayList<>();
    for (Map.Entry<Entry, Sighting> each : model.entries().entrySet()) {
      if (!(each.getKey() instanceof Executable program)) {
        continue;
      }
      String words = Deviations.words(program);
      if (Risk.of(program).rule().isRisky() && !each.getValue().isConfirmed()) {
        unconfirmed.add(words);
        continue;
      }
      String path = program.path();
      int any = path.indexOf(Ephemeral.ANY);
      Optional<String> objection =
          any < 0 ? objection(path) : wide(path.substring(0, any), wholeFolders);
      if (objection.isPresent()) {
        inexpressible.add(words + ": " + objection.get());
      } else if (any < 0) {
        paths.add(path);
        if (MERGED.stream().anyMatch(path::startsWith)) {
          paths.add("/usr" + path);
        }
      } else {
        starts.add(start(path.substring(0, any), wholeFolders));
      }
    }
    return new AllowedPrograms(paths, starts, inexpressible, unconfirmed);
  }

  /** Whether no engine reads a pattern in a path. */
  static boolean isPlain(String path) {
    return PLAIN.matcher(path).matches() && !path.contains(DIRECTORY_UP);
  }

  private static Optional<String> objection(String path) {
    if (path.indexOf('/') < 0) {
      return Optional.of("its folder is not known; accept program:/PATH");
    }
    if (!isPlain(path) || path.endsWith("/")) {
      return Optional.of("the path has characters that a policy cannot match safely");
    }
    return Optional.empty();
  }

  private static Optional<String> wide(String literal, boolean wholeFolders) {
    String start = start(literal, wholeFolders);
    if (!isPlain(start)) {
      return Optional.of("the part before * is not a path that a policy can match safely");
    }
    String folder = start.substring(0, start.lastIndexOf('/') + 1);
    if (Ephemeral.isTemporary(folder)) {
      return Optional.of("every process can write to " + folder);
    }
    return SHARED.stream().anyMatch(shared -> shared.startsWith(start))
        ? Optional.of("* would allow every program that starts with " + start)
        : Optional.empty();
  }

  private static String start(String literal, boolean wholeFolders) {
    return wholeFolders ? literal.substring(0, literal.lastIndexOf('/') + 1) : literal;
  }

  boolean isEmpty() {
    return paths.isEmpty() && starts.isEmpty();
  }

  /** The effect of the engine on an entry; none on entries that are not programs. */
  Effect effect(Entry entry) {
    if (!(entry instanceof Executable program)) {
      return Effect.ALLOWED;
    }
    String path = program.path();
    if (paths.contains(path) || starts.stream().anyMatch(path::startsWith)) {
      return Effect.ALLOWED;
    }
    return path.indexOf('/') < 0 && !path.equals(Ephemeral.IN_MEMORY)
        ? Effect.UNKNOWN
        : Effect.BLOCKED;
  }
}
