package io.cattleguard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Measures the cold start of each function: CPU time from the start of its process to its first
 * answered batch. Functions run from their zips under AWS's runtime interface client. The same run
 * measures minimal and empty handlers, and the CPU time that remains after a SnapStart snapshot.
 */
public final class ColdStart {
  private static final String MINIMAL = "minimal handler";
  private static final String MINIMAL_EC2 = "minimal handler with EC2";
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 11);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path home;
  private final Path folder;
  private final List<String> jvm;

  /** A handler that is measured, with the figures of each round. */
  private record Subject(
      String name,
      String handler,
      List<Path> classes,
      String event,
      List<ProcessFigures> figures,
      List<Double> afterSnapshot,
      Set<String> calls) {
    Subject(String name, String handler, List<Path> classes, String event) {
      this(
          name,
          handler,
          classes,
          event,
          new ArrayList<>(),
          new ArrayList<>(),
          new LinkedHashSet<>());
    }
  }

  private ColdStart(Path home, Path folder, List<String> jvm) {
    this.home = home;
    this.folder = folder;
    this.jvm = jvm;
  }

  /** Runs the benchmark and prints a table. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("cattleguard-coldstart");
    List<String> jvm =
        List.of(System.getProperty("bench.java.options", "").strip().split(" +", -1));
    new ColdStart(Path.of(System.getProperty("cattleguard.home", ".")), folder, jvm).run();
  }

  private void run() throws IOException, InterruptedException {
    List<Subject> subjects =
        new ArrayList<>(
            List.of(
                handler(MINIMAL, MinimalHandler.class),
                handler(MINIMAL_EC2, MinimalEc2Handler.class, "respond-aws"),
                handler("empty handler", EmptyHandler.class),
                handler("empty stream handler", EmptyStreamHandler.class),
                step("deduplicate", "DeduplicateHandler", "runtime-alerts"),
                step("score", "ScoreHandler", "alert-accepted"),
                step("route", "RouteHandler", "alert-scored"),
                step("record", "RecordHandler", "response-decided"),
                step("respond-kubernetes", "KubernetesHandler", "alert-scored"),
                step("respond-aws", "AwsHandler", "alert-scored-of-an-account")));
    subjects.addAll(before());
    String only = System.getProperty("bench.only", "");
    subjects.removeIf(
        subject -> !only.isEmpty() && !List.of(only.split(",")).contains(subject.name));
    for (int round = 0; round < ROUNDS; round++) {
      for (Subject subject : subjects) {
        try (LambdaApi lambda = new LambdaApi(subject.event)) {
          subject.figures.add(start(subject, lambda, false));
          subject.calls.addAll(lambda.calls());
        }
        try (LambdaApi lambda = new LambdaApi(subject.event)) {
          ProcessFigures answered = start(subject, lambda, true);
          lambda
              .primed()
              .ifPresent(
                  primed -> subject.afterSnapshot.add(answered.cpuSeconds() - primed.cpuSeconds()));
        }
      }
    }
    System.out.println(
        "| | CPU, median | minimum to maximum | ratio to the minimal one | after a snapshot,"
            + " median | minimum to maximum | peak memory | calls |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    for (Subject subject : subjects) {
      DoubleSummaryStatistics cpu =
          subject.figures.stream()
              .mapToDouble(figure -> figure.cpuSeconds() * 1e3)
              .summaryStatistics();
      System.out.printf(
          Locale.ROOT,
          "| %s | %.0f ms | %.0f to %.0f | %.2f | %.0f ms | %.0f to %.0f | %d MB | %s |%n",
          subject.name,
          median(subject.figures) * 1e3,
          cpu.getMin(),
          cpu.getMax(),
          median(subject.figures) / median(baseline(subject, subjects).figures),
          seconds(subject.afterSnapshot) * 1e3,
          Collections.min(subject.afterSnapshot) * 1e3,
          Collections.max(subject.afterSnapshot) * 1e3,
          subject.figures.stream().mapToLong(ProcessFigures::peakMegabytes).max().orElseThrow(),
          String.join(", ", subject.calls));
    }
  }

  /** The handler that makes the same calls, or the first one if that was left out. */
  private static Subject baseline(Subject subject, List<Subject> all) {
    String name =
        subject.name.equals("respond-aws") || subject.name.equals(MINIMAL_EC2)
            ? MINIMAL_EC2
            : MINIMAL;
    return all.stream().filter(one -> one.name.equals(name)).findFirst().orElseGet(all::getFirst);
  }

  private static double median(List<ProcessFigures> figures) {
    return seconds(figures.stream().map(ProcessFigures::cpuSeconds).toList());
  }

  private static double seconds(List<Double> measured) {
    return measured.stream().sorted().skip(measured.size() / 2).findFirst().orElseThrow();
  }

  private Subject handler(String name, Class<?> handler) throws IOException {
    return handler(name, handler, "deduplicate");
  }

  /**
   * A small handler. Its class path is its own classes, the SDK as a function uses it, and Lambda's
   * runtime.
   */
  private Subject handler(String name, Class<?> handler, String function) throws IOException {
    return new Subject(name, handler.getName(), classes(function), batch("runtime-alerts"));
  }

  /** The functions of another checkout, if one is set, to compare with in the same run. */
  private List<Subject> before() throws IOException {
    String before = System.getProperty("bench.before", "");
    if (before.isEmpty()) {
      return List.of();
    }
    Path old = Path.of(before);
    return List.of(
        step(old, "deduplicate", "DeduplicateHandler", "runtime-alerts"),
        step(old, "score", "ScoreHandler", "alert-accepted"),
        step(old, "route", "RouteHandler", "alert-scored"));
  }

  /** The libraries in a function's zip, including the SDK as the function uses it. */
  private List<Path> classes(String function) throws IOException {
    List<Path> classes = new ArrayList<>();
    classes.add(home.resolve("bench/target/cattleguard-bench.jar"));
    Path zip = home.resolve("functions/" + function + "/target/cattleguard-" + function + ".zip");
    Path task = folder.resolve("minimal-" + function);
    if (!Files.exists(task)) {
      unpack(zip, task);
    }
    try (var jars = Files.list(task.resolve("lib"))) {
      jars.filter(jar -> !jar.getFileName().toString().startsWith("cattleguard-"))
          .sorted()
          .forEach(classes::add);
    }
    return classes;
  }

  private Subject step(String step, String handler, String sample) throws IOException {
    return step(home, step, handler, sample);
  }

  private Subject step(Path checkout, String step, String handler, String sample)
      throws IOException {
    String name = checkout.equals(home) ? step : step + " before";
    Path task = folder.resolve(name);
    Path zip = checkout.resolve("functions/" + step + "/target/cattleguard-" + step + ".zip");
    return new Subject(
        name,
        "io.cattleguard." + packageOf(step) + "." + handler,
        unpack(zip, task),
        batch(sample));
  }

  /** The package of a step's handler in io.cattleguard. */
  private static String packageOf(String step) {
    return step.startsWith("respond-") ? step.replace('-', '.') : step + ".lambda";
  }

  /** Unpacks a zip as Lambda does; the jars in lib/ are on the class path. */
  private static List<Path> unpack(Path zip, Path task) throws IOException {
    List<Path> jars = new ArrayList<>();
    Files.createDirectories(task.resolve("lib"));
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path jar = task.resolve(entry.getName());
        Files.copy(in, jar);
        jars.add(jar);
      }
    }
    return jars;
  }

  /** An SQS batch with one message, as the event source mapping sends it. */
  private String batch(String sample) throws IOException {
    JsonNode event = JSON.readTree(home.resolve("events/samples/v1/" + sample + ".json").toFile());
    ObjectNode batch = JsonNodeFactory.instance.objectNode();
    ObjectNode record = batch.putArray("Records").addObject();
    record.put("messageId", "059f36b4-87a3-44ab-83d2-661975830a7d");
    record.put("receiptHandle", "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a");
    record.put("body", event.toString());
    record
        .putObject("attributes")
        .put("ApproximateReceiveCount", "1")
        .put("SentTimestamp", "1767323045000")
        .put("SenderId", "AIDAIENQZJOLO23YVJ4VO")
        .put("ApproximateFirstReceiveTimestamp", "1767323045010");
    record.putObject("messageAttributes");
    record.put("md5OfBody", "e4e68fb7bd0e697a0ae8f1bb342846b3");
    record.put("eventSource", "aws:sqs");
    record.put("eventSourceARN", "arn:aws:sqs:eu-central-1:111122223333:cattleguard");
    record.put("awsRegion", "eu-central-1");
    return batch.toString();
  }

  private ProcessFigures start(Subject subject, LambdaApi lambda, boolean snapStart)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/taskset"))) {
      command.addAll(List.of("/usr/bin/taskset", "-c", "0"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-cp");
    List<String> classes = new ArrayList<>();
    subject.classes.forEach(path -> classes.add(path.toString()));
    runtime().forEach(path -> classes.add(path.toString()));
    command.add(String.join(":", classes));
    command.add("com.amazonaws.services.lambda.runtime.api.client.AWSLambda");
    command.add(subject.handler);
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(List.of("PATH", "HOME"));
    environment.putAll(lambda.environment(snapStart));
    environment.put("_HANDLER", subject.handler);
    environment.put("POLICY_DIRECTORY", home.resolve("policy").toString());
    environment.put("CLUSTERS_FILE", clusters().toString());
    environment.put("QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/111122223333/cattleguard");
    Path log = folder.resolve("log");
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      Optional<ProcessFigures> figures = lambda.answeredBy(process);
      if (figures.isEmpty()) {
        throw new IllegalStateException(
            subject.name + " did not answer:\n" + Files.readString(log));
      }
      return figures.get();
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private Path clusters() throws IOException {
    Path file = folder.resolve("clusters.json");
    Files.writeString(file, "{}");
    return file;
  }

  /**
   * The libraries of Lambda's runtime: the interface client, and AWS's event types for the
   * handlers.
   */
  private List<Path> runtime() {
    try (var jars = Files.list(home.resolve("bench/target/lib"))) {
      return jars.filter(
              jar -> {
                String name = jar.getFileName().toString();
                return name.startsWith("aws-lambda-java-") || name.startsWith("joda-time-");
              })
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
