package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.TestIncidents;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.ledger.Ledger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the board's answers to a browser, and its protection against other pages and users. */
final class BoardServerTest {
  private static final List<String> PAGES =
      List.of(
          "/",
          "/?since=30d",
          "/incidents",
          "/incident?id=held",
          "/incident?id=asks",
          "/incident?id=alone",
          "/containments",
          "/silences",
          "/playbooks",
          "/sensors",
          "/do?verb=stop",
          "/do?verb=undo&id=blue%2Fisolate-pod%2F0b3f&incident=held");

  /** An address that a person opens, and that no page may load by itself. */
  private static final String RUNBOOK = "https://runbooks.example.com/reverse-shell?a=1&amp;b=2";

  @TempDir private Path folder;
  private TestBoard board;

  @BeforeEach
  void start() throws IOException {
    board = new TestBoard(folder, TestBoard::lastNight);
  }

  @AfterEach
  void stop() {
    board.close();
    assertEquals(List.of(), board.log, "no page failed");
  }

  @Test
  void aBrowserThatHasNotEnteredSeesNothing() {
    for (String page : PAGES) {
      HttpResponse<String> reply = board.send(HttpRequest.newBuilder(board.uri(page)).build());
      assertEquals(401, reply.statusCode(), page);
      assertFalse(reply.body().contains("web-1"), page);
      assertFalse(reply.body().contains("/data"), page);
    }
    HttpResponse<String> other =
        board.send(
            HttpRequest.newBuilder(board.uri("/"))
                .header("Cookie", cookieName() + "=guess")
                .build());
    assertEquals(401, other.statusCode());
  }

  private String cookieName() {
    return board.enter(board.server.address(TestBoard.ANN, "")).split("=", -1)[0];
  }

  @Test
  void theTokenWorksOnce() {
    URI address = URI.create(board.server.address(TestBoard.ANN, ""));
    HttpResponse<String> wrong =
        board.send(HttpRequest.newBuilder(board.uri("/enter?token=")).build());
    assertEquals(401, wrong.statusCode());
    HttpResponse<String> looked =
        board.send(
            HttpRequest.newBuilder(address)
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build());
    assertEquals(405, looked.statusCode());
    HttpResponse<String> first = board.send(HttpRequest.newBuilder(address).build());
    assertEquals(303, first.statusCode());
    assertEquals("/", first.headers().firstValue("Location").orElseThrow());
    String cookie = first.headers().firstValue("Set-Cookie").orElseThrow();
    assertTrue(cookie.contains("; HttpOnly"), cookie);
    assertTrue(cookie.contains("; SameSite=Strict"), cookie);
    assertEquals(401, board.send(HttpRequest.newBuilder(address).build()).statusCode());
    assertEquals(
        401,
        board.send(HttpRequest.newBuilder(board.uri("/enter?token=")).build()).statusCode(),
        "no token is left, not even an empty one");
  }

