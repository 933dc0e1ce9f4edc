package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.TestIncidents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the board in a headless Chromium, if one is installed. Screenshots are in {@code
 * target/board}. {@link Axe} checks accessibility.
 */
final class BoardInBrowserTest {
  private static final Map<String, String> PAGES =
      Map.ofEntries(
          Map.entry("overview", "/"),
          Map.entry("incidents", "/incidents?since=7d"),
          Map.entry("incident", "/incident?id=held"),
          Map.entry("question", "/incident?id=asks"),
          Map.entry("containments", "/containments"),
          Map.entry("silences", "/silences"),
          Map.entry("playbooks", "/playbooks"),
          Map.entry("sensors", "/sensors"),
          Map.entry("several", "/incident?id=abcdef"),
          Map.entry("guards", "/incident?id=asked"),
          Map.entry("no-incident", "/incident?id=nothing"),
          Map.entry("no-page", "/nowhere"),
          Map.entry("deviation", "/incident?id=deviates"),
          Map.entry(
              "accept",
              BoardAcceptTest.address(
                  "/accept", "deviates", BoardAcceptTest.WEB.toString(), BoardAcceptTest.PROGRAM)),
          Map.entry("confirm", "/do?verb=undo&id=blue%2Fisolate-pod%2F0b3f&incident=held"));

  private static final String HOSTILE =
      "program:/tmp/<script>" + "a".repeat(110) + "<-/usr/sbin/nginx";

