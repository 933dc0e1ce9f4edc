package io.cattleguard.models;

import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.FileBehaviour;
import io.cattleguard.sources.parsing.KernelBehaviour;
import io.cattleguard.sources.parsing.ProgramBehaviour;
import io.cattleguard.sources.parsing.Programs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The risk of an entry that no model has.
 *
 * @param rule the rule
 * @param severity how severe it is
 * @param behaviour ATT&amp;CK ids and traits that it implies
 */
public record Risk(DeviationRule rule, Severity severity, Behaviour behaviour) {
  private static final BehaviourTable PROGRAMS =
      BehaviourTable.of(Risk.class, "programs.txt", DeviationRule.groups());

  private static final List<String> PROGRAM_FOLDERS =
      List.of("/bin/", "/sbin/", "/usr/", "/lib/", "/lib64/", "/opt/bin/", "/boot/");

  /** The risk of an entry. */
  public static Risk of(Entry entry) {
    return switch (entry) {
      case Executable executable -> of(executable);
      case Listener ignored -> of(DeviationRule.LISTENER);
      case Peer peer -> of(peer);
      case WrittenFile file -> of(file);
      case SystemCall call -> of(call);
    };
  }

  /** The risk of behaviour that a sensor could not keep, whatever it was. */
  public static Risk beyondRoom() {
    return of(DeviationRule.BEYOND_ROOM);
  }

  static Risk of(DeviationRule rule) {
    return new Risk(rule, rule.severity(), Behaviour.of(rule.words()));
  }

  private static Risk of(DeviationRule rule, Behaviour more) {
    Behaviour all = Behaviour.of(rule.words()).and(more);
    return new Risk(
        rule,
        more.severity().orElse(rule.severity()),
        new Behaviour(all.tactics(), all.techniques(), all.traits(), List.of()));
  }

  private static Risk of(Executable executable) {
    String path = executable.path();
    String name = Objects.requireNonNullElse(Programs.name(path), path);
    Behaviour mining = ProgramBehaviour.of(new ObservedProcess(path, name, null, null, null));
    if (!mining.equals(Behaviour.NONE)) {
      return of(DeviationRule.MINER, mining);
    }
    if (Programs.isInMemory(path)) {
      return of(DeviationRule.IN_MEMORY_PROGRAM);
    }
    Behaviour tool = PROGRAMS.of(name);
    if (Ephemeral.isTemporary(path)) {
      return of(DeviationRule.TEMPORARY_PROGRAM, tool.attack());
    }
    Optional<DeviationRule> group = DeviationRule.ofGroup(tool.words());
    return group.isPresent() ? of(group.get(), tool) : of(DeviationRule.PROGRAM);
  }

  private static Risk of(Peer peer) {
    if (Networks.isLinkLocal(peer.name())) {
      return of(DeviationRule.METADATA_PEER);
    }
    return of(Networks.isPublic(peer) ? DeviationRule.PUBLIC_PEER : DeviationRule.PEER);
  }

  private static Risk of(SystemCall call) {
    Behaviour known = KernelBehaviour.of(call.name());
    return known.equals(Behaviour.NONE)
        ? of(DeviationRule.SYSTEM_CALL)
        : of(DeviationRule.PRIVILEGED_CALL, known);
  }

  private static Risk of(WrittenFile file) {
    Behaviour system = FileBehaviour.of("write", file.path(), null);
    if (!system.equals(Behaviour.NONE)) {
      return of(DeviationRule.SYSTEM_FILE, system);
    }
    return of(
        PROGRAM_FOLDERS.stream().anyMatch(file.path()::startsWith)
            ? DeviationRule.PROGRAM_FILE
            : DeviationRule.FILE);
  }
}
