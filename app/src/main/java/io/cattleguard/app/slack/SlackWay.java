package io.cattleguard.app.slack;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.operate.SocketMessage;
import io.cattleguard.route.Secrets;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.Worker;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The connection from Slack: a WebSocket that the server opens, so that no port listens. It
 * reconnects for ever, and the server works without it.
 *
 * <p>Slack delivers what was not acknowledged again, or tells the user that the app failed. So an
 * envelope is acknowledged once its command is on disk, and never before.
 */
public final class SlackWay implements AutoCloseable {
  /** People press a few buttons a minute. A request that does not fit is not acknowledged. */
  private static final int WAITING = 100;

  private static final int REPLIES_AT_ONCE = 8;
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);
  private static final Duration ENDING = Duration.ofSeconds(3);

  /** After this time without an acknowledgement Slack tells the user that it failed. */
  private static final Duration TOLD = Duration.ofSeconds(3);

  private final SlackAccess access;
  private final SlackHost host;
  private final SlackState state;
  private final SlackCommands commands;
  private final Connections connections;
  private final HttpClient http;

  /** The waiting requests; an empty one only wakes the thread that takes them. */
  private final BlockingQueue<Optional<Received>> inbox = new ArrayBlockingQueue<>(WAITING);

  private final Semaphore replies = new Semaphore(REPLIES_AT_ONCE);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Worker connector;
  private final Worker taker;
  private volatile Optional<SlackSocket> current = Optional.empty();

  /**
   * How long Slack wants us to wait before the next attempt; only the connecting thread uses it.
   */
  private Duration wanted = Duration.ZERO;

  /** A request, and the connection over which to acknowledge it. */
  private record Received(SlackSocket from, SocketMessage.Request request, Instant at) {}

  private SlackWay(SlackAccess access, Secrets secrets, SlackHost host) {
    this.access = access;
    this.host = host;
    this.state = new SlackState(host.say(), host.trouble());
    this.commands = new SlackCommands(host, access.teams(), state);
    this.connections = new Connections(access.api(), secrets);
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(access.pace().connect())
            .proxy(ProxySelector.getDefault())
            .build();
    this.connector = new Worker("connection to Slack", this::connect, host.failed());
    this.taker = new Worker("commands from Slack", this::take, host.failed());
  }

  /** The connection to Slack, not opened yet; empty if the app-level token is not set. */
  public static Optional<SlackWay> of(SlackAccess access, Secrets secrets, SlackHost host) {
    return secrets.isSet(SlackAccess.TOKEN)
        ? Optional.of(new SlackWay(access, secrets, host))
        : Optional.empty();
  }

  /** Opens it. */
  public void start() {
    connector.start();
    taker.start();
  }

  /** The problems that need a person. The server is healthy and ready all the same. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(state.notes(host.clock().instant()));
    if (!connector.isWell() || !taker.isWell()) {
      notes.add("commands from Slack are not processed: a thread fails; read the log");
    }
    return notes;
  }

  /** Adds what it counts. */
  public void write(MetricsText text) {
    state.write(text);
  }

  // ---- The connection

  private void connect() throws InterruptedException {
    int failures = 0;
    while (!isClosing()) {
      long began = System.nanoTime();
      Optional<SlackSocket> next = open();
      if (next.isPresent() && isClosing()) {
        next.get().abort();
      } else if (next.isPresent()) {
        connector.works();
        Optional<SlackSocket> before = current;
        current = next;
        before.ifPresent(SlackSocket::abort);
        state.connected();
        awaitEnd(next.get());
        boolean stable = System.nanoTime() - began > access.pace().stable().toNanos();
        failures = stable ? 0 : failures + 1;
      } else {
        failures++;
      }
      if (isClosing()) {
        break;
      }
      if (failures > 0) {
        Duration usual = access.pace().pause(failures, ThreadLocalRandom.current());
        boolean unused =
            closing.await(Math.max(usual.toMillis(), wanted.toMillis()), TimeUnit.MILLISECONDS);
      }
    }
    current.ifPresent(SlackSocket::abort);
  }

  /** Opens a connection that Slack has greeted. */
  private Optional<SlackSocket> open() throws InterruptedException {
    wanted = Duration.ZERO;
    return switch (connections.open()) {
      case Connections.Answer.Refused refused -> {
        wanted =
            refused.after().filter(one -> one.compareTo(LONGEST_WAIT) < 0).orElse(Duration.ZERO);
        lost(refused.reason());
        yield Optional.empty();
      }
      case Connections.Answer.Opened opened -> open(opened.address());
    };
  }

  private Optional<SlackSocket> open(URI address) throws InterruptedException {
    Optional<SlackSocket> made = Optional.empty();
    try {
      SlackSocket socket =
          SlackSocket.connect(
              http,
              address,
              access.pace().connect(),
              this::receive,
              () ->
                  leftOut("unreadable", "it has more than " + SlackSocket.LARGEST + " characters"));
      made = Optional.of(socket);
      int all = socket.awaitGreeting(access.pace().connect());
      int ours = current.isPresent() && !current.get().isGone() ? 2 : 1;
      if (all > ours) {
        host.trouble()
            .accept(
                "another process is connected to Slack with the same app-level token: Slack gives"
                    + " each command to only one of them. Create one Slack app per server");
      }
      return made;
    } catch (ExecutionException | TimeoutException e) {
      made.ifPresent(SlackSocket::abort);
      // Omit the message: it may contain the address, which has a ticket.
      lost(
          "Slack does not accept the connection ("
              + (e.getCause() == null ? e : e.getCause()).getClass().getSimpleName()
              + ")");
      return Optional.empty();
    }
  }

  /** A connection that Slack is about to close still works until then. */
  private void lost(String reason) {
    if (current.isEmpty() || current.get().isGone()) {
      state.away(reason);
    }
  }

  private void awaitEnd(SlackSocket socket) throws InterruptedException {
    while (!socket.awaitEnd(access.pace().ping())) {
      if (socket.isSilentFor(access.pace().silence())) {
        socket.gone("Slack was silent for " + access.pace().silence().toSeconds() + " s");
        break;
      }
      socket.ping();
    }
    if (socket.isGone() && !isClosing()) {
      state.away(socket.why());
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  // ---- What comes over it

  private void receive(SlackSocket from, String text) {
    Instant now = host.clock().instant();
    SocketMessage message;
    try {
      message = SocketMessage.read(text);
    } catch (ContractViolation e) {
      leftOut("unreadable", String.valueOf(e.getMessage()));
      return;
    }
    switch (message) {
      case SocketMessage.Hello hello -> from.greet(hello.connections());
      case SocketMessage.Disconnect disconnect -> {
        if (disconnect.isTurnedOff()) {
          from.gone("Socket Mode is turned off; turn it on in the settings of the Slack app");
        } else {
          from.ended("Slack refreshes the connection");
        }
      }
      case SocketMessage.Request request -> {
        if (!inbox.offer(Optional.of(new Received(from, request, now)))) {
          leftOut("failed", "more than " + WAITING + " wait");
        }
      }
      case SocketMessage.Other other -> {
        // A message that needs no answer.
      }
    }
  }

  private void leftOut(String counter, String reason) {
    state.count(counter);
    state.odd(counter + ": " + reason, host.clock().instant());
  }

  private void take() throws InterruptedException {
    while (!isClosing()) {
      inbox.take().ifPresent(this::take);
      taker.works();
    }
  }

  /**
   * A request that cannot be processed is not acknowledged, so that Slack informs its user; it
   * delays no other request.
   */
  private void take(Received received) {
    if (received.at().plus(TOLD).isBefore(host.clock().instant())) {
      // Slack has informed the user of the failure, and sends the request again.
      leftOut("late", "it waited for more than " + TOLD.toSeconds() + " s");
      return;
    }
    SlackCommands.Answer answer;
    try {
      answer = commands.answer(received.request(), received.at());
    } catch (RuntimeException e) {
      leftOut("failed", "an unexpected error: " + e.getClass().getSimpleName());
      return;
    }
    acknowledge(received, answer);
  }

  private void acknowledge(Received received, SlackCommands.Answer answer) {
    ObjectNode acknowledgement = JsonNodeFactory.instance.objectNode();
    acknowledgement.put("envelope_id", received.request().envelope());
    if (answer.answerTo().isEmpty() && received.request().answerable()) {
      answer.message().ifPresent(message -> acknowledgement.set("payload", message));
    }
    if (!received.from().send(acknowledgement.toString())) {
      state.count("unanswered");
    }
    if (answer.answerTo().isPresent() && answer.message().isPresent()) {
      reply(answer.answerTo().get(), answer.message().get().toString());
    }
  }

  private void reply(URI address, String json) {
    if (!replies.tryAcquire()) {
      state.count("unanswered");
      return;
    }
    Thread unused =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    if (!access.replies().send(address, json)) {
                      state.count("unanswered");
                    }
                  } finally {
                    replies.release();
                  }
                });
  }

  /** Closes the connection. What was not acknowledged, Slack sends again. */
  @Override
  public void close() {
    closing.countDown();
    boolean unused = inbox.offer(Optional.empty());
    current.ifPresent(SlackSocket::abort);
    connector.join(ENDING);
    taker.join(ENDING);
    http.shutdownNow();
  }
}
