package io.cattleguard.app.deployment;

import io.cattleguard.app.terminal.ShellWord;
import io.cattleguard.app.terminal.UsageError;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that name a deployment. What is given on the command line precedes the environment,
 * and that precedes the default profile.
 */
public final class DeploymentChoice {
  private final Map<String, String> environment;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = {
        "A deployment of the profiles file, in place of --data or --name and --region.",
        "Default: CATTLEGUARD_PROFILE, then the file's default."
      })
  private @Nullable String profile;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the stack in AWS. Default: cattleguard.")
  private @Nullable String name;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "Data directory of a running cattleguard up, in place of a stack in AWS.",
        "Default: CATTLEGUARD_DATA."
      })
  private @Nullable Path data;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region. Default: AWS_REGION.")
  private @Nullable String region;

  /** Reads the process's environment. */
  public DeploymentChoice() {
    this(System.getenv());
  }

  DeploymentChoice(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * The deployment.
   *
   * @throws UsageError if the options contradict each other, or no profile has the name
   */
  public Deployment deployment() {
    if (data != null && (profile != null || name != null || region != null)) {
      throw new UsageError("--data names a running up; leave out --profile, --name and --region");
    }
    if (profile != null && name != null) {
      throw new UsageError("--profile names a stack already; leave out --name");
    }
    if (data != null && !data.toString().isEmpty()) {
      return new Deployment.Up(data);
    }
    if (name != null) {
      return new Deployment.Stack(name, Optional.ofNullable(region));
    }
    return profile != null ? inRegion(profiled(profile)) : unnamed();
  }

  private Deployment unnamed() {
    String directory = environment.getOrDefault("CATTLEGUARD_DATA", "");
    String named = environment.getOrDefault("CATTLEGUARD_PROFILE", "");
    if (region == null && !directory.isEmpty()) {
      return new Deployment.Up(Path.of(directory));
    }
    if (!named.isEmpty()) {
      return inRegion(profiled(named));
    }
    Deployment.Stack stack =
        new Deployment.Stack(Deployment.Stack.DEFAULT_NAME, Optional.ofNullable(region));
    if (region != null) {
      return stack;
    }
    Path file = Profiles.file(environment);
    Profiles profiles = Profiles.read(file);
    return profiles.chosen().map(one -> profiles.named(one, file)).orElse(stack);
  }

  private Deployment profiled(String named) {
    Path file = Profiles.file(environment);
    return Profiles.read(file).named(named, file);
  }

  private Deployment inRegion(Deployment found) {
    if (region == null) {
      return found;
    }
    return switch (found) {
      case Deployment.Stack stack -> new Deployment.Stack(stack.name(), Optional.of(region));
      case Deployment.Up up ->
          throw new UsageError("the profile names a running up; leave out --region");
    };
  }

  /** The options of the deployment, to be repeated in a command that people paste. */
  public String inCommands() {
    if (profile != null) {
      return " --profile "
          + quoted(profile)
          + (region == null ? "" : " --region " + quoted(region));
    }
    return switch (deployment()) {
      case Deployment.Up up -> " --data " + quoted(up.data().toString());
      case Deployment.Stack stack ->
          (stack.name().equals(Deployment.Stack.DEFAULT_NAME)
                  ? ""
                  : " --name " + quoted(stack.name()))
              + stack.region().map(one -> " --region " + quoted(one)).orElse("");
    };
  }

  /** What to check if the deployment cannot be read. */
  public String hint() {
    return switch (deployment()) {
      case Deployment.Up up -> "";
      case Deployment.Stack stack -> ". Check --name, --region and your AWS credentials.";
    };
  }

  /** A word of a shell. */
  public static String quoted(String word) {
    return ShellWord.quoted(word);
  }
}
