package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.Grant;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks whether a deployment would work. */
@Command(
    name = "doctor",
    sortOptions = false,
    description = {
      "Check a deployment in AWS, its clusters, or a running server. Changes nothing.",
      "Prints one line per check, with how to fix each problem. AWS credentials come from the"
          + " same places as those of the AWS CLI.",
      ""
    })
public final class DoctorCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--terraform-output",
      paramLabel = "FILE",
      description = "Output of terraform output -json. - is standard input.")
  private @Nullable String terraformOutput;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of the stack, if there is no Terraform output. The module's default is"
              + " cattleguard.")
  private @Nullable String name;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region. Default: from the Terraform output, or AWS_REGION.")
  private @Nullable String region;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Cluster to check: the current context of this file. Can be repeated.")
  private List<Path> kubeconfigs = List.of();

  @Option(
      names = "--kubernetes-group",
      paramLabel = "GROUP",
      description =
          "Kubernetes group whose permissions are checked. Default: from the Terraform output, or"
              + " the kubeconfig's user.")
  private @Nullable String group;

  @Option(
      names = "--policy",
      paramLabel = "DIR",
      description =
          "Check only the permissions that this policy needs in a cluster. Default: those of every"
              + " action.")
  private @Nullable Path policy;

  @Option(
      names = "--up",
      paramLabel = "URL",
      description =
          "A running cattleguard up to check: its operations port, for example"
              + " http://127.0.0.1:2802.")
  private @Nullable URI up;

  @Option(names = "--json", description = "Print one JSON object instead of lines.")
  private boolean json;

  public DoctorCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Optional<Deployment> deployment = deployment();
    if (deployment.isEmpty() && kubeconfigs.isEmpty() && up == null) {
      throw new UsageError(
          "nothing to check; set --terraform-output FILE or --name NAME for a deployment,"
              + " --kubeconfig FILE for a cluster, or --up URL for a server");
    }
    Optional<UpDoctor> server = Optional.ofNullable(up).map(DoctorCommand::server);
    for (Path file : kubeconfigs) {
      if (!Files.isReadable(file)) {
        throw new UsageError("--kubeconfig " + file + ": cannot be read");
      }
    }
    List<Diagnosis> found = new ArrayList<>();
    deployment.ifPresent(one -> found.addAll(examine(one)));
    server.ifPresent(one -> found.addAll(one.examine()));
    Optional<String> whose =
        Optional.ofNullable(group).or(() -> deployment.flatMap(Deployment::group));
    kubeconfigs.forEach(file -> found.addAll(cluster(file, whose)));
    boolean sound = found.stream().noneMatch(one -> one.result() == Diagnosis.Result.PROBLEM);
    if (json) {
      print(found, sound);
    } else {
      found.forEach(this::print);
    }
    return sound ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private Optional<Deployment> deployment() {
    if (terraformOutput != null) {
      return Optional.of(Deployment.of(outputs(terraformOutput)));
    }
    return Optional.ofNullable(name).map(Deployment::named);
  }

  private static UpDoctor server(URI url) {
    String scheme = String.valueOf(url.getScheme());
    if (!scheme.matches("https?") || url.getHost() == null) {
      throw new UsageError("--up " + url + ": not a URL; for example http://127.0.0.1:2802");
    }
    return new UpDoctor(url);
  }

  private JsonNode outputs(String file) {
    try (InputStream in =
        file.equals("-") ? surroundings.in() : Files.newInputStream(Path.of(file))) {
      return JsonMapper.builder().build().readTree(in);
    } catch (IOException e) {
      throw new UsageError(
          "--terraform-output " + file + ": not the output of terraform output -json");
    }
  }

  private List<Diagnosis> examine(Deployment deployment) {
    Path home =
        surroundings
            .home()
            .orElseThrow(
                () -> new UsageError("start Cattleguard with its launcher, ./cattleguard"));
    Map<String, String> variables = new HashMap<>(System.getenv());
    Optional<String> where =
        Optional.ofNullable(region)
            .or(deployment::region)
            .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
            .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")));
    variables.put(
        "AWS_REGION",
        where.orElseThrow(
            () ->
                new UsageError(
                    "no AWS region: set --region or AWS_REGION, for example eu-central-1")));
    DoctorAws aws = DoctorAws.of(new Env(variables).aws());
    return new Doctor(deployment, aws, home, Clock.systemUTC().instant()).examine();
  }

  private List<Diagnosis> cluster(Path file, Optional<String> group) {
    try (Fabric8Clients.Connection connection = Fabric8Clients.connect(file)) {
      String about = "cluster " + connection.name();
      List<Diagnosis> found = new ArrayList<>();
      found.add(permissions(connection, about, group, needed()));
      found.add(enforcement(connection, about));
      if (needed().stream().anyMatch(one -> one.resource().equals(RevocationPolicy.RESOURCE))) {
        found.add(revocation(connection, about));
      }
      return found;
    }
  }

  private List<Grant> needed() {
    return policy == null
        ? Grants.needed()
        : Grants.of(Playbooks.read(new PolicyFiles(PolicyOption.existing(policy))));
  }

  /** An unknown answer is no problem of the deployment, but people should know of it. */
  private static Diagnosis enforcement(Fabric8Clients.Connection connection, String about) {
    Cluster.Enforcement found = connection.enforcement();
    return switch (found.answer()) {
      case YES -> Diagnosis.ok(about, found.reason());
      case NO -> Diagnosis.problem(about, found.reason() + "; isolate-pod will fail");
      case UNKNOWN ->
          Diagnosis.skipped(
              about,
              "cannot tell whether NetworkPolicy is enforced: "
                  + found.reason()
                  + "; isolate-pod will only be reported as requested");
    };
  }

  /** It is a problem of a deployment whose policy has the action. */
  private Diagnosis revocation(Fabric8Clients.Connection connection, String about) {
    try {
      Optional<String> fault = connection.revocationFault();
      String fails = fault.orElse("") + "; revoke-service-account will fail";
      return fault.isEmpty()
          ? Diagnosis.ok(
              about,
              "the admission policy for revoked service account tokens is installed unchanged")
          : policy == null ? Diagnosis.skipped(about, fails) : Diagnosis.problem(about, fails);
    } catch (Unavailable e) {
      return Diagnosis.skipped(
          about,
          "cannot tell whether the admission policy for revoked service account tokens is"
              + " installed: "
              + e.getMessage());
    }
  }

  /** Checks the permissions of the group, or else of the kubeconfig's user. */
  private static Diagnosis permissions(
      Fabric8Clients.Connection connection,
      String about,
      Optional<String> group,
      List<Grant> needed) {
    try {
      List<String> missing =
          group.isPresent()
              ? connection.missing(needed, group.get(), !group.get().endsWith("-observe"))
              : connection.missing(needed);
      String who = group.map(one -> "group " + one).orElse("the kubeconfig's user");
      return missing.isEmpty()
          ? Diagnosis.ok(about, who + " has all permissions that respond needs")
          : Diagnosis.problem(
              about,
              String.join("; ", missing)
                  + "; apply infra/kubernetes/"
                  + (group.isPresent() ? "respond.yaml" : "rbac.yaml"));
    } catch (Unavailable e) {
      return Diagnosis.problem(
          about,
          "permissions cannot be checked: "
              + e.getMessage()
              + "; the kubeconfig's user needs access to the API server"
              + (group.isPresent() ? " and permission to create subjectaccessreviews" : ""));
    }
  }

  private void print(Diagnosis one) {
    String text = one.about() + ": " + one.says();
    Screen screen = surroundings.screen();
    switch (one.result()) {
      case OK -> screen.verbatim(Style.GOOD, "ok       " + text);
      case PROBLEM -> screen.verbatim(Style.ALARM, "PROBLEM  " + text);
      case SKIPPED -> screen.verbatim(Style.WARN, "skipped  " + text);
    }
  }

  private void print(List<Diagnosis> found, boolean sound) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("sound", sound);
    ArrayNode checks = out.putArray("checks");
    for (Diagnosis one : found) {
      checks
          .addObject()
          .put("check", one.about())
          .put(
              "result",
              switch (one.result()) {
                case OK -> "ok";
                case PROBLEM -> "problem";
                case SKIPPED -> "skipped";
              })
          .put("says", one.says());
    }
    JsonLines.print(out, surroundings.out());
  }
}
