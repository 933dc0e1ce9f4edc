package io.cattleguard.app.slack;

import io.cattleguard.app.operate.Operator;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.reviewed.DeviationPatch;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The server that executes commands from Slack.
 *
 * @param operators which people may give which commands, under the policy in force
 * @param publisher puts a command on the road and on disk; throws {@link
 *     io.cattleguard.edge.port.Unavailable} if it cannot
 * @param operator answers questions about containments and silences
 * @param incidents what happened
 * @param patches what accepting a deviation would change in the policy's models, at a time
 * @param say takes a line per command
 * @param trouble takes a sentence about what is wrong
 * @param failed takes a sentence about a thread that failed and is restarted
 */
public record SlackHost(
    Supplier<Operators> operators,
    Consumer<OperatorCommand> publisher,
    Operator operator,
    RecordedIncidents incidents,
    BiFunction<AcceptableEntry, Instant, DeviationPatch> patches,
    InstantSource clock,
    Consumer<String> say,
    Consumer<String> trouble,
    Consumer<String> failed) {}
