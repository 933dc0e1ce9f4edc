package io.cattleguard.respond.action;

import io.cattleguard.events.ScoredAlert;
import java.time.Instant;

/**
 * All that a decision rests on, gathered before it is made.
 *
 * @param sight what the action saw of its place
 * @param spent actions already taken from the playbook's budget, within its window
 * @param halted whether the kill switch is on
 * @param now when the decision is made
 * @param replayed whether the event comes from an archive
 * @param rehearsal whether there is no place to ask, so that only the alert itself is judged
 */
public record Situation<S extends Sight>(
    ScoredAlert scored,
    Playbook playbook,
    S sight,
    Fact<Integer> spent,
    Fact<Boolean> halted,
    Instant now,
    boolean replayed,
    boolean rehearsal) {}
