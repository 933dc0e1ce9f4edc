package io.cattleguard.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.events.TakesLong;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replays every recorded file that is present next to the checkout. */
@TakesLong
final class CorporaTest {
  /** One event with two findings, each of which is read as an event. */
  private static final String TWO_FINDINGS = "securityhub/aws-asr/013-";

  private record Recorded(Path file, int events) {}

  private static List<Recorded> recorded() {
    Path folder = Corpora.folder();
    return Corpora.read(folder.resolve("INDEX.tsv"))
        .lines()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .map(
            row ->
                new Recorded(
                    folder.resolve(row[0]),
                    Integer.parseInt(row[3]) + (row[0].startsWith(TWO_FINDINGS) ? 1 : 0)))
        .toList();
  }

  private static JsonNode replay(String file, Policy policy) {
    Replay replay = new Replay(policy, ContractFiles.folder("patterns"));
    Recordings.read(List.of(file), InputStream.nullInputStream(), replay::take);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    replay.printJson(new PrintStream(out, true, StandardCharsets.UTF_8));
    return Shell.parse(out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void promise2TheCountsAddUpOnEveryRecordedFile() {
    Policy policy = Policy.read(Policies.defaultPolicy());
    List<String> wrong = new ArrayList<>();
    for (Recorded recorded : recorded()) {
      String file = recorded.file().toString();
      JsonNode json = replay(file, policy);
      ReplayTest.assertBalance(json);
      if (json.path("received").asInt() != recorded.events()) {
        wrong.add(file + ": " + json.path("received") + ", not " + recorded.events());
      }
      for (String column : List.of("unreadable", "ignored")) {
        for (JsonNode one : json.path(column)) {
          assertEquals(file, one.path("file").asText());
          assertTrue(one.path("line").asInt() > 0);
          assertFalse(one.path("reason").asText().isBlank());
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void allOfThemTogetherBalanceToTheLastEvent() {
    List<Recorded> recorded = recorded();
    List<String> arguments = new ArrayList<>(List.of("replay", "--json"));
    recorded.forEach(one -> arguments.add(one.file().toString()));

    JsonNode json = new Shell().run(arguments.toArray(String[]::new)).json();

    ReplayTest.assertBalance(json);
    assertEquals(recorded.stream().mapToInt(Recorded::events).sum(), json.path("received").asInt());
  }

  @Test
  void explainSaysOneThingOfEachEvent() {
    List<Recorded> recorded = recorded();
    List<String> arguments = new ArrayList<>(List.of("explain", "--json"));
    recorded.forEach(one -> arguments.add(one.file().toString()));

    List<JsonNode> explained = new Shell().run(arguments.toArray(String[]::new)).jsonLines();

    assertEquals(recorded.stream().mapToInt(Recorded::events).sum(), explained.size());
    for (JsonNode one : explained) {
      int said = 0;
      for (String key : List.of("alert", "ignored", "unreadable")) {
        said += one.has(key) ? 1 : 0;
      }
      assertEquals(1, said, one::toString);
    }
  }
}
