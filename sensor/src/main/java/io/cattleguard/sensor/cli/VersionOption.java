package io.cattleguard.sensor.cli;

import io.cattleguard.events.build.BuildVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** The option {@code --version}, the same in every command line of Cattleguard. */
@Command(versionProvider = VersionOption.class)
public final class VersionOption implements IVersionProvider {
  @SuppressWarnings("UnusedVariable") // picocli sets it, and prints the text itself
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @Override
  public String[] getVersion() {
    return new String[] {"cattleguard " + BuildVersion.current()};
  }
}
