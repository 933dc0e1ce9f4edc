package io.cattleguard.respond;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the object of an alert, for one step of a playbook. The resulting attempt has everything
 * that the decision needs.
 */
final class Attempts {
  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final ResponderSettings settings;

  Attempts(Playbooks playbooks, Places places, Ledger ledger, ResponderSettings settings) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.settings = settings;
  }

  /** Reads the object, and how much of the action's limits is left. */
  <P, S extends ObservedState> Attempt<P, S> look(
      Action<P, S> action,
      Playbook playbook,
      ScoredAlert scored,
      Instant now,
      boolean replayed,
      int round) {
    P place = places.of(action);
    S observed = action.look(place, scored);
    List<Allowance> allowances =
        Allowance.of(
            playbook,
            action,
            playbooks.limits(),
            observed.subject(),
            limits -> spentByOthers(limits, now));
    return new Attempt<>(
        action,
        place,
        new Situation<>(
            scored,
            playbook,
            observed,
            allowances,
            Fact.ask(ledger::halted),
            now,
            replayed,
            settings.rehearsal()),
        round);
  }

  private Map<String, Fact<Integer>> spentByOthers(List<Allowance.Limit> limits, Instant now) {
    Fact<Map<String, Integer>> counts =
        Fact.ask(
            () ->
                ledger.spentByOthers(
                    limits.stream()
                        .map(
                            limit ->
                                new Ledger.Spent(
                                    limit.key(), limit.uid(), now.minus(limit.budget().window())))
                        .toList()));
    Map<String, Fact<Integer>> facts = new HashMap<>();
    switch (counts) {
      case Fact.Known<Map<String, Integer>> known ->
          known.value().forEach((key, count) -> facts.put(key, new Fact.Known<>(count)));
      case Fact.Unknown<Map<String, Integer>> unknown ->
          limits.forEach(limit -> facts.put(limit.key(), new Fact.Unknown<>(unknown.reason())));
    }
    return facts;
  }

  /** The stronger action. A playbook that names it takes it anyway. */
  Optional<Attempt<?, ?>> stronger(Attempt<?, ?> attempt) {
    Situation<?> situation = attempt.situation();
    Playbook playbook = situation.playbook();
    return playbook
        .escalation(attempt.action())
        .filter(name -> playbook.steps().stream().noneMatch(step -> step.name().equals(name)))
        .filter(name -> playbooks.actions().named(name).isPresent())
        .map(name -> playbooks.configured(name, playbook.name()))
        .filter(places::have)
        .map(
            stronger ->
                look(
                    stronger,
                    playbook,
                    situation.scored(),
                    situation.now(),
                    situation.replayed(),
                    attempt.round()));
  }
}
