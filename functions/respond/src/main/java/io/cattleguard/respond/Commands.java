package io.cattleguard.respond;

import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Carries out commands that only change the ledger: stop, resume, undo and extend. A command is
 * ordered by the time at which it was given, so that a late or repeated one changes nothing.
 */
final class Commands {
  static final String NO_ACTION = "its id names no action of a responder";

  /** Maximum age of a command: a person who waits longer gives it again. */
  private static final Duration LATE = Duration.ofMinutes(15);

  /** Maximum clock skew of a command from the future. */
  private static final Duration SKEW = Duration.ofMinutes(2);

  private final Operators operators;
  private final Ledger ledger;
  private final Predicate<String> isAction;
  private final Predicate<String> isHere;

  /**
   * Takes the ledger.
   *
   * @param isAction whether an action is one of any responder
   * @param isHere whether an action is this responder's
   */
  Commands(
      Operators operators, Ledger ledger, Predicate<String> isAction, Predicate<String> isHere) {
    this.operators = operators;
    this.ledger = ledger;
    this.isAction = isAction;
    this.isHere = isHere;
  }

  /**
   * The message about a command, in addition to the outcome of its action: that the kill switch was
   * turned, or that the command was ignored. Empty if there is nothing to report.
   *
   * @param ignored what {@link #carryOut} returned
   */
  static Optional<OperatorCommand> answer(OperatorCommand command, Optional<String> ignored) {
    if (!command.isOpen()) {
      return Optional.empty();
    }
    return switch (command.command()) {
      case STOP, RESUME -> Optional.of(command.answered(ignored));
      case UNDO, EXTEND -> ignored.map(why -> command.answered(Optional.of(why)));
      // A stored question reports it itself.
      case APPROVE, REJECT ->
          ignored
              .filter(why -> why.equals(Approving.UNKNOWN) || why.equals(NO_ACTION))
              .map(why -> command.answered(Optional.of(why)));
      case SILENCE, UNSILENCE -> Optional.empty();
    };
  }

  /** Returns why the command changes nothing; empty if it does change something. */
  Optional<String> carryOut(OperatorCommand command, Instant now) {
    if (!operators.allow(command.command(), command.who().identity())) {
      return Optional.of(
          "operators in settings.yaml allows it to " + operators.inWords(command.command()));
    }
    OperatorOrder order = new OperatorOrder(command.who().inWords(), command.why());
    if (command.command() == OperatorCommand.Verb.STOP
        || command.command() == OperatorCommand.Verb.RESUME) {
      return turn(command, order, now);
    }
    Optional<String> untimely = untimely(command, now);
    if (untimely.isPresent()) {
      return untimely;
    }
    if (command.command() == OperatorCommand.Verb.EXTEND
        && command.about().until().filter(until -> Operations.isTooLate(until, now)).isPresent()) {
      return Optional.of(Operations.TOO_LONG);
    }
    return switch (command.command()) {
      case UNDO -> change(command, containment -> containment.undoneBy(order, now));
      case EXTEND -> extend(command, now);
      case APPROVE, REJECT, STOP, RESUME, SILENCE, UNSILENCE -> Optional.empty();
    };
  }

  private Optional<String> extend(OperatorCommand command, Instant now) {
    AtomicReference<Optional<String>> refused = new AtomicReference<>(Optional.empty());
    Optional<String> objection =
        change(
            command,
            containment -> {
              refused.set(Operations.notExtendable(ledger, containment, now));
              return refused.get().isPresent()
                  ? containment
                  : command
                      .about()
                      .until()
                      .filter(until -> until.isAfter(containment.until()))
                      .map(containment::extendedTo)
                      .orElse(containment);
            });
    return refused.get().isPresent() ? refused.get() : objection;
  }

  /** A stop is never too late. A stop from a clock that is ahead counts as given now. */
  private static Optional<String> untimely(OperatorCommand command, Instant now) {
    Instant given = command.observedAt();
    if (command.command() == OperatorCommand.Verb.STOP) {
      return Optional.empty();
    }
    if (given.plus(LATE).isBefore(now)) {
      return Optional.of("it was given more than " + LATE.toMinutes() + " min ago");
    }
    return given.isAfter(now.plus(SKEW))
        ? Optional.of("it is dated in the future")
        : Optional.empty();
  }

