package io.cattleguard.app.server;

import io.cattleguard.events.HostileText;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which destinations accept messages, and what a person must fix for the others. */
final class DestinationStates {
  /** A destination that is busy or unreachable for longer than this needs a person. */
  static final Duration PASSING = Duration.ofMinutes(1);

  private volatile Map<String, DestinationSettings> destinations;
  private final Secrets secrets;
  private final Consumer<String> trouble;

  private final InstantSource clock;

  /** The reasons of the destinations that accept no message, by name. */
  private final Map<String, String> blocked = new ConcurrentSkipListMap<>();

  /** Since when every delivery to a destination needed a retry, by name. */
  private final Map<String, Instant> failingSince = new ConcurrentHashMap<>();

  /**
   * The states of these destinations.
   *
   * @param trouble receives a sentence when a destination stops accepting messages, and when it
   *     accepts them again
   */
  DestinationStates(
      List<DestinationSettings> destinations,
      Secrets secrets,
      InstantSource clock,
      Consumer<String> trouble) {
    this.destinations = byName(destinations);
    this.secrets = secrets;
    this.clock = clock;
    this.trouble = trouble;
  }

  /**
   * Replaces the destinations. A repaired one is reported at its next delivery. A removed one for
   * which messages wait is blocked.
   *
   * @param waiting the destinations for which messages wait
   */
  void replace(List<DestinationSettings> next, Set<String> waiting) {
    destinations = byName(next);
    blocked.keySet().removeIf(name -> !destinations.containsKey(name) && !waiting.contains(name));
    for (String name : waiting) {
      if (!destinations.containsKey(name)) {
        heard(name, Dispatcher.notInPolicy(name));
      }
    }
  }

  private static Map<String, DestinationSettings> byName(List<DestinationSettings> all) {
    return all.stream().collect(Collectors.toMap(DestinationSettings::name, Function.identity()));
  }

  /** Whether messages for it are kept: at least a part of its settings is set. */
  boolean isExpected(String destination) {
    DestinationSettings settings = destinations.get(destination);
    return settings == null || settings.isConfigured(secrets) || settings.isBegun(secrets);
  }

  /** Notes the outcome of a delivery that was kept. */
  void heard(String destination, Outcome outcome) {
    switch (outcome) {
      case Outcome.Blocked why -> block(destination, why.reason());
      case Outcome.NotConfigured why -> block(destination, why.reason());
      case Outcome.Delivered delivered -> {
        failingSince.remove(destination);
        if (blocked.remove(destination) != null) {
          trouble.accept("destination " + destination + " accepts messages again");
        }
      }
      case Outcome.TryAgain again -> failed(destination, again.reason());
      case Outcome.Rejected rejected -> {
        // About this one message.
      }
      case Outcome.Skipped skipped -> {
        // Nothing was sent.
      }
    }
  }

  /** Busy or unreachable, which is usually temporary. */
  private void failed(String destination, String reason) {
    Instant now = clock.instant();
    Instant since = failingSince.computeIfAbsent(destination, first -> now);
    if (!now.isBefore(since.plus(PASSING)) && !blocked.containsKey(destination)) {
      block(
          destination,
          "every delivery has failed since "
              + since.truncatedTo(ChronoUnit.SECONDS)
              + ": "
              + reason);
    }
  }

  private void block(String destination, String reason) {
    if (!reason.equals(blocked.put(destination, reason))) {
      trouble.accept(
          "destination " + destination + " accepts no message: " + reason + "; messages are kept");
    }
  }

  /** No message for it waits, so nothing is blocked, also if the last ones needed no sending. */
  void idle(String destination) {
    failingSince.remove(destination);
    blocked.remove(destination);
  }

  /**
   * What is missing of each destination that is not configured, such as {@code siem: … not set},
   * and whether people read it.
   */
  Map<String, Boolean> notConfigured() {
    Map<String, Boolean> missing = new TreeMap<>();
    for (DestinationSettings one : destinations.values()) {
      one.notConfigured(secrets)
          .map(why -> HostileText.visible(one.name() + ": " + reason(why), 300))
          .ifPresent(text -> missing.put(text, one.isReadByPeople()));
    }
    return missing;
  }

  /** How many destinations that people read are configured. */
  long configuredForPeople() {
    return destinations.values().stream()
        .filter(one -> one.isReadByPeople() && one.isConfigured(secrets))
        .count();
  }

  /** The reasons of those that refused messages, and of those of which only a part is set. */
  private Map<String, String> reasons() {
    Map<String, String> all = new TreeMap<>(blocked);
    for (DestinationSettings one : destinations.values()) {
      if (one.notConfigured(secrets).orElse(null) instanceof Outcome.Blocked incomplete) {
        all.putIfAbsent(one.name(), incomplete.reason());
      }
    }
    return all;
  }

  /** A sentence for each destination that accepts no message until a person fixes the cause. */
  List<String> blockedInWords() {
    return reasons().entrySet().stream()
        .map(
            one ->
                "destination "
                    + one.getKey()
                    + " accepts no message, messages are kept: "
                    + HostileText.visible(one.getValue(), 300))
        .toList();
  }

  /**
   * For each destination whether it accepts no message until a person fixes the cause, also for one
   * that is gone.
   */
  Map<String, Boolean> areBlocked() {
    Map<String, Boolean> all = new TreeMap<>();
    destinations.keySet().forEach(name -> all.put(name, false));
    reasons().keySet().forEach(name -> all.put(name, true));
    return all;
  }

  /** The destinations by name, with what is not set. */
  String inWords() {
    return destinations.values().stream()
        .map(
            one ->
                one.name()
                    + one.notConfigured(secrets)
                        .map(outcome -> " (" + reason(outcome) + ")")
                        .orElse(""))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String reason(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Blocked blocked -> blocked.reason() + "; messages wait until it is";
      case Outcome.NotConfigured not -> not.reason();
      default -> outcome.word();
    };
  }

  /** Keeps messages for all destinations, and reports no trouble. */
  static DestinationStates unknown() {
    return new DestinationStates(
        List.of(), name -> Optional.empty(), InstantSource.system(), sentence -> {});
  }
}
