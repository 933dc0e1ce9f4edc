package io.cattleguard.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the page of a replay; {@code -Dcattleguard.report=FILE} writes the page of the samples. */
final class ReplayHtmlTest {
  private static final String HOSTILE =
      "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u001b[2J\"'&";

  @TempDir private Path folder;

  private String page(String events, String... more) throws IOException {
    Path file = folder.resolve("page.html");
    String[] words = new String[more.length + 4];
    words[0] = "replay";
    words[1] = "--html";
    words[2] = file.toString();
    words[3] = "-";
    System.arraycopy(more, 0, words, 4, more.length);
    Shell.Result result = new Shell().piping(events).run(words);
    assertEquals(0, result.code(), result.err());
    assertEquals("", result.out(), "the page is the report");
    assertTrue(result.err().contains(file + " written"), result.err());
    return Files.readString(file);
  }

  private static String section(String page, String title) {
    int start = page.indexOf("<h2>" + title);
    assertTrue(start > 0, () -> "no section " + title + " in " + page);
    int end = page.indexOf("<h2>", start + 1);
    return end < 0 ? page.substring(start) : page.substring(start, end);
  }

  private static String row(String... cells) {
    StringBuilder row = new StringBuilder();
    for (String cell : cells) {
      row.append(">").append(cell).append("</td><td");
    }
    return row.substring(0, row.length() - "<td".length());
  }

  /** The rows without the classes of their cells. */
  private static String plain(String section) {
    return section.replace(" class=\"number\"", "");
  }

  private static String morning() {
    StringBuilder events = new StringBuilder();
    for (int i = 0; i < 95; i++) {
      events.append(Intrusion.shellInContainer().time(TestAlerts.AT.plusSeconds(i))).append('\n');
    }
    events.append(Intrusion.reverseShell().time(TestAlerts.AT.plusSeconds(95))).append('\n');
    events
        .append(
            Intrusion.reverseShell()
                .field("k8s.ns.name", "kube-system")
                .time(TestAlerts.AT.plusSeconds(96)))
        .append('\n');
    events.append("garbage\n\"more\"\n");
    events
        .append(
            new FalcoEvent("Falco internal: metrics snapshot", "Informational").source("internal"))
        .append('\n');
    return events.toString();
  }

  @Test
  void noiseIsCountedFromTheEventsToTheInterruptions() throws IOException {
    String page = page(morning());
    String funnel = plain(section(page, "Noise removed"));

    assertTrue(funnel.contains(row("events received", "100", "100.0 %")), funnel);
    assertTrue(funnel.contains(row("alerts", "97", "97.0 %")), funnel);
    assertTrue(funnel.contains(row("problems", "3", "3.0 %")), funnel);
    assertTrue(funnel.contains(row("incidents", "2", "2.0 %")), funnel);
    assertTrue(funnel.contains(row("incidents sent to people", "2", "2.0 %")), funnel);
    assertTrue(page.contains("<dt>of the alerts interrupt no person</dt><dd>97.9 %</dd>"), page);
    String outcomes = plain(section(page, "What became of each event"));
    assertTrue(outcomes.contains(row("opened a problem", "3", "3.0 %")), outcomes);
    assertTrue(outcomes.contains(row("unreadable", "2", "2.0 %")), outcomes);
    assertTrue(outcomes.contains(row("ignored: not alerts", "1", "1.0 %")), outcomes);
  }

  @Test
  void aContainmentHasThePlaybookAndTheTimeSinceTheIncidentsFirstAlert() throws IOException {
    String page = page(morning());

    String playbooks = plain(section(page, "What would have been contained"));
    assertTrue(
        playbooks.contains(
            row(
                "reverse-shell",
                "1",
                "1",
                "observes: no action until it enforces",
                "95 s",
                "95 s")),
        playbooks);
    assertTrue(page.contains("<dt>incidents a playbook would contain</dt><dd>1</dd>"), page);
    assertTrue(page.contains("<dt>of them contained in these modes</dt><dd>0</dd>"), page);
    String contained = section(page, "The incidents that a playbook would contain");
    assertTrue(contained.contains("isolate-pod, then delete-pod"), contained);
    assertTrue(contained.contains("shop/web"), contained);
    assertFalse(contained.contains("kube-system"), contained);
    String refused = plain(section(page, "What was refused, and why"));
    assertTrue(refused.contains(row("namespace kube-system is protected", "1")), refused);
  }

  @Test
  void evidenceIsNoContainment() throws IOException {
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "Terminal shell in container");
    Policies.replace(
        policy.resolve("playbooks/reported.yaml"),
        "- delete-pod: { grace: 1s }",
        "- capture-evidence: {}");

    String page = page(Intrusion.shellInContainer().toString(), "--policy", policy.toString());

