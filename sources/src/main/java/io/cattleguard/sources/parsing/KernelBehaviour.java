package io.cattleguard.sources.parsing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Determines the behaviour of a kernel call, by the table {@code hooks.txt}, whichever source sees
 * it.
 */
public final class KernelBehaviour {
  private static final BehaviourTable HOOKS = BehaviourTable.of(KernelBehaviour.class, "hooks.txt");

  private static final List<String> PREFIXES =
      List.of("__x64_", "__arm64_", "__", "sys_", "security_");

  private KernelBehaviour() {}

  /** The behaviour of a system call or a function of the kernel. */
  public static Behaviour of(@Nullable String hook) {
    return HOOKS.of(hook == null ? null : bare(hook));
  }

  /** The kernel's name without what differs between architectures and kinds of hooks. */
  public static String bare(String hook) {
    String name = hook;
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        name = name.substring(prefix.length());
      }
    }
    return name;
  }
}
