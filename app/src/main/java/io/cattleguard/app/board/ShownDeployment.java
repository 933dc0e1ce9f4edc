package io.cattleguard.app.board;

import io.cattleguard.app.operate.Operator;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.respond.action.Playbook;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the board shows and commands.
 *
 * @param name in words
 * @param operator answers questions and carries out commands; it gets the identity of the person
 * @param policy the directory of the playbooks, in words
 * @param playbooks reads them; throws {@code PolicyException}
 */
public record ShownDeployment(
    String name,
    RecordedIncidents incidents,
    Operator operator,
    String policy,
    Supplier<List<Playbook>> playbooks) {}
