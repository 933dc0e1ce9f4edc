package io.cattleguard.answer.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests how Slack's responses to an answer are interpreted. */
final class HttpRepliesTest {
  @ParameterizedTest
  @CsvSource({
    "200, TAKEN",
    "302, REFUSED",
    "400, REFUSED",
    "404, REFUSED",
    "429, AGAIN",
    "500, AGAIN",
    "503, AGAIN",
  })
  void theStatusSaysWhetherItIsSentAgain(int status, Replies.Reply reply) throws IOException {
    AtomicReference<String> received = new AtomicReference<>("");
    HttpServer slack =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    slack.createContext(
        "/",
        exchange -> {
          received.set(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Content-Type")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    slack.start();
    URI address = URI.create("http://127.0.0.1:" + slack.getAddress().getPort() + "/commands/1");
    try {
      assertEquals(reply, new HttpReplies().send(address, "{\"text\":\"ü\"}"));
      assertEquals("POST application/json; charset=utf-8 {\"text\":\"ü\"}", received.get());
    } finally {
      slack.stop(0);
    }
    assertEquals(Replies.Reply.AGAIN, new HttpReplies().send(address, "{}"), "nobody listens");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerThatSlackMayHaveTakenIsNotSentAgain(boolean hangs) throws IOException {
    CountDownLatch asked = new CountDownLatch(1);
    HttpServer slack =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    slack.setExecutor(Thread::startVirtualThread);
    slack.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          if (hangs) {
            try {
              asked.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          exchange.close();
        });
    slack.start();
    URI address = URI.create("http://127.0.0.1:" + slack.getAddress().getPort() + "/commands/1");
    HttpPost impatient = new HttpPost(Duration.ofSeconds(2), Duration.ofMillis(200));
    try {
      assertEquals(Replies.Reply.REFUSED, new HttpReplies(impatient).send(address, "{}"));
    } finally {
      asked.countDown();
      slack.stop(0);
    }
  }
}
