package io.cattleguard.app.server;

import io.cattleguard.app.slack.SlackWay;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.Utilisation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The metrics of a server. */
final class UpMetrics {
  private final UpState state;
  private final LiveRoad road;
  private final DestinationStates states;
  private final PolicyInUse policy;
  private final UpInput input;
  private final UpJournal journal;
  private final Optional<SlackWay> slack;
  private final Utilisation utilisation = new Utilisation();

  UpMetrics(
      UpState state,
      LiveRoad road,
      DestinationStates states,
      PolicyInUse policy,
      UpInput input,
      UpJournal journal,
      Optional<SlackWay> slack) {
    this.state = state;
    this.road = road;
    this.states = states;
    this.policy = policy;
    this.input = input;
    this.journal = journal;
    this.slack = slack;
  }

  /** All metrics, as they are now. */
  MetricsText text() {
    MetricsText text = new MetricsText();
    input.write(text);
    policy.write(text);
    utilisation.write(text);
    text.info("cattleguard_info", "Version of the server.", "version", BuildVersion.current());
    journal.write(text);
    text.counter(
        "cattleguard_worker_failures_total",
        "Failures of a thread or scheduled task, which was then restarted.",
        input.workerFailures() + road.failures());
    state.write(text, policy.policy());
    slack.ifPresent(one -> one.write(text));
    text.gauge(
        "cattleguard_queue_entries",
        "Entries in the queue of a step or destination.",
        "queue",
        road.queue().depths());
    text.gauge(
        "cattleguard_destination_blocked",
        "1 if a destination accepts no message until its cause is fixed; the log says what to do.",
        "destination",
        numbers(states.areBlocked()));
    text.gauge(
        "cattleguard_destination_not_configured",
        "1 for each destination that is not configured. The label missing names the destination and"
            + " its missing settings; people is yes if people read it, no for machines.",
        List.of("missing", "people"),
        states.notConfigured().entrySet().stream()
            .collect(
                Collectors.toMap(
                    one -> List.of(one.getKey(), one.getValue() ? "yes" : "no"), one -> 1L)));
    text.gauge(
        "cattleguard_destinations_for_people",
        "Configured destinations that people read. If it is 0, people receive no notifications.",
        states.configuredForPeople());
    text.gauge(
        "cattleguard_digests_waiting",
        "Owners whose digest is due and could not be sent; the log has the reasons.",
        road.digests().waiting());
    text.gauge(
        "cattleguard_digest_age_seconds",
        "Time since the first attempt to send the oldest digest that waits.",
        road.digests().age().toSeconds());
    text.gauge(
        "cattleguard_parked_entries",
        "Entries that failed repeatedly; kept in --data and retried at the next start.",
        road.queue().parked());
    return text;
  }

  private static Map<String, Long> numbers(Map<String, Boolean> flags) {
    Map<String, Long> numbers = new TreeMap<>();
    flags.forEach((name, flag) -> numbers.put(name, flag ? 1L : 0L));
    return numbers;
  }
}
