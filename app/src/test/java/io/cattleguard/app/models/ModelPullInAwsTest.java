package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.CommandProcess;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.ObservedWorkload;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import io.cattleguard.reviewed.ReviewedModels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reports of sensors to a stack in AWS become model files, read from DynamoDB Local. */
@TakesLong
final class ModelPullInAwsTest {
  private static final int WORKLOADS = 40;
  private static final int PROGRAMS = 120;

  @TempDir private Path folder;
  private final String stack = "stack-" + UUID.randomUUID();
  private final Instant now = Instant.now();

  private Shell.Result pull() throws Exception {
    try (CommandProcess command =
        CommandProcess.start(
            folder,
            Map.of(
                "AWS_ENDPOINT_URL",
                DynamoDbLocal.address().toString(),
                "AWS_ACCESS_KEY_ID",
                "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY",
                "test"),
            "model",
            "pull",
            "--name",
            stack,
            "--region",
            "eu-central-1",
            "--out",
            folder.resolve("models").toString())) {
      return command.result();
    }
  }

  private static Workload workload(int number) {
    return new Workload("blue", "shop", "Deployment", "web-" + number, "main");
  }

  /** Every workload runs many programs with long names, so that a scan has more than one page. */
  private WorkloadObserved report(int number, String node) {
    List<ObservedBehaviour> behaviour = new ArrayList<>();
    for (int i = 0; i < PROGRAMS; i++) {
      String path = "/opt/" + "x".repeat(180) + "/" + i;
      behaviour.add(
          new ObservedBehaviour(
              "executable", path, "/usr/sbin/init", 0, "running", now, "pod-" + node, node, 1));
    }
    return new WorkloadObserved(
        "id-" + number + node,
        "blue",
        now,
        0,
        node,
        List.of(
            new ObservedWorkload(
                "shop",
                "Deployment",
                workload(number).name(),
                "main",
                "registry.example.com/shop/web:1",
                "sha256:" + "0".repeat(64),
                Map.of(),
                behaviour)),
        Optional.empty());
  }

  @Test
  void whatAStackLearntIsWrittenAndPulledAgainChangesNothing() throws Exception {
    DynamoDbLocal.createTable(stack + "-models");
    ReportLearning learning =
        new ReportLearning(
            new LearntModels(new DynamoTable(DynamoDbLocal.aws(), stack + "-models")),
            ReviewedModels.NONE);
    for (int i = 0; i < WORKLOADS; i++) {
      learning.learn(report(i, "node-a"), "blue", Duration.ZERO, now);
      learning.learn(report(i, "node-b"), "blue", Duration.ZERO, now);
    }

    Shell.Result first = pull();

    assertEquals(0, first.code(), first::err);
    assertTrue(first.out().contains(WORKLOADS + " model files written"), first::out);
    NavigableMap<Workload, ModelFile> files = ModelFiles.read(folder.resolve("models"));
    assertEquals(
        IntStream.range(0, WORKLOADS).mapToObj(ModelPullInAwsTest::workload).sorted().toList(),
        List.copyOf(files.keySet()));
    Model model = Objects.requireNonNull(files.get(workload(3))).model();
    assertEquals(Mode.LEARNING, model.mode());
    assertEquals(PROGRAMS, model.entries().size());
    assertTrue(
        model.entries().values().stream().allMatch(seen -> seen.instances() == 2),
        "both nodes' reports are merged");

    Shell.Result again = pull();
    assertTrue(again.out().contains("No model file changes."), again::out);
  }

  @Test
  void aStackWithoutTheTableIsSaidAndNothingIsWritten() throws Exception {
    Shell.Result result = pull();

    assertEquals(2, result.code(), result::out);
    assertTrue(result.err().contains("what was learnt cannot be read"), result::err);
    assertTrue(result.err().contains("Check --name, --region"), result::err);
    assertEquals(Map.of(), ModelFiles.read(folder.resolve("models")));
  }
}
