package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.respond.ContainmentId;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * Publishes each command of a person as an event, so that it is recorded and people see it. A
 * command that only a responder can carry out is published for the responder; any other command is
 * carried out first and published as done.
 */
public final class CommandingOperator implements Operator {
  /** As many digits as the id of a silence has. */
  private static final int SILENCE_ID = 8;

  private static final Actions ACTIONS = Actions.registered();

  private final Operator doing;
  private final BiPredicate<Verb, String> allowed;
  private final Consumer<OperatorCommand> publisher;
  private final InstantSource clock;

  /**
   * Takes the operator that changes the state.
   *
   * @param allowed whether the policy lets an identity give a command
   * @param publisher throws {@link Unavailable} if the event cannot be published
   */
  public CommandingOperator(
      Operator doing,
      BiPredicate<Verb, String> allowed,
      Consumer<OperatorCommand> publisher,
      InstantSource clock) {
    this.doing = doing;
    this.allowed = allowed;
    this.publisher = publisher;
    this.clock = clock;
  }

  /** The command of a request, with the person and the reason. */
  private record Given(Verb verb, OperatorOrder order) {}

  @Override
  public OperatorReply ask(OperatorRequest request, String identity) {
    Optional<Given> given = given(request);
    if (given.isEmpty()) {
      return doing.ask(request, identity);
    }
    Verb verb = given.get().verb();
    Instant now = clock.instant();
    if (!allowed.test(verb, identity)) {
      return refused(request, given.get(), identity, now, "may not " + verb.jsonName());
    }
    if (request instanceof SilenceRequest.Set set
        && set.responders()
        && !allowed.test(Verb.STOP, identity)) {
      return refused(
          request,
          given.get(),
          identity,
          now,
          "may not silence responders, because that also needs the right to stop");
    }
    return request instanceof OperatorRequest.Decide decide
        ? decide(decide, given.get(), identity, now)
        : doAndPublish(request, given.get(), identity, now);
  }

  /** Changes nothing, and reports to people who tried. */
  private OperatorReply refused(
      OperatorRequest request, Given given, String identity, Instant now, String why) {
    String reason = identity + " " + why + ": see operators in settings.yaml";
    try {
      publish(
          command(given, identity, now, asked(request, identity, now))
              .answered(Optional.of(reason)));
    } catch (Unavailable e) {
      return OperatorReply.failed(
          reason + ". The event that reports it was not published: " + e.getMessage());
    }
    return OperatorReply.failed(reason);
  }

  /** A caller who may not read the ledger gives the command unchecked; the responder checks it. */
  private OperatorReply decide(
      OperatorRequest.Decide decide, Given given, String identity, Instant now) {
    Optional<String> incident = Optional.empty();
    try {
      OperatorReply check = doing.ask(decide, identity);
      if (!check.success()) {
        return check;
      }
      incident = incident(check);
    } catch (Unavailable e) {
      // The responder checks it.
    }
    OperatorCommand command =
        command(given, identity, now, About.approval(decide.id())).in(incident);
    publish(command);
    return OperatorReply.of(
        decide.id()
            + ": "
            + (decide.approves()
                ? "approved. The responder evaluates the guards again and reports the result."
                : "rejected. The responder confirms it."),
        command.write());
  }

  private OperatorReply doAndPublish(
      OperatorRequest request, Given given, String identity, Instant now) {
    OperatorReply reply;
    try {
      reply = doing.ask(request, identity);
    } catch (Unavailable e) {
      if (request instanceof SilenceRequest silence) {
        return leaveToDeduplicate(silence, given, identity, now, e);
      }
      throw e;
    }
    if (!reply.success()) {
      return reply;
    }
    try {
      publish(
          command(given, identity, now, about(request, reply, identity, now))
              .in(incident(reply))
              .carriedOut());
      return reply;
    } catch (Unavailable e) {
      return new OperatorReply(
          true,
          reply.results(),
          Optional.of(
              reply.note().map(note -> note + " ").orElse("")
                  + "The command was carried out, but the event that records who gave it was not"
                  + " published: "
                  + e.getMessage()));
    }
  }

  private void publish(OperatorCommand command) {
    publish(command, publisher);
  }

  /**
   * A caller who may not write into the table of sightings gives the command as an event, without a
   * preview. Deduplicate checks it like one from Slack.
   */
  private OperatorReply leaveToDeduplicate(
      SilenceRequest request, Given given, String identity, Instant now, Unavailable refused) {
    Optional<About> about =
        switch (request) {
          case SilenceRequest.Set set when set.upTo().isPresent() || set.all() -> Optional.empty();
          case SilenceRequest.Set set -> Optional.of(asked(set, identity, now));
          case SilenceRequest.End end -> Optional.of(asked(end, identity, now));
          case SilenceRequest.All question -> Optional.empty();
        };
    if (about.isEmpty()) {
      return OperatorReply.failed(
          "nothing was changed: --up-to and --all need rights to read and write the table of"
              + " sightings: "
              + refused.getMessage());
    }
    OperatorCommand command = command(given, identity, now, about.get());
    publish(command);
    return new OperatorReply(
        true,
        List.of(
            new OperatorReply.Result(
                given.verb().jsonName()
                    + " "
                    + about.get().silence().orElse("")
                    + ": not done yet. Deduplicate carries it out within seconds, if operators in"
                    + " settings.yaml allow you to.",
                command.write())),
        Optional.of(
            "You cannot read and write the table of sightings yourself, so there is no preview: "
                + refused.getMessage()));
  }

