package io.cattleguard.app.server;

import io.cattleguard.events.HostileText;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which destinations accept messages, and what a person must fix at those that do not. */
final class DestinationStates {
  private volatile Map<String, DestinationSettings> destinations;
  private final Secrets secrets;
  private final Consumer<String> trouble;

  /** The reasons of the destinations that accept no message, by name. */
  private final Map<String, String> blocked = new ConcurrentSkipListMap<>();

  /**
   * The states of these destinations.
   *
   * @param trouble is told when a destination stops accepting messages, and when it accepts them
   *     again
   */
  DestinationStates(
      List<DestinationSettings> destinations, Secrets secrets, Consumer<String> trouble) {
    this.destinations = byName(destinations);
    this.secrets = secrets;
    this.trouble = trouble;
  }

  /**
   * Replaces the destinations. One that is repaired by it is heard of at its next delivery. One
   * that is gone although messages wait for it is blocked.
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

  /** Whether messages for it are kept: someone has set at least a part of its settings. */
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
        if (blocked.remove(destination) != null) {
          trouble.accept("destination " + destination + " takes messages again");
        }
      }
      case Outcome.TryAgain again -> {
        // Busy or unreachable, which passes.
      }
      case Outcome.Rejected rejected -> {
        // About this one message.
      }
      case Outcome.Skipped skipped -> {
        // Nothing was sent.
      }
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
    blocked.remove(destination);
  }

  /**
   * What is missing of each destination that is not configured, such as {@code siem: … not set}.
   */
  List<String> notConfigured() {
    return destinations.values().stream()
        .flatMap(
            one ->
                one.notConfigured(secrets).stream()
                    .map(why -> one.name() + ": " + reason(why))
                    .map(text -> HostileText.visible(text, 300)))
        .sorted()
        .toList();
  }

  /** How many destinations that people read are configured. */
  long configuredForPeople() {
    return destinations.values().stream()
        .filter(one -> one.isReadByPeople() && one.isConfigured(secrets))
        .count();
  }

  /** A sentence for each destination that accepts no message until a person fixes the cause. */
  List<String> blockedInWords() {
    return blocked.entrySet().stream()
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
    blocked.keySet().forEach(name -> all.put(name, true));
    destinations.keySet().forEach(name -> all.put(name, blocked.containsKey(name)));
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
    return new DestinationStates(List.of(), name -> Optional.empty(), sentence -> {});
  }
}
