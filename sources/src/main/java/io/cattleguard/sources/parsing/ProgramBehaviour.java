package io.cattleguard.sources.parsing;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.trait.Trait;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adds the behaviour of an alert's program, so that it does not depend on the rule or source: a
 * miner is a miner also where the rule is about a dropped file.
 */
public final class ProgramBehaviour {
  private static final BehaviourTable PROGRAMS =
      BehaviourTable.of(ProgramBehaviour.class, "programs.txt");

  private static final Behaviour MINING = new Behaviour(List.of("TA0040"), List.of("T1496"));

  /** Arguments that only miners have. */
  private static final List<String> MINING_ARGUMENTS =
      List.of(
          "stratum+tcp://",
          "stratum+ssl://",
          "stratum+tls://",
          "stratum2+",
          "--donate-level",
          "--randomx-",
          "--coin=monero",
          "--nicehash");

  /** Programs whose arguments name other programs. */
  private static final Set<String> SEARCHING =
      Set.of(
          "grep", "egrep", "rg", "find", "pgrep", "pkill", "ps", "sed", "awk", "less", "vi", "vim");

  private static final Behaviour IN_MEMORY = new Behaviour(List.of("TA0005"), List.of("T1620"));

  private static final Behaviour SHELL = new Behaviour(List.of("TA0002"), List.of("T1059.004"));

  private static final Set<String> SHELLS =
      Set.of("sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "rbash");

  private ProgramBehaviour() {}

  /** The alert, with the behaviour of its program. */
  public static Alert added(Alert alert) {
    if (alert.alertClass() != AlertClass.RUNTIME) {
      return alert;
    }
    Behaviour behaviour = of(alert.process()).and(connected(alert));
    if (alert.has(Trait.MEMFD)) {
      behaviour = behaviour.and(IN_MEMORY);
    }
    return behaviour.equals(Behaviour.NONE)
        ? alert
        : alert.withAttack(
            Behaviour.joined(alert.tactics(), behaviour.tactics()),
            Behaviour.joined(alert.techniques(), behaviour.techniques()));
  }

  /** The kind of a program, by its name and arguments. */
  public static Behaviour of(ObservedProcess process) {
    String executable = process.executable();
    Behaviour byName = byName(process.name());
    if (byName.equals(Behaviour.NONE) && executable != null) {
      byName = byName(executable.substring(executable.lastIndexOf('/') + 1));
    }
    return byName.equals(Behaviour.NONE) && isMining(process) ? MINING : byName;
  }

  /** A shell with a connection runs the peer's commands, or runs commands on the peer. */
  private static Behaviour connected(Alert alert) {
    String name = alert.process().name();
    String peer = alert.network().peer();
    return name != null && SHELLS.contains(name) && peer != null && !Addresses.isLoopback(peer)
        ? SHELL
        : Behaviour.NONE;
  }

  private static Behaviour byName(@Nullable String name) {
    return name == null ? Behaviour.NONE : PROGRAMS.of(name);
  }

  private static boolean isMining(ObservedProcess process) {
    String arguments = process.commandLine();
    if (arguments == null || (process.name() != null && SEARCHING.contains(process.name()))) {
      return false;
    }
    for (String one : MINING_ARGUMENTS) {
      if (arguments.contains(one)) {
        return true;
      }
    }
    return false;
  }
}