  /** An event that readers would reject is not published. */
  static void publish(OperatorCommand command, Consumer<OperatorCommand> publisher) {
    try {
      OperatorCommand unused = OperatorCommand.read(command.write());
    } catch (ContractViolation e) {
      throw new Unavailable("the command cannot be published, " + e.getMessage(), e);
    }
    publisher.accept(command);
  }

  private static Optional<Given> given(OperatorRequest request) {
    return switch (request) {
      case OperatorRequest.Containments question -> Optional.empty();
      case OperatorRequest.Approvals question -> Optional.empty();
      case OperatorRequest.Budgets question -> Optional.empty();
      case OperatorRequest.Sensors question -> Optional.empty();
      case OperatorRequest.Incidents question -> Optional.empty();
      case OperatorRequest.LearntModels question -> Optional.empty();
      case OperatorRequest.Board question -> Optional.empty();
      case SilenceRequest.All question -> Optional.empty();
      case SilenceRequest.Set set ->
          set.dryRun() ? Optional.empty() : Optional.of(new Given(Verb.SILENCE, set.order()));
      case SilenceRequest.End end -> Optional.of(new Given(Verb.UNSILENCE, end.order()));
      case OperatorRequest.Stop stop -> Optional.of(new Given(Verb.STOP, stop.order()));
      case OperatorRequest.Resume resume -> Optional.of(new Given(Verb.RESUME, resume.order()));
      case OperatorRequest.Undo undo -> Optional.of(new Given(Verb.UNDO, undo.order()));
      case OperatorRequest.Extend extend -> Optional.of(new Given(Verb.EXTEND, extend.order()));
      case OperatorRequest.Decide decide ->
          Optional.of(new Given(decide.approves() ? Verb.APPROVE : Verb.REJECT, decide.order()));
    };
  }

  private static OperatorCommand command(Given given, String identity, Instant now, About about) {
    return command(given.verb(), given.order(), identity, now, about);
  }

  static OperatorCommand command(
      Verb verb, OperatorOrder order, String identity, Instant now, About about) {
    Optional<String> cluster =
        about
            .clusterOfApproval()
            .or(
                () ->
                    about
                        .containment()
                        .flatMap(id -> ContainmentId.read(id, ACTIONS::isRegistered))
                        .flatMap(ContainmentId::cluster));
    return OperatorCommand.of(
        verb,
        new OperatorCommand.Who(identity, Optional.of(order.by())),
        order.reason(),
        now,
        cluster,
        about);
  }

  /** A time that is too late anyway is cut off, because the sum may be after the end of time. */
  private static Instant end(Duration more, Instant now) {
    Duration tooLong = Operations.LONGEST_LEASE.plusDays(1);
    return now.plus(more.compareTo(tooLong) < 0 ? more : tooLong);
  }

  /** The object of a request, before the change. */
  private static About asked(OperatorRequest request, String identity, Instant now) {
    return switch (request) {
      case OperatorRequest.Undo undo -> About.containment(undo.id(), Optional.empty());
      case OperatorRequest.Extend extend ->
          About.containment(extend.id(), Optional.of(end(extend.more(), now)));
      case OperatorRequest.Decide decide -> About.approval(decide.id());
      case SilenceRequest.Set set ->
          About.silence(
              Fingerprint.hash(String.join("\n", identity, set.match().toString(), now.toString()))
                  .substring(0, SILENCE_ID),
              Optional.of(set.until()),
              Optional.of(set.match().toString()),
              set.responders());
      case SilenceRequest.End end ->
          About.silence(end.id(), Optional.empty(), Optional.empty(), false);
      case OperatorRequest.Stop stop -> About.DEPLOYMENT;
      case OperatorRequest.Resume resume -> About.DEPLOYMENT;
      case OperatorRequest.Containments none -> About.DEPLOYMENT;
      case OperatorRequest.Approvals none -> About.DEPLOYMENT;
      case OperatorRequest.Budgets none -> About.DEPLOYMENT;
      case OperatorRequest.Sensors none -> About.DEPLOYMENT;
      case OperatorRequest.Incidents none -> About.DEPLOYMENT;
      case OperatorRequest.LearntModels none -> About.DEPLOYMENT;
      case OperatorRequest.Board none -> About.DEPLOYMENT;
      case SilenceRequest.All none -> About.DEPLOYMENT;
    };
  }

  /** The reply's first result is the changed object. */
  private static About about(
      OperatorRequest request, OperatorReply reply, String identity, Instant now) {
    Optional<ObjectNode> result = result(reply.results());
    Optional<Instant> until =
        result
            .filter(one -> one.has("until"))
            .map(one -> Instant.parse(one.path("until").asText()));
    return switch (request) {
      case OperatorRequest.Extend extend -> About.containment(extend.id(), until);
      case SilenceRequest.Set set ->
          covering(
              About.silence(
                  result.map(one -> one.path("id").asText()).orElse(""),
                  until,
                  Optional.of(set.match().toString()),
                  set.responders()),
              result);
      case SilenceRequest.End end -> covering(asked(end, identity, now), result);
      case OperatorRequest other -> asked(other, identity, now);
    };
  }

  /** A copy that says what the silence in the result covers. */
  private static About covering(About about, Optional<ObjectNode> silence) {
    return silence
        .filter(one -> one.has(SilenceOperator.COVERS))
        .map(
            one ->
                about.covering(
                    one.path(SilenceOperator.COVERS).asText(), one.path("responders").asBoolean()))
        .orElse(about);
  }

  /** The incident of the reply's object. */
  private static Optional<String> incident(OperatorReply reply) {
    return result(reply.results())
        .map(one -> one.path("incident").asText())
        .filter(id -> !id.isEmpty());
  }

  private static Optional<ObjectNode> result(List<OperatorReply.Result> results) {
    return results.stream().findFirst().map(OperatorReply.Result::object);
  }
}
