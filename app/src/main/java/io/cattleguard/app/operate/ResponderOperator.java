package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Passes stop, resume, undo and extend to the responders of a stack in AWS, which check the
 * policy's operators. A direct write into the ledger would bypass that check. Only a stop is
 * written there, if the bus does not accept it or no responder confirms it, because the kill switch
 * must always work.
 */
final class ResponderOperator implements Operator {
  /** A responder's function starts within seconds. */
  private static final int CHECKS = 30;

  private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(1);

  private final Operator doing;
  private final Operator others;
  private final Consumer<OperatorCommand> publisher;
  private final Supplier<Optional<Ledger.Halt>> killSwitch;
  private final Consumer<Duration> pause;
  private final InstantSource clock;

  /**
   * Takes the operator that reads and writes the ledger.
   *
   * @param others carries out the requests that are about something else
   * @param publisher throws {@link Unavailable} if the event cannot be published
   * @param killSwitch reads it
   * @param pause waits between two reads
   */
  ResponderOperator(
      Operator doing,
      Operator others,
      Consumer<OperatorCommand> publisher,
      Supplier<Optional<Ledger.Halt>> killSwitch,
      Consumer<Duration> pause,
      InstantSource clock) {
    this.doing = doing;
    this.others = others;
    this.publisher = publisher;
    this.killSwitch = killSwitch;
    this.pause = pause;
    this.clock = clock;
  }

  @Override
  public OperatorReply ask(OperatorRequest request, String identity) {
    Instant now = clock.instant();
    return switch (request) {
      case OperatorRequest.Stop stop -> {
        try {
          Turned turned = turn(command(Verb.STOP, stop.order(), identity, now, About.DEPLOYMENT));
          yield turned.answered()
              ? turned.reply()
              : stopUnconfirmed(stop, identity, turned.reply());
        } catch (Unavailable e) {
          yield stopInTheLedger(stop, identity, e);
        }
      }
      case OperatorRequest.Resume resume ->
          turn(command(Verb.RESUME, resume.order(), identity, now, About.DEPLOYMENT)).reply();
      case OperatorRequest.Undo undo -> {
        OperatorCommand command =
            command(
                Verb.UNDO,
                undo.order(),
                identity,
                now,
                About.containment(undo.id(), Optional.empty()));
        yield switch (live(undo.id(), identity)) {
          case Found.Live live -> give(command.in(live.incident()));
          case Found.Unread unread -> give(command);
          case Found.None none -> LedgerOperator.notInForce(undo.id(), none.live());
        };
      }
      case OperatorRequest.Extend extend -> extend(extend, identity, now);
      case OperatorRequest.Containments question -> others.ask(request, identity);
      case OperatorRequest.Incidents question -> others.ask(request, identity);
      case OperatorRequest.LearntModels question -> others.ask(request, identity);
      case OperatorRequest.Approvals question -> others.ask(request, identity);
      case OperatorRequest.Budgets question -> others.ask(request, identity);
      case OperatorRequest.Sensors question -> others.ask(request, identity);
      case OperatorRequest.Board board -> others.ask(request, identity);
      case OperatorRequest.Decide decide -> others.ask(request, identity);
      case SilenceRequest silence -> others.ask(request, identity);
    };
  }

  private static OperatorCommand command(
      Verb verb, OperatorOrder order, String identity, Instant now, About about) {
    return CommandingOperator.command(verb, order, identity, now, about);
  }

  /**
   * The result of a command about the kill switch.
   *
   * @param answered whether a responder has carried it out or has ignored it
   */
  private record Turned(boolean answered, OperatorReply reply) {}

  /** Gives the command and waits until a responder has carried it out, or has ignored it. */
  private Turned turn(OperatorCommand command) {
    CommandingOperator.publish(command, publisher);
    for (int check = 0; check < CHECKS; check++) {
      pause.accept(BETWEEN_CHECKS);
      Optional<Ledger.Halt> is;
      try {
        is = killSwitch.get();
      } catch (Unavailable e) {
        return new Turned(
            false, notConfirmed(command, "The kill switch cannot be read: " + e.getMessage()));
      }
      if (is.filter(halt -> halt.commands().contains(command.id())).isPresent()) {
        return new Turned(true, LedgerOperator.turned(is.get()));
      }
      if (is.filter(halt -> halt.ignored().contains(command.id())).isPresent()) {
        return new Turned(
            true,
            OperatorReply.failed(
                command.command().jsonName()
                    + " was ignored, and people are notified of the reason. Look at it with:"
                    + " cattleguard containments"));
      }
    }
    return new Turned(
        false,
        notConfirmed(
            command,
            "No responder has carried it out within "
                + BETWEEN_CHECKS.multipliedBy(CHECKS).toSeconds()
                + " s. They ignore it, and notify people, if operators in settings.yaml does not"
                + " allow you to "
                + command.command().jsonName()
                + "."));
  }

