package io.cattleguard.app.terminal;

/** The exit codes of all commands. */
public final class ExitCode {
  /** Success. */
  public static final int SUCCESS = 0;

  /** Failure, or a check that found something wrong. */
  public static final int FAILURE = 1;

  /** Usage error: the command line or a setting is wrong. */
  public static final int USAGE = 2;

  private ExitCode() {}
}
