package io.cattleguard.sources.tetragon;

import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.FileBehaviour;
import io.cattleguard.sources.parsing.KernelBehaviour;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Interprets a policy's hook and the file that it is about, by {@link KernelBehaviour} and {@link
 * FileBehaviour}. The policy's name says nothing, because its author chose it freely.
 *
 * @param severity the tables' severity, if they have one
 */
record TetragonBehaviour(Behaviour behaviour, List<Trait> traits, Optional<Severity> severity) {
  /** The bit of a write in the mask of {@code security_file_permission}. */
  private static final int MAY_WRITE = 2;

  /** Reads the hook, and the file if the program is not one that manages it. */
  static TetragonBehaviour of(
      @Nullable String hook,
      @Nullable String path,
      @Nullable String access,
      @Nullable String program) {
    Behaviour behaviour = KernelBehaviour.of(hook);
    behaviour = behaviour.and(FileBehaviour.of(access, path, program));
    return new TetragonBehaviour(behaviour, behaviour.traits(), behaviour.severity());
  }

  /**
   * Whether a hook reads or writes its file. {@code security_file_permission} has the kernel's
   * mask, and opening counts as reading.
   */
  static @Nullable String access(@Nullable String hook, @Nullable Integer number) {
    if (hook == null) {
      return null;
    }
    return switch (KernelBehaviour.bare(hook)) {
      case "file_permission", "inode_permission", "mmap_file" ->
          number == null ? null : (number & MAY_WRITE) != 0 ? "write" : "read";
      case "path_truncate", "path_unlink", "path_rename", "write", "vfs_write" -> "write";
      case "fd_install", "file_open", "openat", "open", "read", "vfs_read", "do_filp_open" ->
          "read";
      default -> null;
    };
  }
}
