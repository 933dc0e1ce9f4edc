package io.cattleguard.app.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.cli.Main;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.FolderEvidenceStore;
import io.cattleguard.respond.kubernetes.evidence.S3EvidenceStore;
import io.cattleguard.respond.kubernetes.evidence.S3OnThisMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class EvidenceCommandTest {
  @TempDir private Path data;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Surroundings surroundings() {
    return new Surroundings(
        InputStream.nullInputStream(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return Main.run(
        surroundings(),
        Stream.concat(Stream.of("evidence"), Stream.of(arguments)).toArray(String[]::new));
  }

  /** The only bucket is {@code kept} in eu-west-1. */
  private int runOn(S3OnThisMachine s3, String... arguments) {
    out.reset();
    err.reset();
    return new CommandLine(
            new EvidenceCommand(
                surroundings(),
                (bucket, region) -> {
                  assertEquals("kept", bucket);
                  assertEquals(Optional.of("eu-west-1"), region);
                  return new S3EvidenceStore(s3.clients(), bucket);
                }))
        .execute(
            Stream.concat(
                    Stream.of("f00d", "--bucket", "kept", "--region", "eu-west-1"),
                    Stream.of(arguments))
                .toArray(String[]::new));
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @BeforeEach
  void capture() {
    capture(new FolderEvidenceStore(data.resolve("evidence")));
  }

  private static void capture(EvidenceStore store) {
    EvidenceChain chain = new EvidenceChain(store, "f00d");
    ObjectNode about =
        JsonNodeFactory.instance.objectNode().put("capturedAt", "2026-03-02T09:15:00Z");
    about.putObject("object").put("namespace", "shop").put("name", "web-1");
    for (String pod : List.of("one", "two")) {
      chain.append(
          about,
          List.of(
              new EvidenceChain.Part("pod.json", pod, false),
              new EvidenceChain.Part("logs/main.log", "a line\n", true)),
          Map.of("node.json", "HTTP 403\u001b[2J"));
    }
  }

  @Test
  void unchangedEvidenceIsListedAndVerified() {
    assertEquals(0, run("f00d", "--data", data.toString()));

    String text = printed();
    assertTrue(text.contains("manifest 1  2026-03-02T09:15:00Z  pod shop/web-1  sha256 "), text);
    assertTrue(text.contains("  logs/main.log  7 bytes, truncated"), text);
    assertTrue(text.contains("  node.json  not captured: HTTP 403"), text);
    assertFalse(text.contains("\u001b"), "no escape sequence reaches the terminal");
    assertTrue(text.endsWith("2 manifests verified: no part was changed\n"), text);
  }

  @Test
  void aChangedByteIsAFaultAndExitCodeOne() throws IOException {
    Path part;
    try (Stream<Path> parts = Files.list(data.resolve("evidence/f00d/parts"))) {
      part = parts.findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(part);
    bytes[0] ^= 1;
    Files.write(part, bytes);

    assertEquals(1, run("f00d", "--data", data.toString()));
    assertTrue(printed().contains("was changed\n"), printed());
    assertTrue(printed().endsWith("do not rely on this evidence\n"), printed());
    assertEquals(1, run("f00d", "--json", "--data", data.toString()));
    assertTrue(printed().contains("\"faults\":[\"manifest"), printed());
  }

  @Test
  void partsAreCopiedToANewDirectory() throws IOException {
    Path to = data.resolve("copy");

    assertEquals(0, run("f00d", "--data", data.toString(), "--out", to.toString()));

    assertEquals("two", Files.readString(to.resolve("2/pod.json")));
    assertEquals("a line\n", Files.readString(to.resolve("1/logs/main.log")));
    assertEquals(2, run("f00d", "--data", data.toString(), "--out", to.toString()));
  }

  /** A changed store must not make the command write to other folders of the analyst's machine. */
  @Test
  void aPartWithANameThatLeavesTheDirectoryIsNotCopied() {
    new EvidenceChain(new FolderEvidenceStore(data.resolve("evidence")), "bad")
        .append(
            JsonNodeFactory.instance.objectNode(),
            List.of(new EvidenceChain.Part("../../escaped", "x", false)),
            Map.of());

    assertEquals(
        1, run("bad", "--data", data.toString(), "--out", data.resolve("copy/here").toString()));
    assertFalse(Files.exists(data.resolve("escaped")));
    assertFalse(Files.exists(data.resolve("copy/escaped")));
  }

  @Test
  void evidenceInABucketIsVerifiedAndCopied() throws IOException {
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      capture(new S3EvidenceStore(s3.clients(), "kept"));
      Path to = data.resolve("copy");

      assertEquals(0, runOn(s3, "--out", to.toString()), err.toString(StandardCharsets.UTF_8));

      assertTrue(printed().endsWith("2 manifests verified: no part was changed\n"), printed());
      assertEquals("two", Files.readString(to.resolve("2/pod.json")));
    }
  }

  @Test
  void aChangedObjectInABucketIsAFault() throws IOException {
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      capture(new S3EvidenceStore(s3.clients(), "kept"));
      String part =
          s3.paths().stream().filter(path -> path.contains("/parts/")).findFirst().orElseThrow();
      s3.change(part, Optional.of(new byte[] {1}));

      assertEquals(1, runOn(s3));
      assertTrue(printed().endsWith("do not rely on this evidence\n"), printed());
    }
  }

  /** A missing permission must not look like missing evidence. */
  @Test
  void aBucketThatRefusesIsNamedAsSuch() throws IOException {
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      s3.failing(403, "AccessDenied");

      assertEquals(1, runOn(s3));
      assertEquals(
          "cannot read evidence f00d: S3: AccessDenied. Check --bucket, --region and your AWS"
              + " credentials.\n",
          err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void anEmptyBucketHasNoEvidence() throws IOException {
    try (S3OnThisMachine s3 = new S3OnThisMachine()) {
      assertEquals(1, runOn(s3));
      assertEquals("no evidence f00d in bucket kept\n", err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void evidenceThatIsNotThereIsAFailure() {
    assertEquals(1, run("none", "--data", data.toString()));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("no evidence none in"));
    assertEquals(2, run("--data", data.toString()));
  }
}
