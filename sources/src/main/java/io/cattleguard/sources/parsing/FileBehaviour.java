package io.cattleguard.sources.parsing;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Determines the behaviour of reading or writing a file, by the table {@code paths.txt}, whichever
 * source sees it.
 */
public final class FileBehaviour {
  private static final BehaviourTable PATHS = BehaviourTable.of(FileBehaviour.class, "paths.txt");

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

  /** Where distributions install these programs. */
  private static final List<String> SYSTEM_FOLDERS =
      List.of("/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/bin/", "/sbin/", "/lib/");

  private FileBehaviour() {}

  /**
   * The behaviour, whose words may have a severity; none for the programs that manage the file.
   *
   * @param access {@code read} or {@code write}, or null if the source does not say
   * @param program the program's path, or its name if the source reports only that
   */
  public static Behaviour of(
      @Nullable String access, @Nullable String path, @Nullable String program) {
    return path == null || access == null || managesAccounts(program)
        ? Behaviour.NONE
        : PATHS.of(access + " " + path);
  }

  /** By its name, and if its path is known by that too: any program may be called cron. */
  private static boolean managesAccounts(@Nullable String program) {
    if (program == null || !ACCOUNT_PROGRAMS.contains(Programs.name(program))) {
      return false;
    }
    return program.indexOf('/') < 0
        || (!program.contains("/../") && SYSTEM_FOLDERS.stream().anyMatch(program::startsWith));
  }
}
