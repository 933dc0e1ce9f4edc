package io.cattleguard.models;

import io.cattleguard.events.Severity;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rules of deviations. Their names are in fingerprints, routes and suppressions, so they never
 * change.
 *
 * @see Deviations
 */
public enum DeviationRule {
  /** A shell. */
  SHELL("Shell not in model", "shell", Severity.MEDIUM, true),
  /** A program that installs software. */
  PACKAGE_MANAGER("Package manager not in model", "package-manager", Severity.MEDIUM, true),
  /** A program that moves data, or carries connections. */
  TRANSFER_TOOL("Transfer tool not in model", "transfer-tool", Severity.MEDIUM, true),
  /** A program for discovery. */
  DISCOVERY_TOOL("Discovery tool not in model", "discovery-tool", Severity.LOW, true),
  /** A program that changes privileges, accounts, mounts or the kernel. */
  PRIVILEGED_TOOL("Privileged tool not in model", "privileged-tool", Severity.MEDIUM, true),
  /** A program that runs or builds another. */
  INTERPRETER("Interpreter or compiler not in model", "interpreter", Severity.MEDIUM, true),
  /** A program that mines. */
  MINER("Miner not in model", "", Severity.CRITICAL, true, "intrusion"),
  /** A program without a file. */
  IN_MEMORY_PROGRAM(
      "Program in memory not in model", "", Severity.HIGH, true, "TA0005", "T1620", "memfd"),
  /** A program in a folder that every process may write to. */
  TEMPORARY_PROGRAM(
      "Program in temporary folder not in model",
      "",
      Severity.HIGH,
      true,
      "TA0002",
      "T1204",
      "dropped-executable"),
  /** Any other program. */
  PROGRAM("Program not in model", "", Severity.LOW, false),
  /** A program of the model that another program started. */
  PARENT("Parent of program not in model", "", Severity.LOW, false),
  /** A program of the model that the container only runs while it starts. */
  STARTUP_PROGRAM("Startup program while running", "", Severity.LOW, false),
  /** A port. */
  LISTENER("Listening port not in model", "", Severity.MEDIUM, true, "TA0011", "T1571"),
  /** A network of the internet. */
  PUBLIC_PEER("Public peer not in model", "", Severity.MEDIUM, true, "TA0011", "T1071"),
  /** A metadata service or another link-local address. */
  METADATA_PEER("Metadata service not in model", "", Severity.HIGH, true, "TA0006", "T1552.005"),
  /** A peer by its name, or in a private network. */
  PEER("Peer not in model", "", Severity.LOW, false),
  /** A file in a folder of programs or libraries. */
  PROGRAM_FILE("Program file written, not in model", "", Severity.HIGH, true, "TA0003", "T1554"),
  /** A file that starts programs, or has accounts and keys. */
  SYSTEM_FILE("System file written, not in model", "", Severity.HIGH, true, "intrusion"),
  /** Any other file. */
  FILE("File written, not in model", "", Severity.LOW, false),
  /** A system call that changes privileges, namespaces, mounts, other processes or the kernel. */
  PRIVILEGED_CALL("Privileged system call not in model", "", Severity.MEDIUM, true),
  /** Any other system call. */
  SYSTEM_CALL("System call not in model", "", Severity.LOW, false),
  /** More behaviour than a sensor keeps: a flood may hide an intruder. */
  BEYOND_ROOM("Behaviour beyond the model's room", "", Severity.MEDIUM, true, "TA0005", "T1562");

  private final String ruleName;
  private final String group;
  private final Severity severity;
  private final boolean risky;
  private final String words;

  DeviationRule(String ruleName, String group, Severity severity, boolean risky, String... words) {
    this.ruleName = ruleName;
    this.group = group;
    this.severity = severity;
    this.risky = risky;
    this.words = String.join(" ", words);
  }

  /** The alert's rule. */
  public String ruleName() {
    return ruleName;
  }

  /** The severity, unless a table has another. */
  Severity severity() {
    return severity;
  }

  /**
   * Whether it is typical behaviour of intruders: such an entry is only learned when a second start
   * of the container repeats it, or when a person accepts it.
   */
  public boolean isRisky() {
    return risky;
  }

  /** ATT&amp;CK ids and traits. */
  List<String> words() {
    return words.isEmpty() ? List.of() : List.of(words.split(" "));
  }

  /** The rule of a group of programs. */
  static Optional<DeviationRule> ofGroup(List<String> tableWords) {
    for (DeviationRule rule : values()) {
      if (!rule.group.isEmpty() && tableWords.contains(rule.group)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /** The names of the groups of programs. */
  static Set<String> groups() {
    return Arrays.stream(values())
        .map(rule -> rule.group)
        .filter(group -> !group.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
