package io.cattleguard.app.models;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.recording.ClusterOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.models.export.Engine;
import io.cattleguard.models.export.ExportRequest;
import io.cattleguard.models.export.ExportedPolicy;
import io.cattleguard.models.export.Exports;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes models as policies of engines that enforce them. */
@Command(
    name = "export",
    description = {
      "Write models of one workload as a policy that an engine enforces.",
      "Tetragon and KubeArmor observe unless --enforce is given; network policies and seccomp"
          + " profiles block at once. Comments in the policy say what it does not enforce. Exit"
          + " code 1 of --dry-run: something would have been blocked."
    })
public final class ModelExportCommand implements Callable<Integer> {
  private static final String NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
  private static final Pattern KEY =
      Pattern.compile("(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?" + NAME);
  private static final Pattern VALUE = Pattern.compile("(?:" + NAME + ")?");

  private static final String RECORD =
      ". A tracing policy records all calls, see models/README.md#system-calls; until then set"
          + " seccompProfile: { type: RuntimeDefault }";

  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ClusterOption cluster = new ClusterOption();

  @Mixin private final ClusterFactsOption factsOption = new ClusterFactsOption();

  @Mixin private final ReadinessOption readinessOption = new ReadinessOption();

  @Option(
      names = "--as",
      required = true,
      paramLabel = "ENGINE",
      description = {
        "networkpolicy, ciliumnetworkpolicy, tetragon, kubearmor or seccomp.",
        "seccomp needs a model with a complete record of system calls."
      })
  private String engine = "";

  @Option(
      names = "--selector",
      paramLabel = "KEY=VALUE",
      split = ",",
      description =
          "Labels of the workload's pods, which a model does not know, as of its pod template.")
  private List<String> selector = List.of();

  @Option(
      names = "--enforce",
      description =
          "Stop what the model does not have: Sigkill of Tetragon, posture block of KubeArmor.")
  private boolean enforce;

  @Option(
      names = "--force",
      description =
          "Export although a model is learning, not ready or full, or the policy would block what"
              + " it has.")
  private boolean force;

  @Option(
      names = "--out",
      paramLabel = "FILE|DIR",
      description = "Write one file, or a file per policy into an existing folder.")
  private @Nullable Path out;

  @Option(
      names = "--dry-run",
      arity = "1..*",
      paramLabel = "FILE",
      description = {
        "Say what recorded behaviour the policy would have blocked, and write nothing.",
        "Reads what learn reads. Give it after MODEL. - is standard input."
      })
  private List<String> recordings = List.of();

  @Option(names = "--json", description = "Print the result of --dry-run as one JSON object.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL",
      description = "Models of the workload's containers: files, or names as of model list.")
  private List<String> names = List.of();

  ModelExportCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Engine as =
        Engine.named(engine)
            .orElseThrow(
                () ->
                    new UsageError(
                        "--as "
                            + engine
                            + ": unknown engine; expected networkpolicy, ciliumnetworkpolicy,"
                            + " tetragon, kubearmor or seccomp"
                            + ClosestWord.hint(engine, Engine.words())));
    if (json && recordings.isEmpty()) {
      throw new UsageError("--json is for --dry-run; a policy has a format of its own");
    }
    Readiness readiness = readinessOption.readiness();
    Map<Workload, ModelFile> known = ModelFiles.read(ModelOutput.folder(policy, surroundings));
    List<Model> models =
        names.stream().map(name -> ModelWords.named(name, known).model()).distinct().toList();
    // A dry run shows what the policy would stop, so it always uses the enforcing policy.
    ExportRequest request =
        new ExportRequest(
            models,
            labels(recordings.isEmpty() && as.selectsPods()),
            enforce || !recordings.isEmpty());
    List<String> impossible = Exports.impossible(as, request, readiness);
    if (!impossible.isEmpty()) {
      throw new UsageError(
          "cannot export as "
              + engine
              + ": "
              + String.join("; ", impossible)
              + (as == Engine.SECCOMP ? RECORD : ""));
    }
    List<ExportedPolicy> policies = Exports.of(as, request);
    if (!recordings.isEmpty()) {
      return dryRun(policies);
    }
    List<String> objections = Exports.objections(as, request, known.keySet(), readiness);
    if (!force && !objections.isEmpty()) {
      throw new UsageError(
          "not exported: " + String.join("; ", objections) + ". --force exports it nevertheless");
    }
    objections.forEach(this::warn);
    for (ExportedPolicy each : policies) {
      each.unconfirmed().forEach(entry -> warn("not allowed, because it is unconfirmed: " + entry));
    }
    write(as, policies);
    return ExitCode.SUCCESS;
  }

  /** How a node and a pod get a profile, which is no object of a cluster. */
  private void explainProfile(ExportedPolicy profile) {
    String file = "cattleguard/" + profile.name() + Engine.SECCOMP.fileSuffix();
    surroundings
        .err()
        .println(
            "Copy it to every node as /var/lib/kubelet/seccomp/"
                + file
                + ", then set in the pod template, for the container "
                + HostileText.visible(profile.workloads().iterator().next().container())
                + ": securityContext: { seccompProfile: { type: Localhost, localhostProfile: "
                + file
                + " } }");
  }

  /** The output may be the policy itself. */
  private void warn(String warning) {
    surroundings.err().println("warning: " + HostileText.visible(warning));
  }

  private int dryRun(List<ExportedPolicy> policies) {
    PolicyDryRun run = new PolicyDryRun(policies);
    RecordedBehaviour recorded =
        new RecordedBehaviour(cluster.name(), factsOption.facts(), Clock.systemUTC().instant());
    recorded.read(recordings, surroundings.in(), run::add, run::addLost);
    if (json) {
      JsonLines.print(run.toJson(), surroundings.out());
    } else {
      surroundings.screen().line(recorded.summary() + ".");
      run.print(surroundings.screen());
    }
    int read = recorded.reportUnread(surroundings.err());
    return run.hasBlocked() ? ExitCode.FAILURE : read;
  }

  private NavigableMap<String, String> labels(boolean needed) {
    NavigableMap<String, String> labels = new TreeMap<>();
    for (String label : selector) {
      int equals = label.indexOf('=');
      String key = equals < 0 ? label : label.substring(0, equals);
      String value = label.substring(equals + 1);
      if (equals < 0 || !KEY.matcher(key).matches() || !VALUE.matcher(value).matches()) {
        throw new UsageError("--selector " + label + ": expected KEY=VALUE, such as app=web");
      }
      labels.put(key, value);
    }
    if (needed && labels.isEmpty()) {
      throw new UsageError(
          "--selector is missing: a model does not know the labels of its pods; see the labels of"
              + " the workload's pod template, such as --selector app=web");
    }
    return labels;
  }

  private void write(Engine as, List<ExportedPolicy> policies) {
    Path target = out;
    boolean isFolder = target != null && Files.isDirectory(target);
    if (as == Engine.SECCOMP) {
      if (policies.size() > 1 && !isFolder) {
        throw new UsageError("each container has a profile of its own: add --out DIR");
      }
      policies.forEach(this::explainProfile);
    }
    if (target == null) {
      surroundings.out().print(joined(policies));
      return;
    }
    try {
      if (isFolder) {
        for (ExportedPolicy each : policies) {
          write(target.resolve(each.name() + as.fileSuffix()), each.text());
        }
      } else {
        write(target, joined(policies));
      }
    } catch (IOException e) {
      throw new UsageError("--out " + target + ": " + e.getMessage());
    }
  }

  private void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    surroundings.screen().line(Style.GOOD, file + " written. Review it before you apply it.");
  }

  private static String joined(List<ExportedPolicy> policies) {
    return String.join("---\n", policies.stream().map(ExportedPolicy::text).toList());
  }
}
