package io.cattleguard.app.slack;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.sensor.operations.MetricsText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Whether commands from Slack arrive, and the results of those that did. */
final class SlackState {
  /** How long an unreadable request is shown. */
  private static final Duration SHOWN = Duration.ofHours(1);

  /** Unreadable requests are logged at most this often. */
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  private static final String AWAY = "commands from Slack do not arrive: ";

  private final Consumer<String> say;
  private final Consumer<String> trouble;

  @GuardedBy("this")
  private final Map<String, Long> requests = new TreeMap<>();

  @GuardedBy("this")
  private long connections;

  @GuardedBy("this")
  private boolean connected;

  @GuardedBy("this")
  private Optional<String> away = Optional.empty();

  @GuardedBy("this")
  private Optional<Instant> odd = Optional.empty();

  @GuardedBy("this")
  private Optional<Instant> oddLogged = Optional.empty();

  @GuardedBy("this")
  private String oddReason = "";

  SlackState(Consumer<String> say, Consumer<String> trouble) {
    this.say = say;
    this.trouble = trouble;
    for (String outcome :
        List.of(
            "published",
            "asked",
            "answered",
            "ignored",
            "refused",
            "questionsRefused",
            "late",
            "unreadable",
            "repeated",
            "failed",
            "reported",
            "unanswered")) {
      requests.put(outcome, 0L);
    }
  }

  synchronized void count(String outcome) {
    requests.merge(outcome, 1L, Long::sum);
  }

  synchronized long counted(String outcome) {
    return requests.getOrDefault(outcome, 0L);
  }

  /** A connection is ready. */
  synchronized void connected() {
    connections++;
    if (!connected) {
      say.accept("slack         commands from Slack arrive");
    }
    connected = true;
    away = Optional.empty();
  }

  /** There is no connection, with the reason. */
  synchronized void away(String reason) {
    connected = false;
    if (!away.equals(Optional.of(reason))) {
      trouble.accept(AWAY + reason + "; retrying. Meanwhile, use ./cattleguard on this machine");
    }
    away = Optional.of(reason);
  }

  synchronized boolean isConnected() {
    return connected;
  }

  /** A request from Slack was invalid, so it had no effect. */
  synchronized void odd(String reason, Instant now) {
    odd = Optional.of(now);
    oddReason = reason;
    if (oddLogged.filter(at -> at.plus(BETWEEN_LINES).isAfter(now)).isEmpty()) {
      oddLogged = Optional.of(now);
      trouble.accept("nothing was done about a request from Slack: " + reason);
    }
  }

  /** The problems that need a person. */
  synchronized List<String> notes(Instant now) {
    Optional<String> wrong =
        odd.filter(at -> at.plus(SHOWN).isAfter(now))
            .map(
                at ->
                    "requests from Slack were not carried out in the last hour: "
                        + oddReason
                        + "; the log has more");
    return java.util.stream.Stream.of(away.map(reason -> AWAY + reason), wrong)
        .flatMap(Optional::stream)
        .toList();
  }

  synchronized void write(MetricsText text) {
    text.gauge(
        "cattleguard_slack_connected",
        "1 while the connection to Slack, which carries people's commands, is open.",
        connected ? 1L : 0L);
    text.counter(
        "cattleguard_slack_connections_total",
        "Connections that Slack accepted. Slack replaces each of them after some hours.",
        connections);
    text.counter(
        "cattleguard_slack_requests_total", "Requests from Slack, by result.", "outcome", requests);
  }
}
