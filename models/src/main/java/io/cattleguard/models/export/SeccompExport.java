package io.cattleguard.models.export;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes the system calls of a container as a seccomp profile, which the container runtime loads
 * for the container's processes.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp">
 *     The fields of a profile</a>
 */
final class SeccompExport {
  /**
   * What runc 1.4 and crun 1.26 call between loading the filter and starting the container's
   * program, as the base profiles of the Security Profiles Operator record it. Those of crun also
   * have calls that it makes before: mounts, namespaces, devices. They are left out.
   *
   * @see <a
   *     href="https://github.com/kubernetes-sigs/security-profiles-operator/blob/main/examples/baseprofile-runc.yaml">
   *     The base profile of runc</a>
   * @see <a
   *     href="https://github.com/kubernetes-sigs/security-profiles-operator/blob/main/examples/baseprofile-crun.yaml">
   *     The base profile of crun</a>
   */
  static final Set<String> RUNTIME =
      names(
          """
          access arch_prctl brk capget capset chdir close close_range dup2 epoll_ctl epoll_pwait
          execve exit_group faccessat2 fchdir fchown fcntl fstat fstatfs futex getcwd getdents64
          getegid geteuid getgid getpid getppid getuid ioctl lseek mmap mprotect nanosleep newfstatat
          openat openat2 prctl pselect6 read readlink recvfrom rt_sigaction rt_sigprocmask
          rt_sigreturn sched_yield set_tid_address setgid setgroups setresgid setresuid setsid setuid
          sigaltstack statfs statx tgkill umask write
          """);

  /** What every program may have to call, such as after a signal, but may not have called yet. */
  static final Set<String> ALWAYS = names("exit exit_group restart_syscall rt_sigreturn");

  private static final List<String> X86 =
      List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
  private static final List<String> ARM = List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");

  private SeccompExport() {}

  private static Set<String> names(String words) {
    return Set.of(words.strip().split("\\s+"));
  }

  static ExportedPolicy of(Model model) {
    NavigableSet<String> allowed = new TreeSet<>(RUNTIME);
    allowed.addAll(ALWAYS);
    List<String> architectures = new ArrayList<>();
    List<String> risky = new ArrayList<>();
    for (Map.Entry<Entry, Sighting> entry : model.entries().entrySet()) {
      if (entry.getKey() instanceof SystemCall call && !call.name().equals(SystemCall.UNKNOWN)) {
        List<String> ofAbi = call.abi().startsWith("arm") ? ARM : X86;
        if (!call.abi().isEmpty() && !architectures.containsAll(ofAbi)) {
          architectures.addAll(ofAbi);
        }
        boolean isConfirmed = entry.getValue().isConfirmed();
        if (isConfirmed || !Risk.of(call).rule().isRisky()) {
          allowed.add(call.name());
        } else {
          risky.add(call.name());
        }
      }
    }
    List<String> unconfirmed =
        risky.stream()
            .filter(name -> !allowed.contains(name))
            .distinct()
            .map(name -> "calls " + name)
            .toList();
    return new ExportedPolicy(
        PolicyText.name(model.workload(), false),
        text(architectures, allowed),
        Set.of(model.workload()),
        List.of(),
        unconfirmed,
        entry -> effect(entry, allowed));
  }

  private static Effect effect(Entry entry, Set<String> allowed) {
    if (!(entry instanceof SystemCall call) || call.equals(SystemCall.RECORDED)) {
      return Effect.ALLOWED;
    }
    if (call.name().equals(SystemCall.UNKNOWN)) {
      return Effect.UNKNOWN;
    }
    return allowed.contains(call.name()) ? Effect.ALLOWED : Effect.BLOCKED;
  }

  /** JSON without comments. Every text is a name of the kernel or of seccomp. */
  private static String text(List<String> architectures, Set<String> names) {
    return """
    {
      "defaultAction": "SCMP_ACT_ERRNO",
      "architectures": [%s],
      "syscalls": [
        {
          "names": [
    %s
          ],
          "action": "SCMP_ACT_ALLOW"
        }
      ]
    }
    """
        .formatted(
            architectures.stream().map(each -> '"' + each + '"').collect(Collectors.joining(", ")),
            names.stream()
                .map(each -> "        \"" + each + '"')
                .collect(Collectors.joining(",\n")));
  }
}
