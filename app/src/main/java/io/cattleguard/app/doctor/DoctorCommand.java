package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import java.io.IOException;
import java.io.InputStream;
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

/** Says of a deployment whether it would work when it matters. */
@Command(
    name = "doctor",
    sortOptions = false,
    description = {
      "Look at a deployment in AWS and at clusters: one line a check, and what to do about it.",
      "Reads and changes nothing. Credentials are found as AWS's own tools find them.",
      ""
    })
public final class DoctorCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--terraform-output",
      paramLabel = "FILE",
      description = "What terraform output -json says; - is standard input.")
  private @Nullable String terraformOutput;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "What the stack is called, where there is no such file; the module's own"
              + " default is cattleguard.")
  private @Nullable String name;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "Where it is; else as the file or AWS_REGION says.")
  private @Nullable String region;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "A cluster to look at, by the file's current context; several times for several.")
  private List<Path> kubeconfigs = List.of();

  @Option(
      names = "--kubernetes-group",
      paramLabel = "GROUP",
      description = "Whose rights to ask for there; else as the file says, else one's own.")
  private @Nullable String group;

  @Option(names = "--json", description = "Print one JSON object instead of lines.")
  private boolean json;

  public DoctorCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Optional<Deployment> deployment = deployment();
    if (deployment.isEmpty() && kubeconfigs.isEmpty()) {
      throw new UsageError(
          "nothing to look at; name a deployment by --terraform-output FILE or --name NAME, or a"
              + " cluster by --kubeconfig FILE");
    }
    for (Path file : kubeconfigs) {
      if (!Files.isReadable(file)) {
        throw new UsageError("--kubeconfig " + file + ": cannot be read");
      }
    }
    List<Diagnosis> found = new ArrayList<>();
    deployment.ifPresent(one -> found.addAll(examine(one)));
    Optional<String> whose =
        Optional.ofNullable(group).or(() -> deployment.flatMap(Deployment::group));
    kubeconfigs.forEach(file -> found.add(cluster(file, whose)));
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

  private JsonNode outputs(String file) {
    try (InputStream in =
        file.equals("-") ? surroundings.in() : Files.newInputStream(Path.of(file))) {
      return JsonMapper.builder().build().readTree(in);
    } catch (IOException e) {
      throw new UsageError(
          "--terraform-output " + file + ": not the JSON that terraform output -json prints");
    }
  }

  private List<Diagnosis> examine(Deployment deployment) {
    Path home =
        surroundings
            .home()
            .orElseThrow(() -> new UsageError("start it by its launcher, ./cattleguard"));
    Map<String, String> variables = new HashMap<>(System.getenv());
    Optional<String> where =
        Optional.ofNullable(region)
            .or(deployment::region)
            .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
            .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")));
    variables.put(
        "AWS_REGION",
        where.orElseThrow(
            () -> new UsageError("in which region? Name it by --region or AWS_REGION")));
    DoctorAws aws = DoctorAws.of(new Env(variables).aws());
    return new Doctor(deployment, aws, home, Clock.systemUTC().instant()).examine();
  }

  /** What the group's members may do, or whoever asks. */
  private static Diagnosis cluster(Path file, Optional<String> group) {
    try (Fabric8Clients.Connection connection = Fabric8Clients.connect(file)) {
      String about = "cluster " + connection.name();
      try {
        List<String> missing =
            group.isPresent()
                ? connection.missing(group.get(), !group.get().endsWith("-observe"))
                : connection.missing();
        String who = group.map(one -> "group " + one).orElse("whoever that file names");
        return missing.isEmpty()
            ? Diagnosis.ok(about, who + " may do all that respond needs")
            : Diagnosis.problem(
                about,
                String.join("; ", missing)
                    + "; apply infra/kubernetes/"
                    + (group.isPresent() ? "respond.yaml" : "rbac.yaml"));
      } catch (Unavailable e) {
        return Diagnosis.problem(
            about,
            "does not say what respond may do: "
                + e.getMessage()
                + "; whoever asks must be allowed to reach it"
                + (group.isPresent() ? " and to create subjectaccessreviews" : ""));
      }
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