  @TempDir private Path folder;
  private TestBoard board;
  private Chromium browser;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    Optional<Path> program = Chromium.program();
    Assumptions.assumeTrue(
        program.isPresent(), "no Chromium: set CATTLEGUARD_TEST_CHROMIUM to its path");
    Path data = Files.createDirectory(folder.resolve("data"));
    Path unused = BoardAcceptTest.writeModel(data);
    board =
        new TestBoard(
            data,
            before -> {
              BoardAcceptTest.record(
                  before, "deviates", BoardAcceptTest.WEB.toString(), BoardAcceptTest.PROGRAM);
              BoardAcceptTest.record(before, "hostile", BoardAcceptTest.WEB.toString(), HOSTILE);
              recordGuards(before);
              before.lastNight();
              before.lastWeek();
              before.spend();
              for (int one = 1; one <= 2; one++) {
                before.record(
                    TestBoard.alert(
                        "abcdef0" + one + "0".repeat(24),
                        "Terminal shell in container",
                        Severity.HIGH,
                        TestBoard.pod("shop", "web-" + one)));
              }
            });
    board.enter();
    browser = new Chromium(program.get(), Files.createDirectory(folder.resolve("profile")));
    browser.cookie(board.cookie(), board.uri("/").toString());
  }

  /** The maximum number of guards of an action; some objected, and some could not be evaluated. */
  private static void recordGuards(TestBoard board) {
    ScoredAlert alert =
        TestBoard.alert("asked", "Scan", Severity.HIGH, TestBoard.pod("shop", "web-1"));
    board.record(alert);
    board.recordObserved(
        alert,
        List.of("it is the only ready pod of Deployment/web", "cannot read the node: HTTP 503"),
        new GuardAnswers(
            IntStream.rangeClosed(1, 18).mapToObj(one -> "a guard with a name " + one).toList(),
            List.of(
                new GuardAnswers.Answer(
                    "last ready replica", "it is the only ready pod of Deployment/web")),
            List.of(new GuardAnswers.Answer("node", "cannot read the node: HTTP 503"))));
  }

  @AfterEach
  void stop() {
    if (browser != null) {
      browser.close();
    }
    if (board != null) {
      board.close();
    }
  }

  @Test
  void everyPageFitsBothSizesInBothSchemesWithoutAComplaintOfTheBrowser() throws IOException {
    assertEquals(List.of(), BoardPictures.take(browser, board, PAGES));
    // The browser's console reports the status of pages that do not exist.
    assertEquals(
        List.of(),
        browser.complaints.stream()
            .filter(one -> !one.contains("/nowhere\"") && !one.contains("id=nothing\""))
            .toList());
  }

  /** What a person sees in the first hour. */
  @Test
  void everyPageFitsBeforeTheFirstAlertToo() throws IOException {
    try (TestBoard empty =
        new TestBoard(Files.createDirectory(folder.resolve("empty")), before -> {})) {
      empty.enter();
      browser.cookie(empty.cookie(), empty.uri("/").toString());
      assertEquals(
          List.of(),
          BoardPictures.take(
              browser,
              empty,
              Map.of(
                  "empty-overview",
                  "/",
                  "empty-incidents",
                  "/incidents",
                  "empty-containments",
                  "/containments",
                  "empty-silences",
                  "/silences")));
      assertEquals(List.of(), browser.complaints);
    }
  }

  @Test
  void everyPageFitsAndStaysAPageWithTextOfAnAttacker() throws IOException {
    board.hostile();
    board.sensors = () -> TestBoard.nodes("<img src=x onerror=alert(1)>" + "a".repeat(300), "b");
    board.later();
    Path pictures = Files.createDirectories(Path.of("target", "board"));
    List<String> wrong = new ArrayList<>();
    for (int width : List.of(390, 1_440)) {
      browser.show(width, width == 390 ? 844 : 900, "dark");
      for (String page :
          List.of(
              "/",
              "/incidents",
              "/incident?id=hostile",
              "/containments",
              "/silences",
              "/playbooks",
              BoardAcceptTest.address(
                  "/accept", "hostile", BoardAcceptTest.WEB.toString(), HOSTILE),
              "/sensors")) {
        browser.open(board.uri(page));
        if (browser.evaluate("document.documentElement.scrollWidth").asInt() > width) {
          wrong.add(page + " is wider than " + width);
        }
        if (browser
            .evaluate("document.querySelector('main img, main script') !== null")
            .asBoolean()) {
          wrong.add(page + " has an element of an attacker");
        }
        if (!browser.evaluate("document.querySelector('main h1') !== null").asBoolean()
            || browser.evaluate("document.title.startsWith('Not found')").asBoolean()) {
          wrong.add(page + " is no page");
        }
        String name = page.replaceAll("[?].*|[^a-z]", "");
        Files.write(pictures.resolve("hostile-" + name + "-" + width + ".png"), browser.picture());
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(List.of(), browser.complaints);
  }

  @Test
  void noPageHasABarrier() throws IOException, InterruptedException {
    String axe = Axe.script();
    List<String> barriers = new ArrayList<>();
    for (int width : List.of(390, 1_440)) {
      for (String scheme : List.of("light", "dark")) {
        browser.show(width, width == 390 ? 844 : 900, scheme);
        for (Map.Entry<String, String> page : PAGES.entrySet()) {
          browser.open(board.uri(page.getValue()));
          JsonNode unused = browser.evaluate(axe + "; true");
          browser
              .evaluate(
                  "axe.run({resultTypes: ['violations']}).then(r => r.violations.map(v => v.impact"
                      + " + ' ' + v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200)).join(' |"
                      + " ')))")
              .forEach(
                  one ->
                      barriers.add(
                          page.getKey() + "-" + width + "-" + scheme + ": " + one.asText()));
        }
      }
    }
    assertEquals(List.of(), barriers);
  }

  @Test
  void thePageShowsWhatIsNewAndSaysWhenItIsOld() {
    browser.open(board.uri("/incidents"));
    recordNew();
    assertEquals(List.of(), browser.complaints);

    board.server.close();
    browser.await("getComputedStyle(document.querySelector('.lost')).display === 'block'");
  }

  /** Records an incident and waits until the page shows it. */
  private void recordNew() {
    board.record(
        TestIncidents.scored(
            "new",
            TestAlerts.alert("alert-new", "A new rule", Severity.CRITICAL)
                .at(TestBoard.NOW)
                .build(),
            TestBoard.FINGERPRINT,
            Acceptance.OPENED,
            1));
    board.later();
    browser.await("document.body.innerText.includes('A new rule')");
  }

  /** Otherwise, a person who uses the keyboard begins at the top of the page every few seconds. */
  @Test
  void theFocusStaysOnItsLinkWhenThePageUpdates() {
    browser.open(board.uri("/incidents"));
    assertTrue(
        browser
            .evaluate(
                "const link = document.querySelector('.row a[href*=\"id=held\"]');"
                    + " link.focus(); document.activeElement === link")
            .asBoolean());
    recordNew();

    assertEquals(
        "/incident?id=held",
        browser.evaluate("document.activeElement.getAttribute('href')").asText());
    assertEquals(List.of(), browser.complaints);
  }

  @Test
  void aPersonUndoesAContainmentWithTheKeyboard() {
    browser.open(board.uri("/incident?id=held"));
    JsonNode unused =
        browser.evaluate("document.querySelector('a[href*=\"verb=undo\"]').click(); true");
    browser.await("document.title.startsWith('Undo') && document.readyState === 'complete'");
    JsonNode typed =
        browser.evaluate(
            "document.getElementById('reason').focus();"
                + " document.activeElement === document.getElementById('reason')");
    assertTrue(typed.asBoolean());
    JsonNode text = browser.ask("Input.insertText", Chromium.object().put("text", "our own test"));
    assertTrue(text.has("result"));
    for (String type : List.of("keyDown", "keyUp")) {
      JsonNode key =
          browser.ask(
              "Input.dispatchKeyEvent",
              Chromium.object()
                  .put("type", type)
                  .put("key", "Enter")
                  .put("code", "Enter")
                  .put("text", "\r")
                  .put("windowsVirtualKeyCode", 13));
      assertTrue(key.has("result"));
    }
    browser.await(
        "location.pathname === '/incident' && document.body.innerText.includes('undoes it')");
    assertEquals("our own test", board.ledger.live().getFirst().undo().orElseThrow().reason());
    assertEquals(List.of(), browser.complaints);
  }
}