  /**
   * Turns the kill switch. Several responders get the same command, in any order, so one
   * conditional write decides its result, once.
   */
  private Optional<String> turn(OperatorCommand command, OperatorOrder order, Instant now) {
    boolean on = command.command() == OperatorCommand.Verb.STOP;
    Instant given = command.observedAt().isBefore(now) ? command.observedAt() : now;
    AtomicReference<Optional<String>> objection = new AtomicReference<>(Optional.empty());
    ledger.changeSwitch(
        before -> {
          Ledger.Halt is = before.orElseGet(Ledger.Halt::never);
          boolean wasIgnored = is.ignored().contains(command.id());
          if (is.commands().contains(command.id())) {
            objection.set(is.on() == on ? Optional.empty() : Optional.of(overtaken(is, command)));
            return before;
          }
          objection.set(
              untimely(command, now)
                  .or(() -> before.flatMap(halt -> overruled(halt, on, given)))
                  .or(() -> wasIgnored ? Optional.of("it was ignored before") : Optional.empty()));
          if (objection.get().isPresent()) {
            // The other responder, or a later delivery, must not carry it out after all.
            return wasIgnored ? before : Optional.of(is.ignoring(command.id()));
          }
          Instant at =
              before.map(Ledger.Halt::at).filter(latest -> latest.isAfter(given)).orElse(given);
          return Optional.of(
              new Ledger.Halt(on, order.by(), order.reason(), at)
                  .knowing(before, Optional.of(command.id())));
        });
    return objection.get();
  }

  /** A redelivered command is not reported as in force if it no longer is. */
  private static String overtaken(Ledger.Halt is, OperatorCommand command) {
    return "it was carried out when it was given, at "
        + command.observedAt()
        + "; since then the kill switch was turned "
        + (is.on() ? "on" : "off")
        + " at "
        + is.at()
        + " by "
        + is.by();
  }

  private static Optional<String> overruled(Ledger.Halt stored, boolean on, Instant given) {
    return isOrderedAfter(stored, on, given)
        ? Optional.of(
            "the kill switch was turned "
                + (stored.on() ? "on" : "off")
                + " at "
                + stored.at()
                + ", after this command was given; look at it, and give the command again if you"
                + " still want it")
        : Optional.empty();
  }

  /**
   * Whether a stored state outlasts a command. Clocks differ: a stop yields only to what is surely
   * later, and a resumption to each stop that is not surely earlier.
   */
  private static boolean isOrderedAfter(Ledger.Halt stored, boolean on, Instant given) {
    if (on) {
      return !stored.on() && stored.at().isAfter(given.plus(SKEW));
    }
    return stored.on() ? !stored.at().isBefore(given) : stored.at().isAfter(given);
  }

  private Optional<String> change(OperatorCommand command, UnaryOperator<Containment> change) {
    Optional<ContainmentId> named =
        command.about().containment().flatMap(id -> ContainmentId.read(id, isAction));
    if (named.isEmpty()) {
      return Optional.of(NO_ACTION);
    }
    Ledger.Key key = named.get().key();
    if (!isHere.test(key.action())) {
      return Optional.empty();
    }
    Operations operations = new Operations(Map.of("", ledger));
    Optional<Operations.Live> live =
        operations.live().stream()
            .filter(one -> one.containment().key().equals(key))
            .filter(one -> !one.containment().since().isAfter(command.observedAt()))
            .findFirst();
    return live.flatMap(one -> ledger.change(one.containment().key(), change)).isPresent()
            || isReleased(command, key)
        ? Optional.empty()
        : Optional.of("no containment with that id was in force when it was given");
  }

  /** An undo that is redelivered after the release was still carried out. */
  private boolean isReleased(OperatorCommand command, Ledger.Key key) {
    return command.command() == OperatorCommand.Verb.UNDO
        && ledger
            .settled(key)
            .filter(Ledger.Settlement::isOfAPerson)
            .filter(done -> !done.at().isBefore(command.observedAt()))
            .isPresent();
  }
}