  private static OperatorReply notConfirmed(OperatorCommand command, String why) {
    return new OperatorReply(
        false,
        List.of(
            new OperatorReply.Result(
                command.command().jsonName()
                    + ": sent, but not confirmed. See: cattleguard containments",
                command.write())),
        Optional.of(why));
  }

  /** A person who may write into the ledger can stop responses even if no responder answers. */
  private OperatorReply stopUnconfirmed(
      OperatorRequest.Stop stop, String identity, OperatorReply unconfirmed) {
    OperatorReply reply;
    try {
      reply = doing.ask(stop, identity);
    } catch (Unavailable e) {
      return unconfirmed;
    }
    return reply.success()
        ? new OperatorReply(
            true,
            reply.results(),
            Optional.of(
                "No responder confirmed the command, so the kill switch was turned on in the"
                    + " ledger. "
                    + unconfirmed.note().orElse("")))
        : unconfirmed;
  }

  private OperatorReply stopInTheLedger(
      OperatorRequest.Stop stop, String identity, Unavailable refused) {
    OperatorReply reply;
    try {
      reply = doing.ask(stop, identity);
    } catch (Unavailable e) {
      refused.addSuppressed(e);
      throw refused;
    }
    return new OperatorReply(
        reply.success(),
        reply.results(),
        Optional.of(
            "The bus did not accept the command, so the kill switch was turned on in the ledger,"
                + " and people are not notified: "
                + refused.getMessage()));
  }

  private OperatorReply extend(OperatorRequest.Extend extend, String identity, Instant now) {
    if (extend.more().compareTo(Operations.LONGEST_LEASE) > 0) {
      return OperatorReply.failed(Operations.TOO_LONG);
    }
    return switch (live(extend.id(), identity)) {
      case Found.Live live -> {
        Instant until = Instant.parse(live.containment().path("until").asText());
        yield extend(extend, until.isBefore(now) ? now : until, identity, now, live.incident());
      }
      case Found.Unread unread -> extend(extend, now, identity, now, Optional.empty());
      case Found.None none -> LedgerOperator.notInForce(extend.id(), none.live());
    };
  }

  private OperatorReply extend(
      OperatorRequest.Extend extend,
      Instant from,
      String identity,
      Instant now,
      Optional<String> incident) {
    Instant until = from.plus(extend.more());
    if (Operations.isTooLate(until, now)) {
      return OperatorReply.failed(Operations.TOO_LONG);
    }
    return give(
        command(
                Verb.EXTEND,
                extend.order(),
                identity,
                now,
                About.containment(extend.id(), Optional.of(until)))
            .in(incident));
  }

  private OperatorReply give(OperatorCommand command) {
    CommandingOperator.publish(command, publisher);
    return OperatorReply.of(
        command.about().containment().orElse("")
            + ": "
            + command.command().jsonName()
            + " was sent. The responder carries it out within a minute and reports it, if"
            + " operators in settings.yaml allows you to. See: cattleguard containments",
        command.write());
  }

  /** The state of a containment in the ledger. */
  private sealed interface Found {
    /** It is in force. */
    record Live(ObjectNode containment) implements Found {
      Optional<String> incident() {
        return Optional.of(containment.path("incident").asText()).filter(id -> !id.isEmpty());
      }
    }

    /** No containment has that id; these are in force. */
    record None(List<ObjectNode> live) implements Found {}

    /** The caller may not read the ledger; the responder checks. */
    record Unread() implements Found {}
  }

  private Found live(String id, String identity) {
    try {
      List<ObjectNode> all =
          doing.ask(new OperatorRequest.Containments(), identity).results().stream()
              .map(OperatorReply.Result::object)
              .toList();
      return all.stream()
          .filter(one -> one.path("id").asText().equals(id))
          .findFirst()
          .<Found>map(Found.Live::new)
          .orElseGet(() -> new Found.None(all));
    } catch (Unavailable e) {
      return new Found.Unread();
    }
  }
}
