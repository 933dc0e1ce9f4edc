package io.cattleguard.respond;

import io.cattleguard.events.ScoredAlert;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that a decision rests on, gathered before it is made.
 *
 * @param pod the pod of the alert's name as it is now; known and empty where there is none
 * @param peers the other pods of its controller
 * @param spent actions already taken from the playbook's budget, within its window
 * @param halted whether somebody has thrown the kill switch
 * @param replayed whether the event comes from an archive
 */
public record Situation(
    ScoredAlert scored,
    Playbook playbook,
    Step step,
    ResponderSettings settings,
    Fact<Optional<Pod>> pod,
    Fact<Cluster.Peers> peers,
    Fact<List<DisruptionBudget>> disruptionBudgets,
    Fact<Integer> spent,
    Fact<Boolean> halted,
    Instant now,
    boolean replayed) {}
