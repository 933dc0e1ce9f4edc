package io.cattleguard.app.report;

import static io.cattleguard.record.TestIncidents.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class ReportTest {
  private static final String HOSTILE =
      "<script>alert(1)</script> | [x](javascript:alert(1)) ![y](http://evil.example/p) @all"
          + " www.evil.example `z` \u202e\u001b[2J & \"quoted\" 'single'\nnext";
  private final InMemoryIncidents incidents = new InMemoryIncidents();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private String report(String... arguments) {
    out.reset();
    ObjectNode stale = JsonNodeFactory.instance.objectNode().put("id", "1f2e3d4c");
    stale.put("active", true).put("hid", 0).put("until", "2026-03-09T00:00:00Z");
    stale.put("by", "on-call").put("reason", HOSTILE);
    ObjectNode used = stale.deepCopy().put("id", "used").put("hid", 7);
    ObjectNode over = stale.deepCopy().put("id", "over").put("active", false);
    ReportCommand command =
        new ReportCommand(
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Optional.empty(),
                Optional.empty(),
                false),
            options -> incidents,
            options -> List.of(stale, used, over),
            () -> AT.plus(Duration.ofDays(1)));
    assertEquals(0, new CommandLine(command).execute(arguments));
    return out.toString(StandardCharsets.UTF_8);
  }

  private void week() {
    Recorder recorder = new Recorder(incidents);
    recorder.record(TestIncidents.command("stop", null, AT.plusSeconds(9)), "cattleguard.operator");
    for (int i = 1; i <= 100; i++) {
      ScoredAlert scored = TestIncidents.opened("contained-" + i);
      recorder.record(
          TestIncidents.detail(
              TestIncidents.decided(
                  scored, "isolate-pod", ResponseOutcome.TAKEN, i, AT.plusSeconds(14_400))),
          "cattleguard.respond");
      if (i <= 5) {
        recorder.record(
            TestIncidents.command("undo", "contained-" + i, AT.plusSeconds(200)),
            "cattleguard.operator");
      }
    }
    for (int i = 1; i <= 3; i++) {
      ScoredAlert noisy =
          TestIncidents.scored(
              "refused-" + i,
              TestAlerts.alert("n" + i, HOSTILE, Severity.HIGH).build(),
              "p" + i,
              Acceptance.REPEATED,
              1_000L * i);
      recorder.record(TestIncidents.detail(noisy), "cattleguard.score");
      recorder.record(
          TestIncidents.detail(
              TestIncidents.scored(
                  "refused-" + i,
                  TestAlerts.alert("first" + i, HOSTILE, Severity.HIGH).build(),
                  "p" + i,
                  Acceptance.OPENED,
                  1)),
          "cattleguard.score");
      recorder.record(
          TestIncidents.detail(
              new ResponseDecided(
                  noisy,
                  "p",
                  "delete-pod",
                  "pod shop/web-1 (uid 1)",
                  ResponseOutcome.REFUSED,
                  List.of("last-ready-replica: the only one", "budget: " + HOSTILE),
                  "no action taken",
                  AT.plusSeconds(3),
                  null)),
          "cattleguard.respond");
    }
  }

  @Test
  void theFiguresAreThoseOfTheIncidents() throws Exception {
    week();

    JsonNode json = JsonMapper.builder().build().readTree(report("--json"));

    assertEquals(103, json.path("incidents").asInt());
    assertEquals(100 + 1_000 + 2_000 + 3_000, json.path("alerts").asInt());
    assertEquals(100, json.path("contained").asInt());
    assertEquals(5, json.path("undone").asInt());
    assertEquals(50.0, json.path("medianTimeToContainSeconds").asDouble());
    assertEquals(99.0, json.path("p99TimeToContainSeconds").asDouble());
    assertEquals(3, json.path("states").path("refused").asInt());
    assertEquals("budget", json.path("notTaken").path(0).path("reason").asText());
    assertEquals("last-ready-replica", json.path("notTaken").path(1).path("reason").asText());
    assertEquals(3, json.path("notTaken").path(1).path("incidents").asInt());
    assertEquals(6_000, json.path("rules").path(0).path("alerts").asInt());
    assertEquals(0, json.path("rules").path(0).path("contained").asInt());
    assertEquals(100, json.path("rules").path(1).path("contained").asInt());
    assertEquals(100, json.path("holding").size());
  }

  @Test
  void aPeriodIsWhatWasAskedFor() throws Exception {
    week();

    String day = report("--since", "2026-03-03", "--json");

    assertEquals(0, JsonMapper.builder().build().readTree(day).path("incidents").asInt());
    assertTrue(report("--since", "1h").contains("No incident."));
  }

  @Test
  void peopleReadTheSameAsMachines() {
    week();
    String text = report();

    assertTrue(text.contains("  median time to contain    50 s"), text);
    assertTrue(text.contains("  undone by people          5.0 %"), text);
    assertTrue(text.contains("  last-ready-replica        incidents 3, example"), text);
    assertTrue(text.contains("1f2e3d4c"), text);
    assertTrue(text.contains("the latest 20 of 100"), text);
    assertTrue(text.contains("command stop, by unix:on-call, about reason: a test"), text);
    assertFalse(text.contains("over"), text);
    assertTrue(text.chars().noneMatch(c -> c == 0x1b || c == 0x202e), text);
  }

  @Test
  void hostileTextIsTextInHtml() throws Exception {
    week();
    String html = report("--html");

    assertFalse(html.contains("<script"), html);
    assertFalse(html.contains("<img"), html);
    assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), html);
    assertTrue(html.contains("default-src 'none'"), html);
    assertTrue(html.chars().noneMatch(c -> c == 0x1b || c == 0x202e), html);
    assertFalse(html.contains("src="), html);
    assertFalse(html.contains("href="), html);
    String picture = System.getProperty("cattleguard.report", "");
    if (!picture.isEmpty()) {
      Files.writeString(Path.of(picture), html);
    }
  }

  @Test
  void hostileTextIsTextInMarkdown() {
    week();
    String markdown = report("--markdown");

    String outside = markdown.replaceAll("`[^`\n]*`", "CODE");
    assertTrue(markdown.contains("@all"), "the text is there, as code");
    for (String active : List.of("<", "](", "http:", "@", "&", "www.", "evil", "\\")) {
      assertFalse(outside.contains(active), active + " in " + outside);
    }
    assertFalse(outside.contains("`"), outside);
    long columns = 0;
    for (String line : markdown.lines().toList()) {
      long bars = line.chars().filter(c -> c == '|').count();
      columns = line.startsWith("|---") ? bars : line.startsWith("|") ? columns : 0;
      if (columns > 0) {
        assertEquals(columns, bars, "a cell of an event ends where it should: " + line);
      }
    }
  }
}
