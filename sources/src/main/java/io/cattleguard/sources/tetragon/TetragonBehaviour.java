package io.cattleguard.sources.tetragon;

import io.cattleguard.events.Severity;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Interprets a policy's hook and the file that it is about, by the tables {@code hooks.txt} and
 * {@code paths.txt}. The policy's name says nothing, because its author chose it.
 *
 * @param severity the tables' severity, if they have one
 */
record TetragonBehaviour(Behaviour behaviour, List<String> traits, Optional<Severity> severity) {
  private static final BehaviourTable HOOKS =
      BehaviourTable.of(TetragonBehaviour.class, "hooks.txt");
  private static final BehaviourTable PATHS =
      BehaviourTable.of(TetragonBehaviour.class, "paths.txt");

  /** Programs whose purpose is to read and write accounts, passwords and their own jobs. */
  private static final Set<String> ACCOUNT_PROGRAMS =
      Set.of(
          "su",
          "sudo",
          "login",
          "sshd",
          "sshd-session",
          "passwd",
          "chpasswd",
          "chage",
          "chfn",
          "chsh",
          "useradd",
          "userdel",
          "usermod",
          "groupadd",
          "groupdel",
          "groupmod",
          "gpasswd",
          "newusers",
          "pwck",
          "grpck",
          "pwconv",
          "vipw",
          "unix_chkpwd",
          "unix_update",
          "cron",
          "crond",
          "crontab",
          "anacron",
          "systemd",
          "systemd-userdb",
          "systemd-sysusers",
          "polkitd",
          "dpkg",
          "rpm",
          "apk");

  private static final List<String> PREFIXES =
      List.of("__x64_", "__arm64_", "__", "sys_", "security_");

  /** The bit of a write in the mask of {@code security_file_permission}. */
  private static final int MAY_WRITE = 2;

  /** Reads the hook, and the file if the program is not one that manages it. */
  static TetragonBehaviour of(
      @Nullable String hook,
      @Nullable String path,
      @Nullable String access,
      @Nullable String program) {
    Behaviour behaviour = HOOKS.of(hook == null ? null : bare(hook));
    if (path != null
        && access != null
        && (program == null || !ACCOUNT_PROGRAMS.contains(program))) {
      behaviour = behaviour.and(PATHS.of(access + " " + path));
    }
    List<String> traits = new ArrayList<>(1);
    Optional<Severity> severity = Optional.empty();
    for (String word : behaviour.words()) {
      Optional<Severity> named = Severity.named(word);
      if (named.isPresent()) {
        severity = named;
      } else {
        traits.add(word);
      }
    }
    return new TetragonBehaviour(behaviour, traits, severity);
  }

  /** The kernel's name without what differs between architectures and kinds of hooks. */
  private static String bare(String hook) {
    String name = hook;
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        name = name.substring(prefix.length());
      }
    }
    return name;
  }

  /**
   * Whether a hook reads or writes its file. {@code security_file_permission} has the kernel's
   * mask, and opening counts as reading.
   */
  static @Nullable String access(@Nullable String hook, @Nullable Integer number) {
    if (hook == null) {
      return null;
    }
    return switch (bare(hook)) {
      case "file_permission", "inode_permission", "mmap_file" ->
          number == null ? null : (number & MAY_WRITE) != 0 ? "write" : "read";
      case "path_truncate", "path_unlink", "path_rename", "write", "vfs_write" -> "write";
      case "fd_install", "file_open", "openat", "open", "read", "vfs_read", "do_filp_open" ->
          "read";
      default -> null;
    };
  }
}