  @Test
  void theAddressOfAnIncidentLeadsToItsPageAndNowhereElse() {
    String hostile = "x\r\nSet-Cookie: a=b&to=//evil.example/?";
    HttpResponse<String> first =
        board.send(
            HttpRequest.newBuilder(URI.create(board.server.address(TestBoard.ANN, hostile)))
                .build());

    assertEquals(303, first.statusCode());
    assertEquals(
        "/incident?id=" + URLEncoder.encode(hostile, StandardCharsets.UTF_8),
        first.headers().firstValue("Location").orElseThrow());
    assertTrue(first.headers().firstValue("Set-Cookie").orElseThrow().startsWith("cattleguard-"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80",
        "127.0.0.1:1@evil.example",
        "10.0.0.1",
        ""
      })
  void anotherHostIsRejectedBeforeAnythingElse(String host) throws IOException {
    board.enter();
    for (String path : List.of("/", "/enter?token=x", "/assets/board.css")) {
      assertEquals("403", status("GET " + path, host), path);
    }
  }

  @Test
  void aTunnelWithAnotherPortIsNoOtherHost() throws IOException {
    board.enter();
    assertEquals("200", status("GET /", "localhost:8443"));
  }

  /** HttpClient does not let a test choose the host. */
  private String status(String line, String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), board.server.port())) {
      String request =
          line
              + " HTTP/1.1\r\nHost: "
              + host
              + "\r\nCookie: "
              + board.cookie()
              + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return reply.split(" ", 3)[1];
    }
  }

  @Test
  void everyReplyForbidsFramesScriptsOfOthersAndCopies() {
    board.enter();
    for (String page : PAGES) {
      HttpResponse<String> reply = board.get(page);
      assertEquals(200, reply.statusCode(), page);
      String policy = reply.headers().firstValue("Content-Security-Policy").orElseThrow();
      assertTrue(
          policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"), policy);
      assertTrue(policy.contains("frame-ancestors 'none'"), policy);
      assertFalse(policy.contains("unsafe"), policy);
      assertEquals("DENY", reply.headers().firstValue("X-Frame-Options").orElseThrow());
      assertEquals("nosniff", reply.headers().firstValue("X-Content-Type-Options").orElseThrow());
      assertEquals("no-store", reply.headers().firstValue("Cache-Control").orElseThrow());
    }
  }

  @Test
  void noPageHasAScriptOrAStyleOfItsOwn() {
    board.enter();
    for (String page : PAGES) {
      String body = board.get(page).body();
      assertFalse(body.contains("<style"), page);
      assertFalse(body.contains(" style="), page);
      assertFalse(body.matches("(?s).*\\son[a-z]+=.*"), page);
      assertEquals(2, body.split("<script ", -1).length - 1, page);
      assertFalse(body.contains("<script>"), page);
      String own = body.replace("href=\"https://runbooks.example.com/", "").replace(RUNBOOK, "");
      assertFalse(own.contains("//"), page + " names another origin");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/assets/board.css", "/assets/board.js", "/assets/icon.svg", "/assets/htmx.js"})
  void theFilesOfThePagesAreServedFromHere(String path) {
    HttpResponse<String> reply = board.send(HttpRequest.newBuilder(board.uri(path)).build());
    assertEquals(200, reply.statusCode());
    assertFalse(reply.body().isEmpty());
  }

  @Test
  void aFormWithoutTheTokenIsRejected() {
    board.enter();
    String form = "verb=stop&reason=now";
    assertEquals(403, board.post(form).statusCode());
    assertEquals(403, board.post(form + "&csrf=").statusCode());
    assertEquals(403, board.post(form + "&csrf=guess").statusCode());
    assertFalse(board.ledger.halted());
  }

  @ParameterizedTest
  @CsvSource({
    "Origin, http://evil.example",
    "Origin, null",
    "Origin, http://127.0.0.1:1",
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site",
  })
  void aFormOfAnotherOriginIsRejectedEvenWithTheToken(String header, String value) {
    board.enter();
    String form = "verb=stop&reason=now&csrf=" + board.csrf();
    assertEquals(403, board.post(form, header, value).statusCode());
    assertFalse(board.ledger.halted());
    String origin = "http://127.0.0.1:" + board.server.port();
    assertEquals(
        303, board.post(form, "Origin", origin, "Sec-Fetch-Site", "same-origin").statusCode());
    assertTrue(board.ledger.halted());
  }

  @Test
  void aFormThatIsTooLongIsRejected() {
    board.enter();
    String form = "csrf=" + board.csrf() + "&verb=stop&reason=" + "x".repeat(40_000);
    assertEquals(413, board.post(form).statusCode());
    assertFalse(board.ledger.halted());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "TRACE"})
  void otherMethodsAreRejected(String method) {
    board.enter();
    HttpRequest request =
        HttpRequest.newBuilder(board.uri("/"))
            .header("Cookie", board.cookie())
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> reply = board.send(request);
    assertEquals(405, reply.statusCode());
    assertEquals("GET, HEAD, POST", reply.headers().firstValue("Allow").orElse(""));
  }

  @Test
  void everyButtonDoesWhatItSays() {
    board.enter();
    String undo = "&id=blue%2Fisolate-pod%2F0b3f";

    assertEquals("/containments", done("extend", undo + "&time=4h"));
    assertEquals(TestBoard.NOW.plus(Duration.ofHours(7)), board.ledger.live().getFirst().until());
    assertEquals("/incident?id=held", done("undo", undo + "&incident=held"));
    assertEquals("ann", board.ledger.live().getFirst().undo().orElseThrow().by());
    assertEquals("because & why", board.ledger.live().getFirst().undo().orElseThrow().reason());

    String question = "&id=" + encoded(TestBoard.QUESTION);
    assertEquals("/incident?id=asks", done("approve", question + "&incident=asks"));
    assertEquals("/containments", done("reject", question));
    assertEquals(
        List.of(
            OperatorCommand.Verb.EXTEND,
            OperatorCommand.Verb.UNDO,
            OperatorCommand.Verb.APPROVE,
            OperatorCommand.Verb.REJECT),
        board.published.stream().map(OperatorCommand::command).toList());

    Alert recent = TestAlerts.alert("a1", "Reverse shell", Severity.CRITICAL).build();
    new RecentProblems(board.sightings).remember(recent, Fingerprint.of(recent), TestAlerts.AT);
    String asked = board.get("/do?verb=silence&id=" + Fingerprint.of(recent)).body();
    assertTrue(
        asked.contains("Hides alerts up to critical; 1 of 1 recent problems: Reverse shell in"),
        asked);
    assertEquals(
        "/incident?id=quiet",
        done("silence", "&time=4h&incident=quiet&id=" + TestBoard.FINGERPRINT));
    String silences = board.get("/silences").body();
    assertTrue(silences.contains(TestBoard.FINGERPRINT), silences);
    String id = silences.replaceAll("(?s).*?verb=unsilence&(amp;)?id=([0-9a-f-]+).*", "$2");
    assertEquals("/silences", done("unsilence", "&id=" + id));

    assertEquals("/", done("stop", ""));
    assertTrue(board.ledger.halted());
    assertTrue(board.get("/incidents").body().contains("The kill switch is on"));
    assertEquals("/", done("resume", ""));
    assertFalse(board.ledger.halted());
    assertFalse(board.get("/incidents").body().contains("The kill switch is on"));
  }

  /** Gives a command and returns the address of the page to which it redirects. */
  private String done(String verb, String fields) {
    HttpResponse<String> reply =
        board.post("csrf=" + board.csrf() + "&verb=" + verb + fields + "&reason=because+%26+why");
    assertEquals(303, reply.statusCode(), reply.body());
    return reply.headers().firstValue("Location").orElseThrow();
  }

  @Test
  void whatCannotBeReadIsUnknownAndNotNothing() {
    board.enter();
    board.ledger.halt(new Ledger.Halt(true, "bob", "a test", TestBoard.NOW));
    assertTrue(board.get("/").body().contains("The kill switch is on"));

    board.reading =
        reply -> {
          throw new Unavailable("the ledger <does> not answer");
        };
    assertIsUnknown("the ledger &lt;does&gt; not answer");
    board.reading = reply -> OperatorReply.failed("no responder answers");
    assertIsUnknown("no responder answers");

    board.reading = UnaryOperator.identity();
    assertTrue(board.get("/").body().contains("The kill switch is on"));
    assertFalse(board.get("/").body().contains("annot be read"));
  }

  private void assertIsUnknown(String why) {
    String overview = board.get("/").body();
    assertTrue(overview.contains("kill switch unknown"), overview);
    assertFalse(overview.contains("kill switch off"), overview);
    for (String page : List.of("/", "/containments")) {
      String body = board.get(page).body();
      assertEquals(2, body.split("Cannot be read: " + why, -1).length - 1, body);
      assertFalse(body.contains("Nothing is contained"), body);
      assertFalse(body.contains("Nothing waits for approval"), body);
      assertTrue(body.contains("<span class=\"count\">?"), body);
    }
    for (String page : List.of("/", "/incidents", "/incident?id=held", "/playbooks")) {
      String body = board.get(page).body();
      assertTrue(body.contains("verb=stop"), page);
      assertTrue(body.contains("verb=resume"), page);
      assertTrue(body.contains("Unknown whether the kill switch is on"), page);
    }
    String undo = board.get("/do?verb=undo&id=blue%2Fisolate-pod%2F0b3f").body();
    assertTrue(undo.contains("Containment blue/isolate-pod/0b3f. Cannot be read: " + why), undo);
    assertFalse(undo.contains("not in force"), undo);
    String approve = board.get("/do?verb=approve&id=" + encoded(TestBoard.QUESTION)).body();
    assertTrue(
        approve.contains("Approval " + TestBoard.QUESTION + ". Cannot be read: " + why), approve);
    assertFalse(approve.contains("is not pending"), approve);
  }

  @Test
  void theResultOfACommandIsShownOnce() {
    board.enter();
    String after = done("extend", "&id=blue%2Fisolate-pod%2F0b3f&time=4h");
    assertTrue(board.get(after).body().contains("the lease ends at"));
    assertFalse(board.get(after).body().contains("the lease ends at"));
  }

  @ParameterizedTest
  @CsvSource({"HEAD, X-Nothing", "GET, HX-Request"})
  void aRequestThatShowsNoResultLeavesItForTheNextPage(String method, String header) {
    board.enter();
    String after = done("extend", "&id=blue%2Fisolate-pod%2F0b3f&time=4h");
    assertEquals(200, board.ask(method, after, header).statusCode());
    assertTrue(board.get(after).body().contains("the lease ends at"));
  }

  @ParameterizedTest
  @CsvSource({
    "stop, '', Enter a reason",
    "stop, '&reason=+++', Enter a reason",
    "undo, '&id=blue%2Fisolate-pod%2Fother&reason=x', no containment",
    "approve, '&id=blue%2Fother&reason=x', nothing waits for approval",
    "extend, '&id=blue%2Fisolate-pod%2F0b3f&reason=x', Choose for how long",
    "extend, '&id=blue%2Fisolate-pod%2F0b3f&reason=x&time=99d', Choose for how long",
    "silence, '&id=not-a-fingerprint&reason=x&time=4h', fingerprint",
  })
  void aCommandThatCannotBeDoneSaysWhyAndKeepsWhatWasEntered(
      String verb, String fields, String expected) {
    board.enter();
    HttpResponse<String> reply = board.post("csrf=" + board.csrf() + "&verb=" + verb + fields);
    assertEquals(409, reply.statusCode());
    assertTrue(reply.body().contains(expected), reply.body());
    assertFalse(board.ledger.halted());
    assertEquals(List.of(), board.published);
  }

  @Test
  void aReasonIsBounded() {
    board.enter();
    HttpResponse<String> reply =
        board.post("csrf=" + board.csrf() + "&verb=stop&reason=" + "x".repeat(301));
    assertEquals(409, reply.statusCode());
    assertFalse(board.ledger.halted());
  }

  @Test
  void thePageOfAnIncidentOffersWhatCanBeDoneNow() {
    board.enter();
    String held = board.get("/incident?id=held").body();
    assertTrue(
        held.contains("/do?verb=undo&amp;id=blue%2Fisolate-pod%2F0b3f&amp;incident=held"), held);
    assertTrue(held.contains("verb=extend"));
    assertFalse(held.contains("verb=approve"));
    assertTrue(held.contains("verb=silence&amp;id=" + TestBoard.FINGERPRINT));

    String asks = board.get("/incident?id=asks").body();
    assertTrue(asks.contains("verb=approve&amp;id=" + encoded(TestBoard.QUESTION)), asks);
    assertFalse(asks.contains("verb=undo"));

    assertTrue(board.get("/incident?id=alone").body().contains("last-ready-replica"));
    assertEquals(404, board.get("/incident?id=unknown").statusCode());
    assertEquals(404, board.get("/incident?id=deployment").statusCode());
    assertEquals(404, board.get("/unknown").statusCode());
  }

  @Test
  void aShortIdLeadsToItsIncidentOrToThoseThatItCouldMean() {
    board.enter();
    String first = "abcdef01" + "0".repeat(24);
    String second = "abcdef02" + "0".repeat(24);
    board.record(TestBoard.alert(first, "One <b>", Severity.HIGH, TestBoard.pod("shop", "a")));
    board.record(TestBoard.alert(second, "Two", Severity.HIGH, TestBoard.pod("shop", "b")));

    HttpResponse<String> one = board.get("/incident?id=abcdef01");
    assertEquals(303, one.statusCode());
    assertEquals("/incident?id=" + first, one.headers().firstValue("Location").orElseThrow());
    HttpResponse<String> both = board.get("/incident?id=abcdef");
    assertEquals(300, both.statusCode());
    assertTrue(both.body().contains("2 incidents begin with abcdef."), both.body());
    assertTrue(both.body().contains("One &lt;b&gt;"), both.body());
    for (String id : List.of(first, second)) {
      assertTrue(both.body().contains("href=\"/incident?id=" + id + "\""), both.body());
    }
    assertEquals(404, board.get("/incident?id=abcdef03").statusCode());
  }

  @Test
  void thePageOfAnIncidentShowsItsEvidenceAndHowToVerifyIt() {
    board.enter();
    String body = board.get("/incident?id=held").body();
    String sha256 = new EvidenceChain(board.evidence, "held").latest(1).getFirst().sha256();
    for (String expected :
        List.of(
            "In folder /data/evidence",
            "<code>cattleguard evidence held --data /data</code>",
            "Manifest 1, pod shop/web-1, 2026-",
            "SHA-256 <code>" + sha256 + "</code>",
            "<dt>pod.json</dt><dd>2 bytes</dd>",
            "<dt>logs/web.txt</dt><dd>4,096 bytes, truncated</dd>",
            "<dt>logs/previous-web.txt</dt>",
            "not captured: the container did not start before")) {
      assertTrue(body.contains(expected), expected + " is missing in " + body);
    }
    assertFalse(board.get("/incident?id=asks").body().contains("id=\"evidence\""));
  }

  @Test
  void aManifestThatIsStoredLaterIsSeenWithinAMinute() {
    board.enter();
    assertFalse(board.get("/incident?id=held").body().contains("Manifest 2"));
    board.collect(
        TestBoard.alert("held", "Reverse shell", Severity.CRITICAL, TestBoard.pod("shop", "web-1")),
        "shop",
        "web-1",
        "none");
    board.later(Duration.ofMinutes(1));
    assertTrue(board.get("/incident?id=held").body().contains("Manifest 2"));
  }

  @Test
  void anActionHasItsRunbookItsGuardsItsVerificationAndItsReceipts() {
    board.enter();
    String held = board.get("/incident?id=held").body();
    assertTrue(held.contains("<a href=\"" + RUNBOOK + "\" rel=\"noreferrer\">"), held);
    assertTrue(held.contains("<dt>Verification</dt><dd>the effect was seen</dd>"), held);
    assertTrue(held.matches("(?s).*<dt>Receipt</dt><dd>taken at [^<]+ UTC, event [^<]+</dd>.*"));
    String refused = board.get("/incident?id=alone").body();
    assertTrue(refused.contains("<dt>Guards</dt><dd>1 guard objected</dd>"), refused);
    assertFalse(refused.contains("Verification"), refused);
    ScoredAlert alert = TestBoard.alert("seen", "Scan", Severity.HIGH, TestBoard.pod("x", "y"));
    board.record(alert);
    board.recordObserved(alert, List.of());
    assertTrue(
        board.get("/incident?id=seen").body().contains("<dt>Guards</dt><dd>none objected</dd>"));
  }

  @Test
  void anActionSaysWhichGuardsWereAskedAndWhatEachAnswered() {
    board.enter();
    ScoredAlert alert = TestBoard.alert("asked", "Scan", Severity.HIGH, TestBoard.pod("x", "y"));
    board.record(alert);
    board.recordObserved(
        alert,
        List.of("namespace <script>x</script> is protected", "cannot read the pod: 403"),
        new GuardAnswers(
            List.of("kill switch", "freshness"),
            List.of(
                new GuardAnswers.Answer(
                    "protected namespace", "namespace <script>x</script> is protected")),
            List.of(
                new GuardAnswers.Answer("pod exists", "cannot read the pod: 403"),
                new GuardAnswers.Answer("node", "there was no object to look at"))));

    String page = board.get("/incident?id=asked").body();

    for (String fact :
        List.of(
            "<dt>Guards</dt><dd>5 asked, 1 objected, 2 could not be evaluated</dd>",
            "<dt>Objected</dt><dd>protected namespace: namespace &lt;script&gt;x&lt;/script&gt; is"
                + " protected</dd>",
            "<dt>Not evaluated</dt><dd>pod exists: cannot read the pod: 403</dd>",
            "<dt>Not evaluated</dt><dd>node</dd>",
            "<dt>Did not object</dt><dd>freshness, kill switch</dd>")) {
      assertTrue(page.contains(fact), () -> fact + " is not in " + page);
    }
    assertFalse(page.contains("<script>x"), page);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 4",
    "'state=contained', 1",
    "'severity=high', 3",
    "'namespace=dev', 2",
    "'text=REVERSE', 2",
    "'text=db-0', 1",
    "'state=nonsense&since=nonsense&severity=nonsense&page=-1', 4",
    "'text=nothing', 0",
  })
  void theListOfIncidentsIsFiltered(String query, int rows) {
    board.enter();
    String body = board.get("/incidents?" + query).body();
    assertEquals(rows, body.split("<li class=\"row ", -1).length - 1, body);
  }

  @Test
  void theListOfIncidentsHasPages() {
    for (int one = 0; one < 120; one++) {
      board.record(TestBoard.alert("many-" + one, "Scan", Severity.LOW, TestBoard.pod("x", "y")));
    }
    board.enter();
    String first = board.get("/incidents").body();
    assertTrue(first.contains("124 incidents, page 1 of 3"), first);
    assertTrue(first.contains("/incidents?since=24h&amp;page=2"));
    assertFalse(first.contains("rel=\"prev\""));
    String last = board.get("/incidents?page=99").body();
    assertTrue(last.contains("page 3 of 3"));
    assertFalse(last.contains("rel=\"next\""));
  }

  @Test
  void anIncidentThatIsRecordedHoursLateIsSeenToo() throws InterruptedException {
    board.enter();
    assertEquals(200, board.get("/incidents").statusCode());
    board.record(
        TestIncidents.scored(
            "late",
            TestAlerts.alert("a-late", "Late rule", Severity.HIGH)
                .at(TestIncidents.AT.minus(Duration.ofHours(3)))
                .build(),
            TestBoard.FINGERPRINT,
            Acceptance.OPENED,
            1));
    board.later(Duration.ofMinutes(6));
    int tries = 0;
    while (!board.get("/incidents").body().contains("Late rule")) {
      assertTrue(tries++ < 200, "still unseen");
      Thread.sleep(50);
    }
  }

  @Test
  void aPlaybookWouldHaveActedWhereNoGuardObjected() {
    board.enter();
    for (String guard : List.of("", "freshness: too old")) {
      String id = "observed" + guard.length();
      ScoredAlert alert =
          TestBoard.alert(id, "Rule " + id, Severity.HIGH, TestBoard.pod("shop", "web-7"));
      board.record(alert);
      board.recordObserved(alert, guard.isEmpty() ? List.of() : List.of(guard));
    }
    String body = board.get("/playbooks").body();
    assertTrue(body.contains("Would have acted in 1 incident: isolate-pod"), body);
    assertTrue(body.contains("Rule observed0"));
    assertFalse(body.contains("Rule observed18"));
  }

  @Test
  void thePlaybooksShowWhatIsUsedOfTheirBudgets() {
    board.enter();
    String before = board.get("/playbooks").body();
    assertTrue(before.contains("No hourly cap is used"), before);
    assertFalse(before.contains("Used now"), before);

    board.spend();
    board.later(Duration.ofSeconds(10));
    String body = board.get("/playbooks").body();
    assertTrue(body.matches("(?s).*3 of 3, used up</span>\\s*shop/Deployment/web in blue.*"), body);
    assertTrue(body.contains("Hourly cap, namespace: shop in blue"), body);
    assertTrue(body.contains("Failed actions in blue"), body);

    board.later(Duration.ofMinutes(30));
    String later = board.get("/playbooks").body();
    assertFalse(later.contains("Used now"), "10 minutes have passed");
    assertTrue(later.contains("Hourly cap, namespace: shop in blue"), later);

    board.reading = reply -> OperatorReply.failed("no index <listed>");
    board.later(Duration.ofSeconds(10));
    String unread = board.get("/playbooks").body();
    assertTrue(unread.contains("What is used of budgets is not known."), unread);
    assertTrue(unread.contains("no index &lt;listed&gt;"), unread);
    assertFalse(unread.contains("No hourly cap is used"), unread);
    board.reading = UnaryOperator.identity();
    assertFalse(board.get("/playbooks").body().contains("is not known"), "a failure is not kept");
  }

  @Test
  void budgetsAreReadOncePerTenSecondsHoweverManyPagesAreOpened() {
    board.enter();
    AtomicInteger reads = new AtomicInteger();
    board.reading =
        reply -> {
          int unused = reads.incrementAndGet();
          return reply;
        };
    assertEquals(200, board.get("/containments").statusCode());
    int ofEachPage = reads.get();
    List<Integer> more = new ArrayList<>();
    for (int page = 0; page < 5; page++) { // 3 s from page to page
      int before = reads.get();
      assertEquals(200, board.get("/playbooks").statusCode());
      more.add(reads.get() - before - ofEachPage);
    }
    assertEquals(List.of(1, 0, 0, 0, 1), more);
  }

  @Test
  void theSensorsPageShowsWhatIsWrongFirstAndTheServerItself() {
    board.enter();
    String body = board.get("/sensors").body();
    assertTrue(
        body.indexOf("<h3>node-old") < body.indexOf("<h3>node-b")
            && body.indexOf("<h3>node-b") < body.indexOf("<h3>node-a"),
        "silent, in trouble, well");
    for (String says :
        List.of(
            "1 silent",
            "1 in trouble",
            "3 sensors",
            "cannot send alerts",
            "7 alerts dropped, because the spool was full",
            "12 alerts, 0.2 of 256 MB",
            "blue, node not proved",
            "<dt>Queues</dt><dd>3 respond, 12 slack</dd>",
            "<dt>Dropped</dt><dd>4 informational</dd>",
            "<dt>Rejected requests</dt><dd>31 unauthorized</dd>",
            "not_in_channel",
            "This page shows only sensors that have posted to this server")) {
      assertTrue(body.contains(says), says + " is not in " + body);
    }

    board.sensors = () -> new OperatorReply(true, List.of(), Optional.of("No sensor has <b>"));
    String stack = board.get("/sensors").body();
    assertTrue(stack.contains("No sensor has &lt;b"), stack);
    assertFalse(stack.contains("This server"), "a stack in AWS");
    assertTrue(stack.contains("an alarm reports a cluster without heartbeats"), stack);

    board.reading = reply -> OperatorReply.failed("AccessDenied: logs:FilterLogEvents");
    String unread = board.get("/sensors").body();
    assertTrue(unread.contains("Cannot be read: AccessDenied"), unread);
  }

  @Test
  void theOverviewCountsFromAlertsToContainedIncidents() {
    board.enter();
    String body = board.get("/").body();
    List<String> figures =
        Pattern.compile("<span class=\"figure\">([^<]*)</span>")
            .matcher(body)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertEquals(List.of("4", "4", "4", "1", "1"), figures, body);
    assertTrue(body.contains("2 messages"), "one incident, two destinations");
    assertTrue(body.contains("kill switch off"), "whether it responds depends on its playbooks");
    assertTrue(body.contains("<dd>2.0 s</dd>"), "the median time to contain");
  }

  @Test
  void hostileTextIsNeverMarkup() {
    List<String> hostile =
        List.of(
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' autofocus onfocus='alert(1)",
            "</textarea></title><svg onload=alert(1)>",
            "javascript:alert(1)",
            "${7*7}@raw !{x} {{7*7}}",
            "<div hx-get=/do hx-trigger=load>",
            "\u202egpj.exe\u2066",
            "a".repeat(10_000));
    int number = 0;
    for (String text : hostile) {
      String id = "hostile" + number++ + text;
      ScoredAlert alert = TestBoard.alert(id, text, Severity.CRITICAL, TestBoard.pod(text, text));
      board.record(alert);
      board.collect(alert, text, text, text);
      board.record(
          alert,
          "isolate-pod",
          "pod " + text + " (uid u" + number + ")",
          ResponseOutcome.TAKEN,
          text,
          TestBoard.NOW.plusSeconds(60),
          null);
      board.hold("isolate-pod", "u" + number, TestBoard.subject(text, text), text, TestBoard.NOW);
      board.ask("blue/" + text, "q" + number, text, text);
      board.spend("reverse-shell/" + text, "s", TestBoard.NOW, Duration.ofHours(1), 5);
      board.spend("hourly-cap/workload/" + text, "s", TestBoard.NOW, Duration.ofHours(1), 5);
      board.spend(text, "s", TestBoard.NOW, Duration.ofHours(1), 5);
      board.silence(text);
    }
    board.sensors = () -> TestBoard.nodes(hostile.toArray(String[]::new));
    board.enter();
    assertEquals(303, post("stop", hostile.getFirst()).statusCode());
    for (String path : PAGES) {
      assertHarmless(path, board.get(path));
    }
    assertHarmless("a list", board.get("/incidents?since=30d"));
    for (String text : hostile) {
      assertHarmless(
          "a filter",
          board.get(
              "/incidents?namespace="
                  + encoded(bounded(text))
                  + "&text="
                  + encoded(bounded(text))));
      assertHarmless(
          "a question",
          board.get(
              "/do?verb=undo&id="
                  + encoded(bounded(text))
                  + "&incident="
                  + encoded(bounded(text))));
      assertHarmless("an error", post("undo&id=" + encoded(bounded(text)), bounded(text)));
      assertHarmless("no page", board.get("/" + encoded(bounded(text))));
    }
    long seen =
        board.incidents.latest(TestBoard.NOW.minus(Duration.ofDays(1)), 100).stream()
            .filter(one -> one.id().startsWith("hostile"))
            .peek(one -> assertHarmless(one.id(), board.get("/incident?id=" + encoded(one.id()))))
            .count();
    assertEquals(hostile.size(), seen);
  }

  private HttpResponse<String> post(String verb, String reason) {
    return board.post("csrf=" + board.csrf() + "&verb=" + verb + "&reason=" + encoded(reason));
  }

  private static String bounded(String text) {
    return text.substring(0, Math.min(2_000, text.length()));
  }

  /** Each element of the page, and each of its attributes, comes from a template. */
  private static void assertHarmless(String what, HttpResponse<String> reply) {
    String body = reply.body();
    assertTrue(List.of(200, 404, 409).contains(reply.statusCode()), what + reply.statusCode());
    // An unescaped quote in a text would end the attribute's value, and the rest would be visible.
    String markup = body.replaceAll("=\"[^\"]*\"", "");
    assertFalse(markup.contains("<img"), what);
    assertFalse(markup.contains("<script>"), what);
    assertFalse(markup.contains("<svg onload"), what);
    assertFalse(markup.contains("<div hx-get=/do"), what);
    assertFalse(markup.matches("(?s).*<[^>]*\\s(on[a-z]+|autofocus)\\b.*"), what);
    assertFalse(body.contains("href=\"javascript:"), what);
    // A hidden field and an address return an id unchanged.
    String seen =
        body.replaceAll(
            "(type=\"hidden\" name=\"(id|incident)\" value|href|hx-get)=\"[^\"]*\"", "");
    assertFalse(seen.contains("\u202e") || seen.contains("\u2066"), what);
    assertFalse(markup.contains("a".repeat(1_000)), what);
    assertFalse(body.contains("49@raw"), what);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
