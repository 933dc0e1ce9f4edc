package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.operator.OperatorCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several people use one board, each in a separate session. */
final class BoardSessionsTest {
  private static final Person BOB = new Person("unix:bob", "Bob <b>");
  private static final String EXTEND = "&verb=extend&id=blue%2Fisolate-pod%2F0b3f&time=4h&reason=x";

  @TempDir private Path folder;
  private TestBoard board;
  private String ann;
  private String bob;

  @BeforeEach
  void start() throws IOException {
    board = new TestBoard(folder, TestBoard::lastNight);
    ann = board.enter(board.server.address(TestBoard.ANN, ""));
    bob = board.enter(board.server.address(BOB, ""));
  }

  @AfterEach
  void stop() {
    board.close();
    assertEquals(List.of(), board.log, "no page failed");
  }

  private String csrf(String cookie) {
    board.use(cookie);
    return board.csrf();
  }

  private int open(String address) {
    return board.send(HttpRequest.newBuilder(URI.create(address)).build()).statusCode();
  }

  private int status(String cookie) {
    board.use(cookie);
    return board.get("/").statusCode();
  }

  @Test
  void aCommandIsThatOfThePersonWhoseSessionItIs() {
    assertEquals(303, board.post("csrf=" + csrf(bob) + EXTEND).statusCode());
    assertEquals(303, board.post("csrf=" + csrf(bob) + EXTEND).statusCode());
    assertEquals(303, board.post("csrf=" + csrf(ann) + EXTEND).statusCode());
    assertEquals(
        List.of(
            new OperatorCommand.Who("unix:bob", Optional.of("Bob <b>")),
            new OperatorCommand.Who("unix:bob", Optional.of("Bob <b>")),
            new OperatorCommand.Who("unix:ann", Optional.of("ann"))),
        board.published.stream().map(OperatorCommand::who).toList());
  }

  @Test
  void aPageSaysWhoIsSignedIn() {
    board.use(bob);
    assertTrue(board.get("/").body().contains("Signed in as Bob &lt;b"));
    board.use(ann);
    assertTrue(board.get("/").body().contains("Signed in as ann (unix:ann)"));
  }

  @Test
  void aTokenOfAFormIsOfNoUseInAnotherSession() {
    String token = csrf(bob);
    assertNotEquals(token, csrf(ann));
    board.use(ann);
    assertEquals(403, board.post("csrf=" + token + EXTEND).statusCode());
    assertEquals(List.of(), board.published);
  }

  @Test
  void theResultOfACommandIsShownToThePersonWhoGaveIt() {
    assertEquals(303, board.post("csrf=" + csrf(bob) + EXTEND).statusCode());
    board.use(ann);
    assertFalse(board.get("/containments").body().contains("the lease ends at"));
    board.use(bob);
    assertTrue(board.get("/containments").body().contains("the lease ends at"));
  }

  @Test
  void aTokenWorksOnceAlsoForTheBrowserThatHasASession() {
    String address = board.server.address(TestBoard.ANN, "");
    String first = board.enter(address);
    assertEquals(401, open(address), "another browser with a stolen token");
    HttpResponse<String> again =
        board.send(HttpRequest.newBuilder(URI.create(address)).header("Cookie", first).build());
    assertEquals(303, again.statusCode());
    assertFalse(again.headers().firstValue("Set-Cookie").isPresent(), "no second session");
  }

  @Test
  void aTokenExpires() {
    String address = board.server.address(BOB, "");
    board.later(Gate.INVITED.minusMillis(1));
    String late = board.server.address(BOB, "");
    assertEquals(303, open(address));
    board.later(Gate.INVITED);
    assertEquals(401, open(late));
  }

  @Test
  void aSessionExpires() {
    board.later(Gate.ENTERED.minus(Duration.ofSeconds(10)));
    assertEquals(200, status(ann));
    board.later(Duration.ofSeconds(10));
    assertEquals(401, status(ann));
    assertEquals(401, status(bob));
  }

  @Test
  void aCookieIsOfNoUseAfterThePersonSignedOut() {
    String token = csrf(ann);
    assertEquals(403, leave("csrf=guess").statusCode());
    assertEquals(200, status(ann), "another page cannot sign a person out");
    HttpResponse<String> left = leave("csrf=" + token);
    assertEquals(200, left.statusCode());
    assertTrue(left.headers().firstValue("Set-Cookie").orElseThrow().contains("Max-Age=0"));
    assertEquals(401, status(ann));
    assertEquals(401, board.post("csrf=" + token + EXTEND).statusCode());
    assertEquals(200, status(bob));
    assertEquals(List.of(), board.published);
  }

  private HttpResponse<String> leave(String form) {
    return board.send(
        HttpRequest.newBuilder(board.uri("/leave"))
            .header("Cookie", board.cookie())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build());
  }

  @Test
  void theOldestSessionOfAPersonEndsWhenThePersonHasTooManyAndNoOtherOne() {
    List<String> others = new ArrayList<>();
    for (int one = 0; one < Gate.MOST; one++) {
      others.add(board.enter(board.server.address(BOB, "")));
    }
    assertEquals(200, status(ann), "another person's session");
    assertEquals(401, status(bob));
    assertEquals(200, status(others.getFirst()));
    assertEquals(200, status(others.getLast()));
  }

  @Test
  void aPersonWhoTakesManyNamesEndsNoSessionOfAnother() {
    for (int one = 0; one < Gate.MOST_OF_ALL; one++) {
      String unused = board.enter(board.server.address(new Person("unix:bob", "Bob " + one), ""));
    }
    assertEquals(200, status(ann));
    assertEquals(401, status(bob));
  }

  @Test
  void theOldestTokenOfAPersonEndsWhenThePersonHasTooMany() {
    String anns = board.server.address(TestBoard.ANN, "");
    String oldest = board.server.address(BOB, "");
    String second = board.server.address(BOB, "");
    for (int one = 0; one < Gate.MOST - 1; one++) {
      String unused = board.server.address(BOB, "");
    }
    assertEquals(401, open(oldest));
    assertEquals(303, open(second));
    assertEquals(303, open(anns));
  }
}
