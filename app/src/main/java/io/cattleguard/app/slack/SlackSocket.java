package io.cattleguard.app.slack;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One WebSocket to Slack. The JDK answers Slack's pings. */
final class SlackSocket implements WebSocket.Listener {
  /** A payload quotes the message with its blocks; those of Cattleguard are far smaller. */
  static final int LARGEST = 256 << 10;

  private static final Duration SENDING = Duration.ofSeconds(2);

  private final BiConsumer<SlackSocket, String> received;
  private final Runnable tooLarge;
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private final CompletableFuture<Integer> greeted = new CompletableFuture<>();
  private final StringBuilder text = new StringBuilder();
  private boolean overflown;
  private volatile long heardAt = System.nanoTime();
  private volatile boolean gone;
  private volatile @Nullable WebSocket socket;

  private SlackSocket(BiConsumer<SlackSocket, String> received, Runnable tooLarge) {
    this.received = received;
    this.tooLarge = tooLarge;
  }

  /**
   * Connects.
   *
   * @param received is called with each whole message, one at a time
   * @param tooLarge is called for each message that is left out because of its size
   * @throws ExecutionException if Slack does not accept the connection
   */
  static SlackSocket connect(
      HttpClient http,
      URI address,
      Duration patience,
      BiConsumer<SlackSocket, String> received,
      Runnable tooLarge)
      throws InterruptedException, ExecutionException, TimeoutException {
    SlackSocket made = new SlackSocket(received, tooLarge);
    CompletableFuture<WebSocket> opening =
        http.newWebSocketBuilder().connectTimeout(patience).buildAsync(address, made);
    try {
      WebSocket opened = opening.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      made.socket = opened;
    } catch (TimeoutException e) {
      CompletableFuture<Void> unused = opening.thenAccept(WebSocket::abort);
      throw e;
    }
    return made;
  }

  /** The first message may come before {@link #connect} returns. */
  @Override
  public void onOpen(WebSocket opened) {
    socket = opened;
    opened.request(1);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    heardAt = System.nanoTime();
    if (overflown || text.length() + data.length() > LARGEST) {
      overflown = true;
      text.setLength(0);
    } else {
      text.append(data);
    }
    if (last) {
      boolean lost = overflown;
      String whole = text.toString();
      overflown = false;
      text.setLength(0);
      if (lost) {
        tooLarge.run();
      } else {
        received.accept(this, whole);
      }
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer data) {
    heardAt = System.nanoTime();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
    heardAt = System.nanoTime();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
    gone("Slack closed the connection");
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    gone("the connection to Slack was lost: " + error.getClass().getSimpleName());
  }

  /** Notes that Slack has greeted. */
  void greet(int connections) {
    greeted.complete(connections);
  }

  /** Waits for Slack's greeting; returns how many connections the app has. */
  int awaitGreeting(Duration atMost)
      throws InterruptedException, ExecutionException, TimeoutException {
    return greeted.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Notes that the connection cannot be used any more, and why. */
  void gone(String reason) {
    gone = true;
    ended(reason);
    WebSocket to = socket;
    if (to != null) {
      to.abort();
    }
  }

  /** Whether the connection has ended. */
  boolean isGone() {
    return gone;
  }

  /** Notes why the connection ends, or is about to. */
  void ended(String reason) {
    end.complete(reason);
    greeted.completeExceptionally(new IllegalStateException(reason));
  }

  /** Waits until the connection ends; returns false if it has not. */
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    try {
      String unused = end.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Why it ended. */
  String why() {
    return end.getNow("it did not end");
  }

  /** Whether nothing came for that long. */
  boolean isSilentFor(Duration time) {
    return System.nanoTime() - heardAt > time.toNanos();
  }

  /** Sends a ping to check the connection. */
  void ping() {
    WebSocket to = socket;
    if (to != null) {
      CompletableFuture<WebSocket> unused = to.sendPing(ByteBuffer.allocate(0));
    }
  }

  /** Sends a message; returns whether it was handed to the network. */
  synchronized boolean send(String message) {
    WebSocket to = socket;
    if (to == null || to.isOutputClosed()) {
      return false;
    }
    try {
      WebSocket unused = to.sendText(message, true).get(SENDING.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it without waiting for Slack. */
  void abort() {
    gone("closed");
  }
}
