package io.cattleguard.app.board;

import io.cattleguard.app.board.page.Confirm;
import io.cattleguard.app.board.page.IncidentView;
import io.cattleguard.app.board.page.Verb;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.deduplicate.silence.HidingPattern;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Passes the commands of the forms to the operator of the deployment. */
final class Orders {
  /** A preview does not depend on how long the silence lasts. */
  private static final Duration PREVIEWED = Duration.ofHours(1);

  private final Operator operator;
  private final InstantSource clock;

  Orders(ShownDeployment deployment, InstantSource clock) {
    this.operator = deployment.operator();
    this.clock = clock;
  }

  /** The result of a command, in words. */
  record Outcome(boolean success, String text) {}

  Outcome give(Confirm form, Person person) {
    String reason = form.reason().strip();
    if (reason.isEmpty()) {
      return new Outcome(
          false, "Enter a reason. It is shown to people and recorded in the incident.");
    }
    if (reason.length() > Confirm.LONGEST_REASON) {
      return new Outcome(
          false, "The reason is longer than " + Confirm.LONGEST_REASON + " characters.");
    }
    Optional<Duration> time =
        Durations.parse(form.time()).filter(one -> form.verb().times().contains(form.time()));
    if (!form.verb().times().isEmpty() && time.isEmpty()) {
      return new Outcome(false, "Choose for how long.");
    }
    if (form.verb() == Verb.SILENCE && !IncidentView.isFingerprint(form.id())) {
      return new Outcome(false, "A silence needs the fingerprint of a problem.");
    }
    try {
      return outcome(
          operator.ask(
              request(
                  form,
                  new OperatorOrder(person.by(), reason),
                  time.orElse(Duration.ZERO),
                  clock.instant()),
              person.identity()));
    } catch (Unavailable e) {
      return new Outcome(false, "This is not possible now: " + e.getMessage());
    }
  }

  /** What a silence of a problem would hide; empty if that cannot be read. */
  String preview(String fingerprint, Person person) {
    if (!IncidentView.isFingerprint(fingerprint)) {
      return "";
    }
    SilenceRequest.Set dryRun =
        new SilenceRequest.Set(
            HidingPattern.ofProblem(fingerprint),
            new OperatorOrder(person.by(), "preview"),
            clock.instant().plus(PREVIEWED),
            Optional.empty(),
            false,
            false,
            true);
    try {
      return operator.ask(dryRun, person.identity()).results().stream()
          .map(one -> one.object().path("covers").asText())
          .filter(covers -> !covers.isEmpty())
          .findFirst()
          .map(covers -> ". Hides " + covers + ".")
          .orElse("");
    } catch (Unavailable e) {
      return "";
    }
  }

  private static OperatorRequest request(
      Confirm form, OperatorOrder order, Duration time, Instant now) {
    String id = form.id();
    return switch (form.verb()) {
      case APPROVE -> new OperatorRequest.Decide(true, id, order);
      case REJECT -> new OperatorRequest.Decide(false, id, order);
      case UNDO -> new OperatorRequest.Undo(id, order);
      case EXTEND -> new OperatorRequest.Extend(id, time, order);
      case SILENCE ->
          new SilenceRequest.Set(
              HidingPattern.ofProblem(id),
              order,
              now.plus(time),
              Optional.empty(),
              false,
              false,
              false);
      case UNSILENCE -> new SilenceRequest.End(id, order);
      case STOP -> new OperatorRequest.Stop(order);
      case RESUME -> new OperatorRequest.Resume(order);
    };
  }

  private static Outcome outcome(OperatorReply reply) {
    String text =
        Stream.concat(
                reply.results().stream().limit(1).map(OperatorReply.Result::line),
                reply.note().stream())
            .collect(Collectors.joining(" "));
    return new Outcome(reply.success(), text.isEmpty() ? "Done." : text);
  }
}