    assertTrue(page.contains("<dt>incidents a playbook would contain</dt><dd>0</dd>"), page);
    assertTrue(page.contains("<dt>of them contained in these modes</dt><dd>0</dd>"), page);
    assertFalse(page.contains("capture-evidence"), page);
  }

  @Test
  void aPlaybookThatEnforcesContains() throws IOException {
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.replace(
        policy.resolve("playbooks/reverse-shell.yaml"), "mode: observe", "mode: enforce");

    String page = page(morning(), "--policy", policy.toString());

    assertTrue(page.contains("<dt>of them contained in these modes</dt><dd>1</dd>"), page);
    assertTrue(section(page, "What would have been contained").contains(">acts<"), page);
  }

  @Test
  void whatCouldNotBeReadHasItsPlaceAndReason() throws IOException {
    String unread = section(page(morning()), "What could not be read, and where");

    assertTrue(unread.contains("-:98"), unread);
    assertTrue(unread.contains("-:99"), unread);
  }

  @Test
  void aTacticThatNoAlertNamesIsUnseenAndSaidCarefully() throws IOException {
    String page = page(morning());
    String unseen = section(page, "What no source saw");

    assertTrue(unseen.contains("<td>TA0010</td><td>Exfiltration</td>"), unseen);
    assertFalse(unseen.contains("TA0002"), unseen);
    assertTrue(unseen.contains("not the absence of attacks"), unseen);
    String seen = plain(section(page, "Tactics that alerts name"));
    assertTrue(seen.contains(row("TA0002", "Execution", "97", "falco")), seen);
  }

  @Test
  void findingsForDevelopersHaveTheirOwnerAndControl() throws IOException {
    Path policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Files.writeString(
        policy.resolve("owners.yaml"),
        """
        owners:
          - name: platform
            when: { alert: { class: [configuration] } }
            url-from: PLATFORM_WEBHOOK
        """);
    String page =
        page(
            ContractFiles.text("samples", "security-hub/findings.jsonl"),
            "--policy",
            policy.toString());
    String developers = section(page, "What only developers need to see");

    assertTrue(developers.contains("<td>platform</td>"), developers);
    assertTrue(developers.contains("<td>configuration</td>"), developers);
  }

  @Test
  void hostileTextIsText() throws IOException {
    String events =
        Intrusion.reverseShell()
                .field("k8s.pod.name", HOSTILE)
                .field("k8s.ns.name", HOSTILE)
                .field("proc.cmdline", HOSTILE)
            + "\n"
            + new FalcoEvent(HOSTILE, "Critical", "mitre_execution", HOSTILE)
            + "\n{\"rule\":\""
            + "<script>alert(2)</script>"
            + "\",\"priority\":[\"<script>\"]}\n<script>alert(3)</script>\n";
    String page = page(events);

    assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), page);
    for (String active : List.of("<script", "<img", "src=", "href=", "url(", "@import")) {
      assertFalse(page.replace("img src=x", "").contains(active), active + " in " + page);
    }
    assertTrue(page.contains("default-src 'none'"), page);
    assertTrue(page.chars().noneMatch(c -> c == 0x1b || c == 0x202e), page);
  }

  @Test
  void anEmptyRecordingIsAPageThatSaysSo() throws IOException {
    String page = page("");

    assertTrue(page.contains("The recording has no events."), page);
    assertTrue(page.contains("<dt>of the alerts interrupt no person</dt><dd>–</dd>"), page);
    assertTrue(page.contains("No playbook would contain an incident"), page);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, –",
    "0, 10, 0.0 %",
    "1, 100000, < 0.1 %",
    "99999, 100000, > 99.9 %",
    "10, 10, 100.0 %",
    "1, 3, 33.3 %"
  })
  void aShareIsNeverRoundedToNothingOrEverything(long part, long whole, String share) {
    assertEquals(share, ReplayDocument.share(part, whole));
  }

  @Test
  void aPageThatCannotBeWrittenIsAnErrorWithItsName() {
    Shell.Result result =
        new Shell().piping("").run("replay", "--html", folder + "/none/page.html", "-");

    assertEquals(2, result.code());
    assertTrue(result.err().contains("page.html: cannot be written"), result.err());
  }

  @Test
  void aComparisonHasNoPage() {
    Shell.Result result =
        new Shell().piping("").run("replay", "--html", "x", "--against", folder.toString(), "-");

    assertEquals(2, result.code());
    assertTrue(result.err().contains("--html and --against"), result.err());
  }

  @Test
  void thePageOfTheSamplesIsWritten() throws IOException {
    StringBuilder events = new StringBuilder(morning());
    for (String sample :
        List.of("falco/alerts.jsonl", "guardduty/exported.jsonl", "security-hub/findings.jsonl")) {
      events.append(ContractFiles.text("samples", sample)).append('\n');
    }
    String page = page(events.toString());

    assertTrue(section(page, "Sources that were read").contains("guardduty"), page);
    String picture = System.getProperty("cattleguard.report", "");
    if (!picture.isEmpty()) {
      Files.writeString(Path.of(picture), page);
    }
  }
}
