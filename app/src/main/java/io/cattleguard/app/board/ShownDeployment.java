package io.cattleguard.app.board;

import io.cattleguard.app.operate.Operator;
import io.cattleguard.record.RecordedIncidents;

/**
 * The deployment that the board shows and controls.
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
