package io.cattleguard.app.doctor;

import io.cattleguard.events.HostileText;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Checks a running {@code cattleguard up} by its operations port. */
final class UpDoctor {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int ANSWER_BYTES = 1 << 20;
  private static final int LONG_QUEUE = 1_000;
  private static final Pattern SAMPLE =
      Pattern.compile("^([a-z_]+)(\\{[^}]*})? ([-+0-9.eE]+|NaN|[-+]Inf)$");

  private final URI server;
  private final String about;

  /** For a server; the URL is that of its operations port. */
  UpDoctor(URI server) {
    this.server = server;
    this.about = "server " + server.getHost() + ":" + server.getPort();
  }

  private record Answer(int status, String text) {}

  /** A counter or gauge that must be zero, and what to do otherwise. */
  private record Zero(String metric, String says) {}

  private static final List<Zero> ZEROS =
      List.of(
          new Zero(
              "cattleguard_sensor_shed_total",
              "alerts were dropped since the start because the spool was full; find out which queue"
                  + " is long, and why"),
          new Zero(
              "cattleguard_spool_lost_total",
              "alerts are lost because the spool's file was damaged; check the disk of --data"),
          new Zero(
              "cattleguard_state_lost_total",
              "rows of the state are lost because its file was damaged; check the disk of --data,"
                  + " and for pods that are still isolated"),
          new Zero(
              "cattleguard_worker_failures_total",
              "failures of a thread or task since the start; read the log"),
          new Zero(
              "cattleguard_events_unbalanced",
              "events entered a step and did not leave it; read the log, and report it as a bug"),
          new Zero(
              "cattleguard_failed_undos",
              "containments could not be undone; see cattleguard containments, and undo them by"
                  + " hand"),
          new Zero(
              "cattleguard_circuit_breaker_open",
              "circuit breaker open: after too many failures actions are only observed; see the"
                  + " outcomes, and circuit-breaker in settings.yaml"));

  /** Runs all checks. */
  List<Diagnosis> examine() {
    try {
      List<Diagnosis> found = new ArrayList<>();
      Answer alive = get("/healthz");
      if (alive.status != HttpURLConnection.HTTP_OK) {
        found.add(problem("not healthy: " + first(alive)));
      }
      Answer ready = get("/readyz");
      if (ready.status != HttpURLConnection.HTTP_OK) {
        found.add(problem("takes no alerts: " + first(ready)));
      } else {
        ready.text.lines().skip(1).forEach(note -> found.add(problem(visible(note))));
      }
      Optional<Duration> canary = metrics(found);
      return found.isEmpty()
          ? List.of(
              Diagnosis.ok(
                  about,
                  "ready, and has nothing to report; "
                      + canary
                          .map(age -> "the last canary came back " + age.toMinutes() + " min ago")
                          .orElse("no canary was sent yet")))
          : found;
    } catch (IOException e) {
      return List.of(
          problem(
              "cannot be reached: "
                  + visible(String.valueOf(e.getMessage()))
                  + "; check that it runs, and that the URL is that of --operations-listen"));
    }
  }

  /** Adds what the metrics say; returns the age of the latest canary that passed every step. */
  private Optional<Duration> metrics(List<Diagnosis> found) throws IOException {
    Answer metrics = get("/metrics");
    Map<String, Double> samples = samples(metrics.text);
    if (metrics.status != HttpURLConnection.HTTP_OK || !samples.containsKey(ZEROS.get(1).metric)) {
      found.add(problem("has no metrics of cattleguard up; check the URL: " + first(metrics)));
      return Optional.empty();
    }
    for (Zero zero : ZEROS) {
      double sum =
          samples.entrySet().stream()
              .filter(one -> one.getKey().split("\\{", 2)[0].equals(zero.metric))
              .mapToDouble(Map.Entry::getValue)
              .sum();
      if (sum != 0) {
        found.add(problem((long) sum + " " + zero.says));
      }
    }
    Double forPeople = samples.get("cattleguard_destinations_for_people");
    if (forPeople != null && forPeople == 0) {
      found.add(
          problem(
              "people receive no notifications: no destination that people read is configured; set"
                  + " what is missing where up runs, and restart it: "
                  + samples.keySet().stream()
                      .filter(one -> one.startsWith("cattleguard_destination_not_configured{"))
                      .filter(one -> !one.endsWith(",people=\"no\"}"))
                      .flatMap(series -> label(series).stream())
                      .collect(Collectors.joining("; "))));
    }
    samples.forEach(
        (series, depth) -> {
          if (series.startsWith("cattleguard_queue_entries{") && depth >= LONG_QUEUE) {
            found.add(
                problem(
                    depth.longValue()
                        + " entries wait in queue "
                        + label(series).orElse(series)
                        + "; check that step or destination in the log"));
          }
        });
    return canary(samples);
  }

  private static Optional<Duration> canary(Map<String, Double> samples) {
    boolean isBack =
        samples.entrySet().stream()
                .filter(one -> one.getKey().startsWith("cattleguard_canary_passed_total{"))
                .mapToDouble(Map.Entry::getValue)
                .min()
                .orElse(0)
            > 0;
    return !isBack
        ? Optional.empty()
        : samples.entrySet().stream()
            .filter(one -> one.getKey().startsWith("cattleguard_canary_age_seconds{"))
            .map(Map.Entry::getValue)
            .max(Double::compare)
            .map(seconds -> Duration.ofSeconds(seconds.longValue()));
  }

  private static Optional<String> label(String series) {
    Matcher quoted = Pattern.compile("\"([^\"]*)\"").matcher(series);
    return quoted.find() ? Optional.of(visible(quoted.group(1))) : Optional.empty();
  }

  private static Map<String, Double> samples(String text) {
    Map<String, Double> samples = new LinkedHashMap<>();
    text.lines()
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .filter(sample -> sample.group(3).matches("[-+0-9.eE]+"))
        .forEach(
            sample ->
                samples.put(
                    sample.group(1) + (sample.group(2) == null ? "" : sample.group(2)),
                    Double.valueOf(sample.group(3))));
    return samples;
  }

  private Answer get(String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) server.resolve(path).toURL().openConnection();
    connection.setConnectTimeout((int) TIMEOUT.toMillis());
    connection.setReadTimeout((int) TIMEOUT.toMillis());
    connection.setInstanceFollowRedirects(false);
    int status = connection.getResponseCode();
    try (InputStream in =
        status < HttpURLConnection.HTTP_BAD_REQUEST
            ? connection.getInputStream()
            : connection.getErrorStream()) {
      byte[] text = in == null ? new byte[0] : in.readNBytes(ANSWER_BYTES);
      return new Answer(status, new String(text, StandardCharsets.UTF_8));
    }
  }

  private Diagnosis problem(String says) {
    return Diagnosis.problem(about, says);
  }

  private static String first(Answer answer) {
    return visible(answer.text.lines().findFirst().orElse("HTTP status " + answer.status));
  }

  private static String visible(String text) {
    return HostileText.visible(text, 500);
  }
}
