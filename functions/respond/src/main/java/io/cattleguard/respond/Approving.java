package io.cattleguard.respond;

import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.ApprovalRules;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Approvals;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Asks people whether an action may be taken, and stores their answers. */
final class Approving {
  /** Why an answer to a question that is not stored is ignored. */
  static final String UNKNOWN = "nothing waits for approval with that id";

  /** Maximum difference of two clocks. */
  private static final Duration SKEW = Duration.ofMinutes(2);

  private final Playbooks playbooks;
  private final Ledger ledger;
  private final Retries retries;
  private final EarlierAttempts earlier;

  Approving(Playbooks playbooks, Ledger ledger, Retries retries, EarlierAttempts earlier) {
    this.playbooks = playbooks;
    this.ledger = ledger;
    this.retries = retries;
    this.earlier = earlier;
  }

  /** The result of a command about a question. */
  sealed interface Answer {
    /** It decided the question, now or at an earlier delivery. */
    record Decided(Approval approval) implements Answer {}

    /** It changes nothing. */
    record Ignored(Optional<Approval> approval, String reason) implements Answer {}
  }

  /**
   * Asks, unless people were asked about this action and object already, or it is in effect. A
   * redelivered alert gets the stored question.
   */
  <P, S extends ObservedState> StepResult ask(Attempt<P, S> attempt, Subject subject) {
    Ledger.Key key = attempt.key(subject.uid());
    // The order matters, because the action may be settled between the two reads.
    boolean isVerified = earlier.isBeingVerified(key, attempt.situation().now());
    if (isVerified && retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    Optional<Settlement> settled = ledger.settled(key);
    if (settled.isPresent() && settled.get().outcome() == ResponseOutcome.RELEASED) {
      List<String> objections =
          List.of(
              attempt.action().name()
                  + " on "
                  + subject.inWords()
                  + " is not taken again: "
                  + settled.get().explanation());
      return retries.isFirstToSayNotAgain(attempt)
          ? StepResult.of(Reports.refused(attempt, objections))
          : StepResult.SILENT;
    }
    Optional<Containment> before = ledger.remembered(key);
    boolean holds =
        settled.filter(Settlement::isInEffect).isPresent() && holds(attempt, key, subject);
    Instant now = attempt.situation().now();
    if (holds) {
      // A containment that is about to end does not answer an alert.
      if (ledger.remembered(key).flatMap(Containment::acceptedSince).isPresent()
          && retries.canRetry(attempt)) {
        return StepResult.AGAIN;
      }
      // A sweep whose turn begins after this reads the time of the alert.
      ledger.change(key, containment -> containment.alertedAt(now));
    }
    if (earlier.isBeingReleased(before, key, now) && retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    if (holds) {
      return StepResult.SILENT;
    }
    Approvals approvals = ledger.approvals();
    if (attempt.isContinuing() && isRejected(approvals.about(key), attempt)) {
      return StepResult.SILENT;
    }
    Approval stored = approvals.ask(question(attempt, subject, key));
    return isBeingCarriedOut(stored) && !stored.alertId().equals(attempt.alertId())
        ? StepResult.AGAIN
        : tell(attempt, stored);
  }

  /**
   * An action that was approved may still be refused, and a question expires. Then another alert
   * that comes meanwhile has no answer yet.
   */
  private static boolean isBeingCarriedOut(Approval question) {
    return question.isOpen()
        && (question.state() == Approval.State.APPROVED
            || question.state() == Approval.State.EXPIRED);
  }

  private <P, S extends ObservedState> boolean holds(
      Attempt<P, S> attempt, Ledger.Key key, Subject subject) {
    return attempt
        .action()
        .holds(
            attempt.place(),
            ledger.remembered(key).map(one -> one.subject()).orElseGet(subject::toJson));
  }

  /** A person's rejection stays valid while the same problem continues. */
  private static boolean isRejected(Optional<Approval> latest, Attempt<?, ?> attempt) {
    return latest
        .filter(one -> one.state() == Approval.State.REJECTED)
        .filter(one -> one.playbook().equals(attempt.situation().playbook().name()))
        .isPresent();
  }

  private StepResult tell(Attempt<?, ?> attempt, Approval stored) {
    return stored.isWaiting() && stored.alertId().equals(attempt.alertId())
        ? StepResult.of(Reports.awaitingApproval(attempt, stored))
        : StepResult.SILENT;
  }

  /**
   * An alert that is delivered again may be too old to ask, but the question that it stored may
   * never have been published. The result of a question is reported as its outcome.
   */
  Optional<StepResult> askedBefore(Attempt<?, ?> attempt) {
    return attempt
        .situation()
        .observed()
        .subject()
        .flatMap(subject -> ledger.approvals().about(attempt.key(subject.uid())))
        .filter(one -> one.alertId().equals(attempt.alertId()))
        .map(one -> tell(attempt, one));
  }

  private static Approval question(Attempt<?, ?> attempt, Subject subject, Ledger.Key key) {
    Situation<?> situation = attempt.situation();
    ScoredAlert scored = situation.scored();
    Playbook playbook = situation.playbook();
    ApprovalRules rules = playbook.approval();
    String hash =
        Fingerprint.hash(
            String.join(
                "\n",
                "approval",
                attempt.alertId(),
                playbook.name(),
                key.action(),
                key.uid(),
                situation.now().toString()));
    return new Approval(
        Stream.of(
                Optional.ofNullable(scored.alert().target().cluster()).orElse(""),
                key.action(),
                hash.substring(0, 16))
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining("/")),
        key,
        subject.inWords(),
        playbook.name(),
        attempt.alertId(),
        situation.now(),
        situation.now().plus(rules.expires()),
        rules.actsByDefault(),
        Guards.names(attempt.action()),
        Approval.State.WAITING,
        Optional.empty(),
        false,
        AlertJson.write(scored).toString());
  }

  /** The person who approved it, for the start of an outcome. */
  static String saying(Approval approval) {
    return approval
        .decision()
        .map(
            how ->
                (approval.state() == Approval.State.APPROVED ? "approved by " : "rejected by ")
                    + how.by()
                    + " ("
                    + how.why()
                    + "): ")
        .orElse("");
  }

  /** The action that an id of a question names. */
  static Optional<String> action(String id) {
    String[] parts = id.split("/", -1);
    return parts.length < 2 ? Optional.empty() : Optional.of(parts[parts.length - 2]);
  }

  /** Stores a person's answer, if that person may give it and the question still waits. */
  Answer answer(OperatorCommand command, Instant now) {
    String id = command.about().approval().orElse("");
    boolean approves = command.command() == OperatorCommand.Verb.APPROVE;
    Optional<Approval> found = ledger.approvals().named(id);
    if (found.isEmpty()) {
      return new Answer.Ignored(Optional.empty(), UNKNOWN);
    }
    Approval before = found.get();
    if (before.decision().filter(how -> how.commandId().equals(command.id())).isPresent()) {
      return new Answer.Decided(before);
    }
    Optional<String> objection = objection(command, before, approves, now);
    if (objection.isPresent()) {
      return new Answer.Ignored(found, objection.get());
    }
    Approval.Decision decision =
        new Approval.Decision(command.id(), command.who().inWords(), command.why(), now);
    Approval.State next = approves ? Approval.State.APPROVED : Approval.State.REJECTED;
    Optional<Approval> after = ledger.approvals().change(id, one -> one.decided(next, decision));
    return after.filter(one -> one.decision().filter(decision::equals).isPresent()).isPresent()
        ? new Answer.Decided(after.get())
        : new Answer.Ignored(after.or(() -> found), "another person decided at the same time");
  }

  /**
   * Why a command changes nothing. A rejection is accepted while the question is undecided; an
   * approval only until the question expires.
   */
  private Optional<String> objection(
      OperatorCommand command, Approval approval, boolean approves, Instant now) {
    Operators operators = playbooks.limits().operators();
    String identity = command.who().identity();
    if (!operators.allow(command.command(), identity)) {
      return Optional.of(
          "operators in settings.yaml allows it to " + operators.inWords(command.command()));
    }
    Optional<ApprovalRules> rules =
        playbooks.all().stream()
            .filter(one -> one.name().equals(approval.playbook()))
            .map(Playbook::approval)
            .findFirst();
    if (rules.filter(one -> !one.allow(identity)).isPresent()) {
      return Optional.of(
          "the playbook "
              + approval.playbook()
              + " allows it to "
              + rules.get().by().stream().map(Object::toString).collect(Collectors.joining(", ")));
    }
    if (command.observedAt().plus(SKEW).isBefore(approval.askedAt())) {
      return Optional.of("it was given before the question was asked");
    }
    if (!approval.isWaiting()) {
      return Optional.of("it was decided before: " + inWords(approval));
    }
    return approves && now.isAfter(approval.until())
        ? Optional.of("it expired at " + approval.until().truncatedTo(ChronoUnit.SECONDS))
        : Optional.empty();
  }

  private static String inWords(Approval approval) {
    return switch (approval.state()) {
      case WAITING -> "it waits";
      case APPROVED -> "approved" + byWhom(approval);
      case REJECTED -> "rejected" + byWhom(approval);
      case EXPIRED -> "it expired at " + approval.until().truncatedTo(ChronoUnit.SECONDS);
    };
  }

  private static String byWhom(Approval approval) {
    return approval
        .decision()
        .map(how -> " by " + how.by() + " at " + how.at().truncatedTo(ChronoUnit.SECONDS))
        .orElse("");
  }

  /** Reports a command that changed nothing, with the state of what it was about. */
  void ignored(
      OperatorCommand command,
      Approval approval,
      String reason,
      Instant now,
      Consumer<ResponseDecided> hear) {
    String saying =
        command.command().jsonName()
            + " by "
            + command.who().inWords()
            + " ("
            + command.why()
            + ") changed nothing: "
            + reason;
    // The order matters, because the action may be settled between the two reads.
    boolean underWay = isUnderWay(approval);
    Optional<Settlement> settled =
        ledger
            .answered(approval.alertId(), approval.key().action())
            .map(Ledger.Answer::settlement)
            .filter(one -> isStillSo(one, approval.key()))
            .or(() -> isCarriedOut(approval) ? inEffect(approval.key()) : Optional.empty());
    ResponseOutcome outcome =
        switch (approval.state()) {
          case WAITING -> ResponseOutcome.AWAITING_APPROVAL;
          case APPROVED ->
              settled.map(Settlement::outcome).orElseGet(() -> unsettled(approval, underWay));
          case REJECTED, EXPIRED -> ResponseOutcome.REFUSED;
        };
    hear.accept(
        Reports.about(
            approval,
            playbooks.actions().named(approval.key().action()),
            outcome,
            saying,
            Optional.of(command.id()),
            settled.flatMap(one -> leaseUntil(one, approval.key())),
            settled.filter(Settlement::isInEffect).map(Settlement::at).orElse(now)));
  }

  /** An action that was taken and is being verified is requested, and not refused. */
  private static ResponseOutcome unsettled(Approval approval, boolean underWay) {
    if (underWay) {
      return ResponseOutcome.REQUESTED;
    }
    return approval.isOpen() ? ResponseOutcome.AWAITING_APPROVAL : ResponseOutcome.REFUSED;
  }

  private boolean isUnderWay(Approval approval) {
    return ledger
        .suspended(approval.key())
        .filter(one -> one.alertId().equals(approval.alertId()))
        .isPresent();
  }

  /** A containment may have been released since, so it is not reported as taken again. */
  private boolean isStillSo(Settlement settlement, Ledger.Key key) {
    return !settlement.isInEffect()
        || settlement.leaseUntil().isEmpty()
        || ledger.remembered(key).isPresent();
  }

  private static boolean isCarriedOut(Approval approval) {
    return approval.state() == Approval.State.APPROVED && !approval.isOpen();
  }

  /** The action in effect on the object, whichever alert caused it. */
  private Optional<Settlement> inEffect(Ledger.Key key) {
    return ledger.settled(key).filter(one -> one.isInEffect() && isStillSo(one, key));
  }

  private Optional<Instant> leaseUntil(Settlement settlement, Ledger.Key key) {
    return settlement
        .leaseUntil()
        .map(first -> ledger.remembered(key).map(Containment::until).orElse(first));
  }

  /**
   * Reports why an approved step did nothing: another alert's action is in effect, or was. An
   * action of the alert itself is reported when it is verified, or was reported before.
   */
  void answeredByAnother(Approval approval, Instant now, Consumer<ResponseDecided> hear) {
    Ledger.Key key = approval.key();
    String alert = approval.alertId();
    if (isUnderWay(approval) || ledger.answered(alert, key.action()).isPresent()) {
      return;
    }
    Optional<Settlement> inEffect = inEffect(key);
    hear.accept(
        Reports.about(
            approval,
            playbooks.actions().named(approval.key().action()),
            inEffect.map(Settlement::outcome).orElse(ResponseOutcome.REFUSED),
            saying(approval)
                + inEffect
                    .map(one -> "it is in effect already: " + one.explanation())
                    .orElse("no action taken: another alert's action on it came first"),
            approval.decision().map(Approval.Decision::commandId),
            inEffect.flatMap(one -> leaseUntil(one, key)),
            inEffect.map(Settlement::at).orElse(now)));
  }

  /** Decides what has expired, as the playbook declared when it asked. */
  Approval expire(Approval approval, Instant now) {
    if (!approval.isWaiting() || now.isBefore(approval.until())) {
      return approval;
    }
    Approval.Decision decision =
        new Approval.Decision(
            "expired",
            "the playbook's default",
            "nobody decided until " + approval.until().truncatedTo(ChronoUnit.SECONDS),
            approval.until());
    Approval.State next =
        approval.actsByDefault() ? Approval.State.APPROVED : Approval.State.EXPIRED;
    return ledger
        .approvals()
        .change(approval.id(), one -> one.decided(next, decision))
        .orElse(approval);
  }

  /** Reports that an action is not taken, and ends the question. */
  void refuse(Approval approval, String why, Instant now, Consumer<ResponseDecided> hear) {
    hear.accept(
        Reports.about(
            approval,
            playbooks.actions().named(approval.key().action()),
            ResponseOutcome.REFUSED,
            why,
            approval.decision().map(Approval.Decision::commandId),
            Optional.empty(),
            now));
    end(approval);
  }

  /** The result was reported. */
  void end(Approval approval) {
    Optional<Approval> unused = ledger.approvals().change(approval.id(), Approval::over);
  }
}
