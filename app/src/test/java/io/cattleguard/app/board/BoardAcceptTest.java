package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.record.TestIncidents;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelText;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A deviation is accepted with a patch that a person reviews; the board changes nothing. */
final class BoardAcceptTest {
  static final Workload WEB = new Workload("blue", "shop", "Deployment", "web", "nginx");
  static final String PROGRAM = "program:/usr/bin/convert<-/usr/sbin/nginx";
  private static final String SHELL = "program:/bin/sh<-/usr/sbin/nginx";

  @TempDir private Path folder;
  private Path file;
  private TestBoard board;

  @BeforeEach
  void start() throws IOException {
    file = writeModel(folder);
    board =
        new TestBoard(
            folder,
            to -> {
              record(to, "deviates", WEB.toString(), PROGRAM);
              record(to, "deviates", WEB.toString(), SHELL);
              record(to, "elsewhere", "blue/shop/Deployment/db/pg", PROGRAM);
              record(to, "hostile", WEB.toString(), "program:/tmp/a'; reboot; '");
            });
    board.enter();
  }

  @AfterEach
  void stop() {
    board.close();
    assertEquals(List.of(), board.log, "no page failed");
  }

  /** A model of a workload in the policy of a board. */
  static Path writeModel(Path folder) throws IOException {
    Path models = Files.createDirectories(folder.resolve("policy/models"));
    return Files.writeString(
        models.resolve(ModelText.fileName(WEB)),
        ModelText.of(
            new Model(
                WEB,
                Mode.OBSERVING,
                "",
                TestAlerts.AT,
                TestAlerts.AT,
                TestAlerts.AT,
                List.of("web-0"),
                List.of("0a"),
                new TreeMap<>(),
                EnumSet.allOf(Entry.Kind.class),
                Map.of())));
  }

  static void record(TestBoard to, String incident, String model, String entry) {
    ObjectNode json =
        AlertJson.write(
            TestAlerts.alert("a-" + incident, "Program not in model", Severity.LOW).build());
    ObjectNode raw = JsonNodeFactory.instance.objectNode();
    raw.putObject(AcceptableEntry.KEY).put("model", model).put("entry", entry);
    Alert alert = AlertJson.readAlert(json.put("source", "cattleguard").put("raw", raw.toString()));
    to.record(TestIncidents.scored(incident, alert, TestBoard.FINGERPRINT, Acceptance.OPENED, 1));
  }

  static String address(String page, String incident, String model, String entry) {
    return page
        + "?id="
        + incident
        + "&entry="
        + URLEncoder.encode(model + " " + entry, StandardCharsets.UTF_8);
  }

  private Model model() {
    return Objects.requireNonNull(ModelFiles.read(folder.resolve("policy/models")).get(WEB))
        .model();
  }

  @Test
  void theIncidentLeadsToThePatchAndThePatchAppliesWithGit() throws Exception {
    String incident = board.get("/incident?id=deviates").body();
    String accept = address("/accept", "deviates", WEB.toString(), PROGRAM);
    assertTrue(incident.contains(accept.replace("&", "&amp;")), incident);
    String before = Files.readString(file);

    String page = board.get(accept).body();

    assertTrue(page.contains("Runs /usr/bin/convert, started by /usr/sbin/nginx"), page);
    assertTrue(
        page.contains("+  - { path: /usr/bin/convert, parent: /usr/sbin/nginx, count: 0"), page);
    assertTrue(page.contains("git apply --directory=policy accept.patch"), page);
    assertTrue(
        page.contains(
            "./cattleguard model accept 'blue/shop/Deployment/web/nginx'"
                + " 'program:/usr/bin/convert&lt;-/usr/sbin/nginx'"),
        page);
    assertFalse(page.contains("This is what intruders do too"), page);
    assertEquals(before, Files.readString(file), "the board changes nothing");

    HttpResponse<String> patch = board.get(accept.replace("/accept?", "/accept.patch?"));
    assertEquals(
        "attachment; filename=\"accept.patch\"",
        patch.headers().firstValue("Content-Disposition").orElseThrow());
    Files.writeString(folder.resolve("accept.patch"), patch.body());
    Process git =
        new ProcessBuilder("git", "apply", "--directory=policy", "accept.patch")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(git.waitFor(30, TimeUnit.SECONDS), "git ends");
    assertEquals(0, git.exitValue(), said);
    Entry entry = EntryText.parse(PROGRAM).orElseThrow();
    assertTrue(Objects.requireNonNull(model().entries().get(entry)).accepted());
    assertTrue(board.get(accept).body().contains("has this entry, accepted"), "and now nothing");
    assertEquals(404, board.get(accept.replace("/accept?", "/accept.patch?")).statusCode());
  }

  @Test
  void whatIntrudersDoTooIsSaidBeforeThePatch() {
    String page = board.get(address("/accept", "deviates", WEB.toString(), SHELL)).body();

    assertTrue(page.contains("This is what intruders do too"), page);
  }

  @Test
  void aWorkloadWithoutAModelHasNoPatch() {
    String accept = address("/accept", "elsewhere", "blue/shop/Deployment/db/pg", PROGRAM);

    assertTrue(board.get(accept).body().contains("has no model of this workload"));
    assertEquals(404, board.get(accept.replace("/accept?", "/accept.patch?")).statusCode());
  }

  @Test
  void aModelThatCannotBeReadSaysWhere() throws IOException {
    Files.writeString(file, "mode: [\n");

    String page = board.get(address("/accept", "deviates", WEB.toString(), PROGRAM)).body();

    assertTrue(page.contains("A model file has an error: "), page);
  }

  @ParameterizedTest
  @CsvSource({
    "deviates, blue/shop/Deployment/web/nginx, listener:tcp/4444",
    "elsewhere, blue/shop/Deployment/web/nginx, program:/usr/bin/convert<-/usr/sbin/nginx",
    "unknown, blue/shop/Deployment/web/nginx, program:/usr/bin/convert<-/usr/sbin/nginx",
    "hostile, blue/shop/Deployment/web/nginx, program:/tmp/a'; reboot; '",
  })
  void whatNoAlertOfTheIncidentNamedIsNotOffered(String incident, String model, String entry) {
    assertEquals(404, board.get(address("/accept", incident, model, entry)).statusCode());
    assertEquals(404, board.get(address("/accept.patch", incident, model, entry)).statusCode());
  }

  @Test
  void anEntryThatCouldBeACommandHasNoButton() {
    String incident = board.get("/incident?id=hostile").body();

    assertTrue(incident.contains("Program not in model"), incident);
    assertFalse(incident.contains("/accept?"), incident);
  }
}
