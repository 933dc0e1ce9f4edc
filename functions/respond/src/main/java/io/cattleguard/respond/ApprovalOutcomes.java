package io.cattleguard.respond;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Carries out people's decisions about actions that wait for approval: an approved action is
 * decided again by the guards and taken, a rejected or expired one is reported.
 */
final class ApprovalOutcomes {
  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final Approving approving;
  private final Attempts attempts;
  private final StepDecisions decisions;

  ApprovalOutcomes(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      Approving approving,
      Attempts attempts,
      StepDecisions decisions) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.approving = approving;
    this.attempts = attempts;
    this.decisions = decisions;
  }

  /** Ends the questions that expired, and carries out decisions that are not carried out yet. */
  void sweep(Instant now, Consumer<ResponseDecided> hear, List<RuntimeException> errors) {
    for (Approval approval : openApprovals(errors)) {
      try {
        Approval stored = approving.expire(approval, now);
        if (!stored.isWaiting()) {
          finish(stored, now, hear);
        }
      } catch (RuntimeException e) {
        errors.add(e);
      }
    }
  }

  /** The open questions about the actions of this responder. */
  private List<Approval> openApprovals(List<RuntimeException> errors) {
    try {
      List<Approval> open = ledger.approvals().open().stream().filter(this::isMine).toList();
      List<String> unreadable = ledger.approvals().unreadable();
      if (!unreadable.isEmpty()) {
        errors.add(
            new IllegalStateException(
                "questions that cannot be read and are not decided: "
                    + String.join(", ", unreadable)));
      }
      return open;
    } catch (RuntimeException e) {
      errors.add(e);
      return List.of();
    }
  }

  private boolean isMine(Approval approval) {
    return places.have(playbooks.actions(), approval.key().action());
  }

  /**
   * Stores a person's answer and carries it out.
   *
   * @return why it changes nothing; empty if it changed something or is about another responder
   */
  Optional<String> answer(OperatorCommand command, Instant now, Consumer<ResponseDecided> hear) {
    String id = command.about().approval().orElse("");
    Optional<String> action = Approving.action(id).filter(playbooks.actions()::isRegistered);
    if (action.isEmpty()) {
      return Optional.of(Commands.NO_ACTION);
    }
    if (action.filter(one -> places.have(playbooks.actions(), one)).isEmpty()) {
      return Optional.empty();
    }
    return switch (approving.answer(command, now)) {
      case Approving.Answer.Ignored ignored -> {
        ignored
            .approval()
            .ifPresent(one -> approving.ignored(command, one, ignored.reason(), now, hear));
        yield Optional.of(ignored.reason());
      }
      case Approving.Answer.Decided decided -> {
        finish(decided.approval(), now, hear);
        yield Optional.empty();
      }
    };
  }

  /** Carries out and reports the decision, unless it was reported before. */
  private void finish(Approval approval, Instant now, Consumer<ResponseDecided> hear) {
    if (!approval.isOpen()) {
      return;
    }
    switch (approval.state()) {
      case WAITING -> {}
      case REJECTED, EXPIRED ->
          approving.refuse(
              approval,
              (approval.state() == Approval.State.EXPIRED
                      ? "expired, "
                      : Approving.saying(approval))
                  + "no action taken"
                  + (approval.state() == Approval.State.EXPIRED
                      ? ": " + approval.decision().map(Approval.Decision::why).orElse("")
                      : ""),
              now,
              hear);
      case APPROVED -> act(approval, now, hear);
    }
  }

  /**
   * Takes an approved action, if all guards agree now. The next sweep decides the rest again, so a
   * process that is killed here loses nothing.
   */
  private void act(Approval approval, Instant now, Consumer<ResponseDecided> hear) {
    ScoredAlert scored = Reports.scored(approval.scoredJson());
    Optional<Playbook> playbook =
        playbooks.all().stream()
            .filter(one -> one.name().equals(approval.playbook()))
            .map(one -> one.at(scored.alert().target()))
            .filter(one -> one.mode() != Mode.OBSERVE)
            .findFirst();
    Instant observedAt = scored.alert().observedAt();
    if (playbook.isEmpty() || observedAt == null) {
      approving.refuse(
          approval,
          Approving.saying(approval)
              + "no action taken: the playbook "
              + approval.playbook()
              + " is gone or only observes now",
          now,
          hear);
      return;
    }
    Instant decidedAt = approval.decision().map(Approval.Decision::at).orElse(now);
    StepResult result =
        decisions.decide(
            attempts
                .look(
                    playbooks.configured(approval.key().action(), approval.playbook()),
                    playbook.get().approved(observedAt, decidedAt),
                    scored,
                    now,
                    false,
                    0)
                .approvedAs(approval));
    result.told().ifPresent(told -> hear.accept(answering(told, approval)));
    if (result.again()) {
      return;
    }
    if (result.told().isEmpty()) {
      approving.answeredByAnother(approval, now, hear);
    }
    approving.end(approval);
  }

  private static ResponseDecided answering(ResponseDecided told, Approval approval) {
    String saying = Approving.saying(approval);
    return told.answering(
        Reports.question(approval, approval.decision().map(Approval.Decision::commandId)),
        told.explanation().startsWith(saying) ? told.explanation() : saying + told.explanation());
  }
}
