package io.cattleguard.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replay with models says what deviates from them, also in events that are no alerts. */
final class ReplayDeviationsTest {
  private static final String SEEN =
      ", count: 9, first: 2026-03-02, last: 2026-03-09, pods: 3, starts: 3 }\n";

  @TempDir private Path folder;

  @BeforeEach
  void copyThePolicy() throws IOException {
    Policies.copyDefault(folder);
  }

  private void model(String mode) throws IOException {
    Path models = Files.createDirectories(folder.resolve("models"));
    Files.writeString(
        models.resolve("web.yaml"),
        """
        workload: { cluster: prod, namespace: shop, kind: Deployment, name: web, container: nginx }
        mode: %s
        observed: { from: 2026-03-02T09:00:00Z, to: 2026-03-09T09:00:00Z, changed: 2026-03-02T09:00:12Z }
        starts: [a, b, c]
        covers: [programs]
        programs:
          - { path: /usr/sbin/nginx\
        """
                .formatted(mode)
            + SEEN);
  }

  private static String exec(String program) {
    return """
    {"process_exec":{"process":{"binary":"%s","pod":{"namespace":"shop","name":"web-7d4b9c6f5-x2k9p",\
    "workload":"web","workload_kind":"Deployment","container":{"id":"containerd://0123456789abcdef",\
    "name":"nginx","start_time":"2026-03-10T08:00:00Z"}}},"parent":{"binary":"/usr/sbin/nginx"}},\
    "node_name":"n1","time":"2026-03-10T09:00:00Z"}
    """
        .formatted(program);
  }

  private Shell.Result replay(String events, String... more) {
    List<String> words = new ArrayList<>(List.of("replay", "--policy", folder.toString()));
    words.addAll(List.of(more));
    words.add("-");
    Shell.Result result = new Shell().piping(events).run(words.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    return result;
  }

  private static String flat(Shell.Result result) {
    return result.out().replaceAll("\\s+", " ");
  }

  @Test
  void aBareEventThatDeviatesIsInTheReport() throws IOException {
    model("observing");
    String events = exec("/usr/sbin/nginx") + exec("/usr/bin/cal") + exec("/bin/sh").repeat(3);
    String report = flat(replay(events, "--cluster", "prod"));
    assertTrue(report.contains("2 deviations from the models"), report);
    String where = " in prod/shop/Deployment/web/nginx: runs ";
    int shell = report.indexOf("3 medium, Shell not in model" + where + "/bin/sh, started by");
    int other = report.indexOf("1 low, Program not in model" + where + "/usr/bin/cal, started by");
    assertTrue(shell > 0 && other > shell, report);
    assertTrue(report.contains("the model does not have it"), report);
    assertTrue(report.contains("5 ignored"), "the counts stay those of the events: " + report);
  }

  @Test
  void thePageAndTheJsonHaveTheDeviations() throws IOException {
    model("observing");
    Path page = folder.resolve("page.html");
    replay(exec("/bin/sh"), "--cluster", "prod", "--html", page.toString());
    String html = Files.readString(page);
    int section = html.indexOf("<h2>Deviations from the models of workloads");
    assertTrue(section > 0, html);
    String table = html.substring(section, html.indexOf("<h2>", section + 1));
    assertTrue(table.contains("Shell not in model"), table);
    assertTrue(table.contains("prod/shop/Deployment/web/nginx"), table);
    JsonNode json = replay(exec("/bin/sh"), "--cluster", "prod", "--json").json();
    assertEquals("program:/bin/sh<-/usr/sbin/nginx", json.at("/deviations/0/entry").asText());
    assertEquals(0, json.path("deviationsNotListed").asInt(-1));
    assertEquals(1, json.path("observationsCompared").asInt());
    assertFalse(json.has("deviationsWhy"), json.toString());
  }

  @Test
  void manyDifferentDeviationsAreCountedAndNotAllShown() throws IOException {
    model("observing");
    StringBuilder events = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      events.append(exec("/opt/tool" + (char) ('a' + i % 26) + (char) ('a' + i / 26)));
    }
    String report = flat(replay(events.toString(), "--cluster", "prod"));
    assertTrue(report.contains("60 deviations from the models"), report);
    assertTrue(report.contains("35 more; model test prints"), report);
    Path page = folder.resolve("page.html");
    replay(events.toString(), "--cluster", "prod", "--html", page.toString());
    assertTrue(Files.readString(page).contains("10 further deviations are not shown"));
  }

  @Test
  void theModelsOwnModeDecidesAsInADeployment() throws IOException {
    model("learning");
    String report = flat(replay(exec("/usr/bin/cal"), "--cluster", "prod"));
    assertTrue(report.contains("No deviation from the models of workloads."), report);
  }

  @Test
  void aRecordingOfOtherWorkloadsIsNamedAsSuch() throws IOException {
    model("observing");
    String report = flat(replay(exec("/bin/sh")));
    assertTrue(report.contains("no event is of a workload that has a model"), report);
    assertTrue(report.contains("--cluster"), report);
    JsonNode json = replay(exec("/bin/sh"), "--json").json();
    assertEquals(0, json.path("observationsCompared").asInt(-1), json.toString());
    assertEquals("[]", json.path("deviations").toString());
    String why = json.path("deviationsWhy").asText();
    assertTrue(why.contains("no event is of a workload that has a model"), why);
  }

  @Test
  void aPolicyWithoutModelsHasNothingToSay() {
    assertFalse(flat(replay(exec("/bin/sh"))).contains("eviation"));
    assertFalse(replay(exec("/bin/sh"), "--json").json().has("deviations"));
  }

  @Test
  void hostileTextDoesNotReachTheTerminalOrThePage() throws IOException {
    model("observing");
    String hostile = exec("/bin/<script>\\u001b[2J");
    String report = replay(hostile, "--cluster", "prod").out();
    assertTrue(report.contains("/bin/<script>"), report);
    assertFalse(report.contains("\u001b[2J"), report);
    Path page = folder.resolve("page.html");
    replay(hostile, "--cluster", "prod", "--html", page.toString());
    assertFalse(Files.readString(page).contains("/bin/<script>"));
  }
}
