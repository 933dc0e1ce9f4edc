package io.cattleguard.app.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.sources.recording.RecordedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
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
    byte[] zipped = gzip(lines());
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

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
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

  private static List<String> read(InputStream in) throws IOException {
    List<String> read = new ArrayList<>();
    Recordings.read(
        "x",
        in,
        new Recordings.Reader() {
          @Override
          public void read(String file, RecordedEvent event) {
            read.add(event.text());
          }

          @Override
          public void lost(UnreadRest rest) {
            read.add(rest.sentence());
          }
        });
    return read;
  }

  @Test
  void whateverFailsEndsOnlyThatFile() throws IOException {
    byte[] zipped = gzip("one\ntwo\n");
    byte[] wrong = zipped.clone();
    wrong[wrong.length - 6]++;
    String end = "; the rest of the file was not read";
    assertEquals(
        List.of("one", "two", "x: damaged gzip data (Corrupt GZIP trailer) after line 2" + end),
        read(new ByteArrayInputStream(wrong)));
    assertEquals(
        List.of("x: truncated gzip data; the file was not read"),
        read(new ByteArrayInputStream(Arrays.copyOf(zipped, 5))));
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("Connection reset");
          }

          @Override
          public int read(byte[] bytes, int from, int length) throws IOException {
            throw new IOException("Connection reset");
          }
        };
    assertEquals(
        List.of("one", "tw", "x: cannot be read (Connection reset) after line 2" + end),
        read(
            new SequenceInputStream(
                new ByteArrayInputStream("one\ntw".getBytes(StandardCharsets.UTF_8)), broken)));
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
        read(new ByteArrayInputStream(bytes)));
  }

  @Test
  void utf16WithItsMarkIsRead() throws IOException {
    for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      assertEquals(
          List.of("{\"a\":\"\u00e4\"}", "two"),
          read(new ByteArrayInputStream("\ufeff{\"a\":\"\u00e4\"}\r\ntwo".getBytes(charset))));
    }
    assertEquals(
        List.of("a"), read(new ByteArrayInputStream("a".getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void theNextMemberOfAGzipStreamIsReadAlsoIfItHasNotArrivedYet() throws IOException {
    InputStream slow =
        new SequenceInputStream(
            new ByteArrayInputStream(gzip("one\n")), new ByteArrayInputStream(gzip("two\n"))) {
          @Override
          public int available() {
            return 0;
          }
        };
    assertEquals(List.of("one", "two"), read(slow));
  }
}
