package io.cattleguard.app.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.FolderEvidenceStore;
import io.cattleguard.respond.kubernetes.evidence.S3EvidenceStore;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the evidence of an incident, verifies its hashes, and copies its parts. */
@Command(
    name = "evidence",
    sortOptions = false,
    description = {
      "List the evidence of an incident and verify all its hashes.",
      "The exit code is 1 if a part was changed or is missing. Compare the SHA-256 of the last"
          + " manifest with the one in the outcome that people received: only this comparison"
          + " detects a change of that manifest.",
      ""
    })
public final class EvidenceCommand implements Callable<Integer> {
  private static final int TEXT = 300;

  private final Surroundings surroundings;
  private final Buckets buckets;

  /** Opens a bucket, in a region if one is named. */
  @FunctionalInterface
  interface Buckets extends BiFunction<String, Optional<String>, EvidenceStore> {}

  @Parameters(paramLabel = "ID", description = "ID of the evidence, as the outcome names it.")
  private String id = "";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA}",
      description = "Data directory of cattleguard up. Default: CATTLEGUARD_DATA.")
  private @Nullable Path data;

  @Option(
      names = "--bucket",
      paramLabel = "NAME",
      description = {
        "S3 bucket of a stack in AWS (Terraform output evidence_bucket), in place of a data",
        "directory. Your AWS credentials must allow s3:ListBucket and s3:GetObject."
      })
  private @Nullable String bucket;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region of the bucket. Default: AWS_REGION.")
  private @Nullable String region;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Also write the parts to this new directory, one folder per manifest.")
  private @Nullable Path directory;

  @Option(names = "--json", description = "Print one JSON object per manifest, and the faults.")
  private boolean json;

  /** Creates the command with the streams to print to. */
  public EvidenceCommand(Surroundings surroundings) {
    this(surroundings, EvidenceCommand::inS3);
  }

  EvidenceCommand(Surroundings surroundings, Buckets buckets) {
    this.surroundings = surroundings;
    this.buckets = buckets;
  }

  private static EvidenceStore inS3(String bucket, Optional<String> region) {
    return new S3EvidenceStore(Deployment.Stack.clients(region), bucket);
  }

  @Override
  public Integer call() throws IOException {
    String from = bucket;
    Path directoryOfUp = data;
    try {
      if (from != null) {
        return verify(buckets.apply(from, Optional.ofNullable(region)), "bucket " + from);
      }
      if (directoryOfUp != null && !directoryOfUp.toString().isEmpty()) {
        return verify(
            new FolderEvidenceStore(directoryOfUp.resolve("evidence")), directoryOfUp.toString());
      }
    } catch (Unavailable e) {
      surroundings
          .err()
          .println(
              "cannot read evidence "
                  + visible(id)
                  + ": "
                  + visible(String.valueOf(e.getMessage()))
                  + (from == null ? "" : ". Check --bucket, --region and your AWS credentials."));
      return ExitCode.FAILURE;
    }
    throw new UsageError("where is the evidence? Set --bucket, --data or CATTLEGUARD_DATA");
  }

  private int verify(EvidenceStore store, String from) throws IOException {
    EvidenceChain chain = new EvidenceChain(store, id);
    EvidenceChain.Report report = chain.verify();
    if (report.manifests().isEmpty() && report.faults().isEmpty()) {
      surroundings.err().println("no evidence " + visible(id) + " in " + from);
      return ExitCode.FAILURE;
    }
    List<String> faults = new ArrayList<>(report.faults());
    for (EvidenceChain.Manifest manifest : report.manifests()) {
      if (json) {
        ObjectNode line = manifest.content().deepCopy();
        JsonLines.print(line.put("sha256", manifest.sha256()), surroundings.out());
      } else {
        print(manifest);
      }
      if (directory != null) {
        faults.addAll(copy(chain, manifest, directory));
      }
    }
    if (json) {
      ObjectNode last = JsonNodeFactory.instance.objectNode();
      faults.forEach(last.putArray("faults")::add);
      JsonLines.print(last, surroundings.out());
    } else {
      faults.forEach(fault -> surroundings.out().println("FAULT  " + visible(fault)));
      surroundings
          .out()
          .println(
              faults.isEmpty()
                  ? report.manifests().size() + " manifests verified: no part was changed"
                  : faults.size() + " faults: do not rely on this evidence");
    }
    return faults.isEmpty() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private void print(EvidenceChain.Manifest manifest) {
    JsonNode content = manifest.content();
    surroundings
        .out()
        .println(
            "manifest "
                + manifest.number()
                + "  "
                + visible(content.path("capturedAt").asText())
                + "  pod "
                + visible(
                    content.path("object").path("namespace").asText()
                        + "/"
                        + content.path("object").path("name").asText())
                + "  sha256 "
                + manifest.sha256());
    for (Map.Entry<String, JsonNode> part : content.path("parts").properties()) {
      surroundings
          .out()
          .println(
              "  "
                  + visible(part.getKey())
                  + "  "
                  + part.getValue().path("bytes").asLong()
                  + " bytes"
                  + (part.getValue().path("truncated").asBoolean() ? ", truncated" : ""));
    }
    for (Map.Entry<String, JsonNode> part : content.path("missing").properties()) {
      surroundings
          .out()
          .println(
              "  "
                  + visible(part.getKey())
                  + "  not captured: "
                  + visible(part.getValue().asText()));
    }
  }

  /** Part names come from the store, which may have been changed, so none leaves the directory. */
  private static List<String> copy(EvidenceChain chain, EvidenceChain.Manifest manifest, Path to)
      throws IOException {
    List<String> faults = new ArrayList<>();
    Path folder = to.resolve(String.valueOf(manifest.number())).toAbsolutePath().normalize();
    for (Map.Entry<String, JsonNode> part : manifest.content().path("parts").properties()) {
      Path file = folder.resolve(part.getKey()).normalize();
      if (!part.getKey().matches("[A-Za-z0-9._/-]+") || !file.startsWith(folder)) {
        faults.add(
            "part "
                + part.getKey()
                + " has a name that is not a valid file name; it was not copied");
        continue;
      }
      Files.createDirectories(file.getParent());
      try {
        Files.write(
            file,
            chain.part(part.getValue().path("sha256").asText()).orElse(new byte[0]),
            StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        throw new UsageError("--out " + to + " has " + file + " already; name a new directory");
      }
    }
    return faults;
  }

  private static String visible(String text) {
    return HostileText.visible(text, TEXT);
  }
}
