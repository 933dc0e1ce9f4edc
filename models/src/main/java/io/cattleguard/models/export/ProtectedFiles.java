package io.cattleguard.models.export;

import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Ephemeral;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The files that a policy keeps a container from writing: programs, and what starts programs or
 * grants access. A model does not have every file that its container may write, because sources
 * report only the files that their policies watch. So a policy covers these files only.
 *
 * @param folders folders whose files are protected
 * @param files protected files
 * @param paths files in them that the model writes
 * @param starts starts of such files
 * @param unconfirmed entries that neither a second start nor a person confirmed
 */
record ProtectedFiles(
    NavigableSet<String> folders,
    NavigableSet<String> files,
    NavigableSet<String> paths,
    NavigableSet<String> starts,
    List<String> unconfirmed) {
  /**
   * The same files are risky in deviations, so that a volume never hides them. Without libraries:
   * interpreters write compiled files there at their first start.
   */
  private static final List<String> FOLDERS =
      List.of(
          "/bin/",
          "/boot/",
          "/etc/cron.d/",
          "/etc/cron.daily/",
          "/etc/cron.hourly/",
          "/etc/cron.monthly/",
          "/etc/cron.weekly/",
          "/etc/pam.d/",
          "/etc/profile.d/",
          "/etc/sudoers.d/",
          "/etc/systemd/system/",
          "/sbin/",
          "/usr/bin/",
          "/usr/local/bin/",
          "/usr/local/sbin/",
          "/usr/sbin/",
          "/var/spool/cron/");

  private static final List<String> FILES =
      List.of(
          "/etc/crontab",
          "/etc/ld.so.preload",
          "/etc/passwd",
          "/etc/profile",
          "/etc/shadow",
          "/etc/sudoers",
          "/proc/sys/kernel/core_pattern",
          "/root/.bashrc",
          "/root/.ssh/authorized_keys");

  ProtectedFiles {
    folders = Collections.unmodifiableNavigableSet(new TreeSet<>(folders));
    files = Collections.unmodifiableNavigableSet(new TreeSet<>(files));
    paths = Collections.unmodifiableNavigableSet(new TreeSet<>(paths));
    starts = Collections.unmodifiableNavigableSet(new TreeSet<>(starts));
    unconfirmed = List.copyOf(unconfirmed);
  }

  /**
   * The files that the policy of a model protects; none if no source reported written files during
   * learning.
   *
   * @param exceptions whether the engine can allow one file of a protected folder
   */
  static ProtectedFiles of(Model model, boolean exceptions) {
    NavigableSet<String> folders = new TreeSet<>();
    NavigableSet<String> files = new TreeSet<>();
    NavigableSet<String> paths = new TreeSet<>();
    NavigableSet<String> starts = new TreeSet<>();
    List<String> unconfirmed = new ArrayList<>();
    if (!model.covers().contains(Kind.WRITTEN_FILE)) {
      return new ProtectedFiles(folders, files, paths, starts, unconfirmed);
    }
    folders.addAll(FOLDERS);
    files.addAll(FILES);
    for (Map.Entry<Entry, Sighting> each : model.entries().entrySet()) {
      if (!(each.getKey() instanceof WrittenFile file)) {
        continue;
      }
      if (Risk.of(file).rule().isRisky() && !each.getValue().isConfirmed()) {
        unconfirmed.add(Deviations.words(file));
        continue;
      }
      int any = file.path().indexOf(Ephemeral.ANY);
      String start = any < 0 ? file.path() : file.path().substring(0, any);
      Predicate<String> touched = place -> any < 0 ? place.equals(start) : place.startsWith(start);
      files.removeIf(touched);
      if (any >= 0) {
        folders.removeIf(touched);
      }
      if (folders.stream().anyMatch(start::startsWith)) {
        if (!exceptions || !AllowedPrograms.isPlain(start)) {
          folders.removeIf(start::startsWith);
        } else if (any < 0) {
          paths.add(start);
        } else {
          starts.add(start);
        }
      }
    }
    return new ProtectedFiles(folders, files, paths, starts, unconfirmed);
  }

  boolean isEmpty() {
    return folders.isEmpty() && files.isEmpty();
  }

  /** The effect of the engine on an entry; none on entries that are not written files. */
  Effect effect(Entry entry) {
    if (!(entry instanceof WrittenFile file)) {
      return Effect.ALLOWED;
    }
    String path = file.path();
    boolean isProtected = files.contains(path) || folders.stream().anyMatch(path::startsWith);
    boolean allowed = paths.contains(path) || starts.stream().anyMatch(path::startsWith);
    return isProtected && !allowed ? Effect.BLOCKED : Effect.ALLOWED;
  }
}
