package io.cattleguard.app.server;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.slack.SlackAccess;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.route.secrets.NamedSecrets;
import io.cattleguard.sensor.cli.ListenOptions;
import io.cattleguard.sensor.settings.OptionValue;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs all steps as a server that receives Falco's alerts. */
@Command(
    name = "up",
    sortOptions = false,
    description = {
      "Run all steps as a server that receives Falco's alerts over HTTP.",
      "Acts on the cluster of --kubeconfig, or else on the cluster in which it runs. Without a"
          + " cluster, it takes no action.",
      "Every option is also an environment variable: --data is CATTLEGUARD_DATA.",
      "With CATTLEGUARD_SLACK_APP_TOKEN (or _FILE) people can also give commands from Slack.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class UpCommand implements Callable<Integer> {
  private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9-]+/[a-z0-9.-]+");

  private static final Pattern TEAM = Pattern.compile("[A-Z0-9]{2,32}");

  /** A shorter token could be guessed. */
  private static final int SHORTEST_TOKEN = 16;

  private final Surroundings surroundings;

  @Mixin private final ListenOptions listen = new ListenOptions();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_KUBECONFIG}",
      description = "Cluster to act on: the current context of this file.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_CLUSTER}",
      description = "Name of the cluster. Default: the kubeconfig's context, or local.")
  private @Nullable String cluster;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA:-cattleguard-data}",
      description = "Directory for all state that survives a restart. Default: ${DEFAULT-VALUE}.")
  private Path data;

  @Option(
      names = "--input-accounts",
      paramLabel = "NAMESPACE/NAME",
      split = ",",
      defaultValue = "${env:CATTLEGUARD_INPUT_ACCOUNTS:-cattleguard/cattleguard-sensor}",
      description =
          "Service accounts whose tokens (audience cattleguard) may post alerts to a --listen"
              + " address that is not on loopback. The token proves the alert's node. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<String> inputAccounts;

  @Option(
      names = "--input-token-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_INPUT_TOKEN_FILE}",
      description =
          "File with a shared token, for clients without a service account. The token does not"
              + " prove the alert's node. CATTLEGUARD_INPUT_TOKEN can contain the token itself"
              + " instead.")
  private @Nullable Path inputTokenFile;

  @Option(
      names = "--tetragon-file",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TETRAGON_FILE}",
      description =
          "Export file of Tetragon on this machine. The server follows it, including through"
              + " rotation.")
  private @Nullable Path tetragonFile;

  @Option(
      names = "--learn",
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "${env:CATTLEGUARD_LEARN:-false}",
      description = {
        "Learn from --tetragon-file what the workloads of this machine run and connect to, for"
            + " models of them.",
        "Default: ${DEFAULT-VALUE}. The reports of sensors are always learnt."
      })
  private boolean learn;

  @Option(
      names = "--learn-facts",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_LEARN_FACTS}",
      description = {
        "With --learn: services and volumes of the cluster, as cattleguard model facts prints"
            + " them. Read again every minute.",
        "Default: none. Then services are private addresses, and files on volumes are learnt."
      })
  private @Nullable Path learnFacts;

  @Option(
      names = "--board-port",
      paramLabel = "PORT",
      defaultValue = "${env:CATTLEGUARD_BOARD_PORT}",
      description =
          "Port on 127.0.0.1 for the board. cattleguard board then prints its address."
              + " Default: no board.")
  private @Nullable String boardPort;

  @Option(
      names = "--slack-teams",
      paramLabel = "ID",
      split = ",",
      defaultValue = "${env:CATTLEGUARD_SLACK_TEAMS}",
      description =
          "Slack workspaces whose commands are accepted, if CATTLEGUARD_SLACK_APP_TOKEN is set."
              + " Default: every workspace in which the Slack app is installed.")
  private @Nullable List<String> slackTeams;

  @Option(
      names = "--slack-api",
      paramLabel = "URL",
      defaultValue = "${env:CATTLEGUARD_SLACK_API:-https://slack.com/api}",
      description = "Base URL of Slack's methods, for GovSlack. Default: ${DEFAULT-VALUE}.")
  private String slackApi;

  public UpCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    UpServer server = start();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      server.close();
                      ended.countDown();
                    }));
    ended.await();
    return ExitCode.SUCCESS;
  }

  private UpServer start() {
    try {
      Clock clock = Clock.systemUTC();
      return UpServer.start(
          settings(),
          surroundings,
          new NamedSecrets(new Env()::optional, clock, surroundings.err()::println),
          clock);
    } catch (SensorException e) {
      throw new UsageError(
          e.getMessage()
              + "; stop the process that uses it, or set another address with --listen or"
              + " --operations-listen");
    } catch (SpoolUnavailable e) {
      throw new UsageError("--data " + data + " cannot be used: " + e.getMessage());
    }
  }

  private UpSettings settings() {
    Optional<Path> followed =
        Optional.ofNullable(tetragonFile).filter(file -> !file.toString().isEmpty());
    if (learn && followed.isEmpty()) {
      throw new UsageError(
          "--learn needs --tetragon-file: up reads no other events of this machine");
    }
    Optional<Path> facts =
        Optional.ofNullable(learnFacts).filter(file -> !file.toString().isEmpty());
    if (facts.isPresent() && !learn) {
      throw new UsageError(
          "--learn-facts needs --learn: sensors have their own option --learn-facts");
    }
    try {
      return new UpSettings(
          OptionValue.singleAddress(
              "--listen", listen.alerts(), "set the one address that Falco uses"),
          OptionValue.address("--operations-listen", listen.operations()),
          policy.directory(surroundings),
          data,
          Optional.ofNullable(cluster)
              .filter(name -> !name.isEmpty())
              .map(name -> OptionValue.cluster("--cluster", name)),
          kubeconfig(),
          new InputAccess(inputToken(), accounts()),
          followed,
          Optional.ofNullable(boardPort).filter(port -> !port.isEmpty()).map(UpCommand::port),
          learn,
          facts,
          slack());
    } catch (IllegalArgumentException e) {
      throw new UsageError(String.valueOf(e.getMessage()));
    }
  }

  private SlackAccess slack() {
    Set<String> teams = new TreeSet<>();
    if (slackTeams != null) {
      slackTeams.stream().map(String::strip).filter(one -> !one.isEmpty()).forEach(teams::add);
    }
    for (String team : teams) {
      if (!TEAM.matcher(team).matches()) {
        throw new UsageError("--slack-teams: use ids such as T0123ABCD, not: " + team);
      }
    }
    URI api;
    try {
      api = URI.create(slackApi);
    } catch (IllegalArgumentException e) {
      throw new UsageError("--slack-api: not a URL: " + slackApi);
    }
    boolean here = "http".equals(api.getScheme()) && "127.0.0.1".equals(api.getHost());
    if (!here && (!"https".equals(api.getScheme()) || api.getHost() == null)) {
      throw new UsageError("--slack-api: use an https:// address, not: " + slackApi);
    }
    return SlackAccess.of(api, teams);
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // The same error as for a number that is no port.
    }
    throw new UsageError("--board-port: expected 1 to 65535, found " + text);
  }

  private Set<String> accounts() {
    for (String account : inputAccounts) {
      if (!ACCOUNT.matcher(account).matches()) {
        throw new UsageError("--input-accounts: use NAMESPACE/NAME, not: " + account);
      }
    }
    return Set.copyOf(inputAccounts);
  }

  /** The message never shows the token. */
  private Optional<String> inputToken() {
    Path file = inputTokenFile;
    Optional<String> token;
    try {
      token =
          file == null || file.toString().isEmpty()
              ? new Env().optional("CATTLEGUARD_INPUT_TOKEN")
              : Optional.of(Files.readString(file));
    } catch (IOException e) {
      throw new UsageError("--input-token-file " + file + ": cannot be read");
    }
    Optional<String> stripped = token.map(String::strip);
    if (stripped.isPresent() && stripped.get().length() < SHORTEST_TOKEN) {
      throw new UsageError(
          "CATTLEGUARD_INPUT_TOKEN has fewer than "
              + SHORTEST_TOKEN
              + " characters; generate one: openssl rand -hex 32");
    }
    return stripped;
  }

  private Optional<Path> kubeconfig() {
    Path file = kubeconfig;
    if (file == null || file.toString().isEmpty()) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UsageError(
          "--kubeconfig " + file + ": cannot be read; set a file such as ~/.kube/config");
    }
    return Optional.of(file);
  }
}
