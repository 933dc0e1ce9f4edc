package io.cattleguard.app.board;

import io.cattleguard.app.operate.Operator;
import io.cattleguard.record.RecordedIncidents;

/**
 * What the board shows and commands.
 *
 * @param name in words
 * @param operator answers questions and carries out commands; it gets the identity of the person
 */
public record ShownDeployment(
    String name,
    RecordedIncidents incidents,
    Operator operator,
    ShownPolicy policy,
    ShownEvidence evidence) {}
