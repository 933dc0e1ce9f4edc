package io.cattleguard.respond;

import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Order;
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
  /** Maximum age of a command: a person who waits longer gives it again. */
  private static final Duration LATE = Duration.ofMinutes(15);

  /** Maximum clock skew of a command from the future. */
  private static final Duration SKEW = Duration.ofMinutes(2);

  private final Operators operators;
  private final Ledger ledger;
  private final Predicate<String> isHere;

  /**
   * Takes the ledger.
   *
   * @param isHere whether an action is this responder's
   */
  Commands(Operators operators, Ledger ledger, Predicate<String> isHere) {
    this.operators = operators;
    this.ledger = ledger;
    this.isHere = isHere;
  }

  /** Returns why the command changes nothing, if so. */
  Optional<String> carryOut(OperatorCommand command, Instant now) {
    if (!operators.allow(command.command(), command.who().identity())) {
      return Optional.of(
          "operators in settings.yaml allows it to " + operators.inWords(command.command()));
    }
    Order order = new Order(command.who().inWords(), command.why());
    if (command.command() == OperatorCommand.Verb.STOP) {
      return turn(command, order, now);
    }
    Instant given = command.observedAt();
    if (given.plus(LATE).isBefore(now)) {
      return Optional.of("it was given more than " + LATE.toMinutes() + " min ago");
    }
    if (given.isAfter(now.plus(SKEW))) {
      return Optional.of("it is dated in the future");
    }
    if (command.command() == OperatorCommand.Verb.EXTEND
        && command.about().until().filter(until -> Operations.isTooLate(until, now)).isPresent()) {
      return Optional.of(Operations.TOO_LONG);
    }
    return switch (command.command()) {
      case STOP, RESUME -> turn(command, order, now);
      case UNDO -> change(command, containment -> containment.undoneBy(order, now));
      case EXTEND ->
          change(
              command,
              containment ->
                  command
                      .about()
                      .until()
                      .filter(until -> until.isAfter(containment.until()))
                      .map(containment::extendedTo)
                      .orElse(containment));
      case APPROVE, REJECT, SILENCE, UNSILENCE -> Optional.empty();
    };
  }

  /**
   * Turns the kill switch. Several responders get the same command, in any order, so what became of
   * it is decided once, in one conditional write.
   */
  private Optional<String> turn(OperatorCommand command, Order order, Instant now) {
    boolean on = command.command() == OperatorCommand.Verb.STOP;
    Instant given = command.observedAt().isBefore(now) ? command.observedAt() : now;
    AtomicReference<Optional<String>> objection = new AtomicReference<>(Optional.empty());
    ledger.changeSwitch(
        before -> {
          objection.set(Optional.empty());
          if (before.filter(halt -> halt.commands().contains(command.id())).isPresent()) {
            return before;
          }
          Optional<String> id = Optional.of(command.id());
          if (before.filter(halt -> isOrderedAfter(halt, on, given)).isPresent()) {
            objection.set(
                before.map(
                    halt ->
                        "the kill switch was turned "
                            + (halt.on() ? "on" : "off")
                            + " at "
                            + halt.at()
                            + ", after this command was given; look at it, and give the command"
                            + " again if you still want it"));
            return before.map(halt -> halt.knowing(before, id));
          }
          Instant at =
              before.map(Ledger.Halt::at).filter(latest -> latest.isAfter(given)).orElse(given);
          return Optional.of(
              new Ledger.Halt(on, order.by(), order.reason(), at).knowing(before, id));
        });
    return objection.get();
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
    String full = command.about().containment().orElse("");
    String id =
        command
            .cluster()
            .filter(cluster -> full.startsWith(cluster + "/"))
            .map(cluster -> full.substring(cluster.length() + 1))
            .orElse(full);
    int slash = id.indexOf('/');
    if (slash < 0 || !isHere.test(id.substring(0, slash))) {
      return Optional.empty();
    }
    Operations operations = new Operations(Map.of("", ledger));
    Optional<Operations.Live> live =
        operations.live().stream()
            .filter(one -> one.id().equals(id))
            .filter(one -> !one.containment().since().isAfter(command.observedAt()))
            .findFirst();
    return live.flatMap(one -> ledger.change(one.containment().key(), change)).isPresent()
        ? Optional.empty()
        : Optional.of("no containment with that id was in force when it was given");
  }
}
