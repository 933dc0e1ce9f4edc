package io.cattleguard.app.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that ends early or is damaged costs its own end, not what is before it or beside it. */
final class DamagedRecordingsTest {
  private static final int LINES = 2_000;

  @TempDir private Path folder;
  private Path cut = Path.of("");
  private Path whole = Path.of("");

  @BeforeEach
  void writeATruncatedAndAWholeFile() throws IOException {
    Policies.copyDefault(folder.resolve("policy"));
    byte[] zipped = ReadTexts.gzip(lines());
    cut = folder.resolve("cut.jsonl.gz");
    Files.write(cut, Arrays.copyOf(zipped, zipped.length * 3 / 4));
    whole = folder.resolve("whole.jsonl");
    Files.writeString(whole, exec("other", "/usr/bin/other", "zz") + "\n");
  }

  /** A random text in each line, so that a gzip file has many blocks. */
  private static String lines() {
    Random random = new Random(7);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < LINES; i++) {
      byte[] noise = new byte[32];
      random.nextBytes(noise);
      out.append(exec("web", "/usr/sbin/nginx", new String(noise, StandardCharsets.ISO_8859_1)))
          .append('\n');
    }
    return out.toString();
  }

  private static String exec(String workload, String path, String noise) {
    return "{\"process_exec\":{\"process\":{\"binary\":\""
        + path
        + "\",\"cwd\":\""
        + noise.chars().mapToObj(Integer::toHexString).reduce("", String::concat)
        + "\",\"pod\":{\"namespace\":\"shop\",\"name\":\""
        + workload
        + "-1\",\"workload\":\""
        + workload
        + "\",\"workload_kind\":\"Deployment\",\"container\":{\"id\":\"containerd://a\",\"name\":\"c\"}}}},"
        + "\"node_name\":\"n1\",\"time\":\"2026-03-02T09:00:00Z\"}";
  }

  private Shell.Result run(String command) {
    return new Shell()
        .run(
            Stream.concat(
                    Stream.of(command.split(" ")),
                    Stream.of("--policy", folder.resolve("policy").toString()))
                .map(word -> word.equals("CUT") ? cut.toString() : word)
                .map(word -> word.equals("WHOLE") ? whole.toString() : word)
                .map(word -> word.equals("POLICY") ? folder.resolve("policy").toString() : word)
                .map(word -> word.equals("OUT") ? folder.resolve("page.html").toString() : word)
                .toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "learn --cluster prod CUT WHOLE",
        "learn --json --cluster prod CUT WHOLE",
        "model diff --cluster prod CUT WHOLE",
        "model diff --json --cluster prod CUT WHOLE",
        "model test --cluster prod CUT WHOLE",
        "replay CUT WHOLE",
        "replay --json CUT WHOLE",
        "replay --html OUT CUT WHOLE",
        "replay --against POLICY CUT WHOLE",
        "explain CUT WHOLE",
        "explain --json CUT WHOLE",
      })
  void everyCommandNamesTheTruncatedFileAndExitsWithOne(String command) {
    Shell.Result result = run(command);
    assertTrue(
        result
            .err()
            .matches(
                "(?s).*warning: \\Q"
                    + cut
                    + "\\E: truncated gzip data after line \\d+; the rest of the file was not"
                    + " read\n"
                    + ".*"),
        result.err());
    assertEquals(1, result.code(), result.err());
  }

  @Test
  void modelsAreLearnedFromTheLinesBeforeTheEndAndFromTheOtherFiles() throws IOException {
    run("learn --cluster prod CUT WHOLE");
    Path models = folder.resolve("policy/models");
    String web = Files.readString(models.resolve("prod_shop_deployment_web_c.yaml"));
    assertTrue(web.contains("/usr/sbin/nginx"), web);
    assertTrue(Files.exists(models.resolve("prod_shop_deployment_other_c.yaml")));
  }

  @Test
  void aDryRunSaysThatARecordingWasNotReadToItsEnd() {
    run("learn --cluster prod WHOLE");
    Shell.Result dryRun =
        run(
            "model export --as kubearmor --force prod/shop/Deployment/other/c --cluster prod"
                + " --dry-run CUT WHOLE");
    assertTrue(dryRun.err().contains(cut + ": truncated gzip data after line "), dryRun.err());
    assertEquals(1, dryRun.code());
    assertTrue(dryRun.out().contains("1 observations allowed, 0 blocked"), dryRun.out());
  }

  @Test
  void aReplayCountsTheLostRestAsUnreadableAndStillBalances() throws IOException {
    JsonNode json = run("replay --json CUT WHOLE").json();
    JsonNode last = json.path("unreadable").path(json.path("unreadable").size() - 1);
    assertEquals(cut.toString(), last.path("file").asText());
    assertEquals(
        "truncated gzip data; the rest of the file was not read", last.path("reason").asText());
    int line = last.path("line").asInt();
    assertTrue(line > LINES / 2 && line < LINES, "line " + line);
    assertEquals(line - 1, json.path("ignored").size() - 1, "the whole lines, and the other file");
    assertEquals(
        json.path("received").asInt(),
        json.path("ignored").size() + json.path("unreadable").size());

    run("replay --html OUT CUT WHOLE");
    String page = Files.readString(folder.resolve("page.html"));
    assertTrue(page.contains("truncated gzip data; the rest of the file was not read"), page);
  }

  /** A stream that fails at once. */
  private static final class Broken extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("Connection reset");
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      throw new IOException("Connection reset");
    }
  }

  @Test
  void whateverFailsEndsOnlyThatFile() throws IOException {
    byte[] zipped = ReadTexts.gzip("one\ntwo\n");
    byte[] wrong = zipped.clone();
    wrong[wrong.length - 6]++;
    String end = "; the rest of the file was not read";
    assertEquals(
        List.of("one", "two", "x: damaged gzip data (Corrupt GZIP trailer) after line 2" + end),
        ReadTexts.of(new ByteArrayInputStream(wrong)));
    assertEquals(
        List.of("x: truncated gzip data; the file was not read"),
        ReadTexts.of(new ByteArrayInputStream(Arrays.copyOf(zipped, 5))));
    assertEquals(
        List.of("one", "tw", "x: cannot be read (Connection reset) after line 2" + end),
        ReadTexts.of(
            new SequenceInputStream(
                new ByteArrayInputStream("one\ntw".getBytes(StandardCharsets.UTF_8)),
                new Broken())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PK\u0003\u0004, a zip archive",
        "(\u00b5/\u00fd, a zstd file",
        "\u00fd7zX, an xz file",
        "BZh9, a bzip2 file",
        "PAR1, a Parquet file"
      })
  void anotherFormatIsNamedOnceAndNotReadAsText(String row) throws IOException {
    int comma = row.indexOf(", ");
    byte[] bytes = (row.substring(0, comma) + "1\n2\n3\n").getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(
        List.of(
            "x: "
                + row.substring(comma + 2)
                + ", which is not read; unpack or convert it first; the file was not read"),
        ReadTexts.of(new ByteArrayInputStream(bytes)));
  }

  @Test
  void utf16WithItsMarkIsRead() throws IOException {
    for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      assertEquals(
          List.of("{\"a\":\"\u00e4\"}", "two"),
          ReadTexts.of(
              new ByteArrayInputStream("\ufeff{\"a\":\"\u00e4\"}\r\ntwo".getBytes(charset))));
    }
    assertEquals(
        List.of("a"), ReadTexts.of(new ByteArrayInputStream("a".getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void theNextMemberOfAGzipStreamIsReadAlsoIfItHasNotArrivedYet() throws IOException {
    InputStream slow =
        new SequenceInputStream(
            new ByteArrayInputStream(ReadTexts.gzip("one\n")),
            new ByteArrayInputStream(ReadTexts.gzip("two\n"))) {
          @Override
          public int available() {
            return 0;
          }
        };
    assertEquals(List.of("one", "two"), ReadTexts.of(slow));
  }

  private static byte[] joined(byte[]... parts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.write(part);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "three",
        "{",
        "\u001f\u008b",
        "\u001f\u008b\u0008\u0000\u0000\u0000",
        "\u0000\u0000three"
      })
  void whatFollowsAGzipMemberAndIsNoGzipIsNamedWithItsPlace(String garbage) throws IOException {
    byte[] tail = garbage.getBytes(StandardCharsets.ISO_8859_1);
    byte[] two = joined(ReadTexts.gzip("one\n"), ReadTexts.gzip("two\n"));
    String end = " after line 2; the rest of the file was not read";
    String first = "x: data that is not gzip at byte " + two.length;
    assertEquals(
        List.of("one", "two", first + end),
        ReadTexts.of(new ByteArrayInputStream(joined(two, tail))));
    assertEquals(
        List.of("one", "two", first + end),
        ReadTexts.of(
            new SequenceInputStream(new ByteArrayInputStream(two), new ByteArrayInputStream(tail))),
        "in another piece than the member's end");
    assertEquals(
        List.of(
            "one",
            "two",
            "x: data that is not gzip at byte " + two.length + " of the gzip data in it" + end),
        ReadTexts.of(new ByteArrayInputStream(ReadTexts.gzip(joined(two, tail)))));
  }

  @Test
  void garbageInALargeFileIsFoundBehindItsZeros() throws IOException {
    byte[] zipped = ReadTexts.gzip(lines());
    byte[] large = joined(zipped, new byte[300_000], "three".getBytes(StandardCharsets.US_ASCII));
    assertEquals(
        "x: data that is not gzip at byte "
            + zipped.length
            + " after line "
            + LINES
            + "; the rest of the file was not read",
        ReadTexts.of(new ByteArrayInputStream(large)).getLast());
  }

  @Test
  void aStreamThatBreaksBetweenTwoMembersIsNamed() throws IOException {
    assertEquals(
        List.of(
            "one",
            "x: cannot be read (Connection reset) after line 1; the rest of the file was not read"),
        ReadTexts.of(
            new SequenceInputStream(
                new ByteArrayInputStream(ReadTexts.gzip("one\n")), new Broken())));
  }

  @Test
  void zerosThatFillABlockBehindAGzipMemberAreNoDamage() throws IOException {
    byte[] one = ReadTexts.gzip("one\n");
    for (int zeros : List.of(1, 9, 512, 100_000)) {
      assertEquals(
          List.of("one"), ReadTexts.of(new ByteArrayInputStream(joined(one, new byte[zeros]))));
    }
  }

  @Test
  void aCommandNamesTheFileWithGarbageAndExitsWithOne() throws IOException {
    Path file = folder.resolve("appended.jsonl.gz");
    byte[] zipped = ReadTexts.gzip(exec("other", "/usr/bin/other", "zz") + "\n");
    Files.write(
        file, joined(zipped, exec("web", "/bin/sh", "zz").getBytes(StandardCharsets.UTF_8)));
    Shell.Result result = run("learn --cluster prod " + file);
    assertEquals(1, result.code(), result.out());
    assertTrue(
        result
            .err()
            .contains(
                "warning: "
                    + file
                    + ": data that is not gzip at byte "
                    + zipped.length
                    + " after line 1; the rest of the file was not read"),
        result.err());
  }
}
