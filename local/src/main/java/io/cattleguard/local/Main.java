package io.cattleguard.local;

/** The command line. */
public final class Main {
  private Main() {}

  /** Runs one command. */
  public static void main(String[] arguments) {
    System.err.println("usage: cattleguard COMMAND");
    System.exit(2);
  }
}
