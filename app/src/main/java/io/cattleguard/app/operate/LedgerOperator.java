package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.ContainmentText;
import io.cattleguard.answer.Listings;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Carries out requests in the ledgers of a deployment. */
public final class LedgerOperator implements Operator {
  private static final int SHORTEST_START = 6;

  private final Operations operations;
  private final InstantSource clock;

  /** Uses the operations of the ledgers. */
  public LedgerOperator(Operations operations, InstantSource clock) {
    this.operations = operations;
    this.clock = clock;
  }

  @Override
  public OperatorReply ask(OperatorRequest request, String identity) {
    Instant now = clock.instant();
    return switch (request) {
      case OperatorRequest.Containments asked ->
          OperatorReply.of(
              asked.switchOnly()
                  ? Listings.killSwitch(operations)
                  : Listings.contained(operations));
      case OperatorRequest.Approvals approvals -> approvals(now);
      case OperatorRequest.Budgets budgets -> budgets(now);
      case OperatorRequest.Decide decide -> decide(decide, now);
      case SilenceRequest silence -> OperatorReply.failed("silences are not in the ledger");
      case OperatorRequest.Incidents incidents ->
          OperatorReply.failed("incidents are not in the ledger");
      case OperatorRequest.LearntModels models ->
          OperatorReply.failed("what was learnt is not in the ledger");
      case OperatorRequest.Sensors sensors -> OperatorReply.failed("sensors are not in the ledger");
      case OperatorRequest.Board board ->
          OperatorReply.failed("no board is served here: set --board-port of cattleguard up");
      case OperatorRequest.Stop stop -> stop(stop.order(), now);
      case OperatorRequest.Resume resume -> resume(resume.order(), now);
      case OperatorRequest.Undo undo ->
          about(
              undo.id(),
              operations.undo(undo.id(), undo.order(), now),
              "the responder undoes it within a minute and reports the result.");
      case OperatorRequest.Extend extend -> {
        Optional<Operations.Live> live;
        try {
          live = operations.extend(extend.id(), extend.more(), now);
        } catch (IllegalArgumentException e) {
          yield OperatorReply.failed(String.valueOf(e.getMessage()));
        }
        yield about(
            extend.id(),
            live,
            "the lease ends at "
                + live.map(one -> one.containment().until().toString()).orElse("")
                + " now.");
      }
    };
  }

  private OperatorReply approvals(Instant now) {
    List<OperatorReply.Result> results = new ArrayList<>();
    for (Approval approval : operations.approvals()) {
      results.add(
          new OperatorReply.Result(
              ApprovalText.line(approval, now), ApprovalText.json(approval, now)));
    }
    return new OperatorReply(
        true,
        results,
        results.isEmpty() ? Optional.of("Nothing waits for approval.") : Optional.empty());
  }

  private OperatorReply budgets(Instant now) {
    List<OperatorReply.Result> results = new ArrayList<>();
    for (Operations.Spent spent : operations.budgets(now)) {
      results.add(
          new OperatorReply.Result(BudgetText.line(spent, now), BudgetText.json(spent, now)));
    }
    return new OperatorReply(
        true, results, results.isEmpty() ? Optional.of("No budget is used.") : Optional.empty());
  }

  /** Only checks whether it waits; a responder carries it out. */
  private OperatorReply decide(OperatorRequest.Decide decide, Instant now) {
    Optional<Approval> found =
        operations.approvals().stream().filter(one -> one.id().equals(decide.id())).findFirst();
    if (found.isEmpty()) {
      return OperatorReply.failed(
          "nothing waits for approval with the id " + decide.id() + ". Try: cattleguard approvals");
    }
    Approval approval = found.get();
    return approval.isWaiting() && !(decide.approves() && now.isAfter(approval.until()))
        ? OperatorReply.of(ApprovalText.line(approval, now), ApprovalText.json(approval, now))
        : OperatorReply.failed(ApprovalText.line(approval, now));
  }

  private OperatorReply stop(OperatorOrder order, Instant now) {
    operations.stop(order, now);
    return turned(new Ledger.Halt(true, order.by(), order.reason(), now));
  }

  private OperatorReply resume(OperatorOrder order, Instant now) {
    if (!operations.resume(order, now)) {
      return OperatorReply.failed(
          "another person turned the kill switch on at the same moment, so it stays on. Look at it"
              + " with: cattleguard containments");
    }
    return turned(new Ledger.Halt(false, order.by(), order.reason(), now));
  }

  /** The kill switch was turned. */
  static OperatorReply turned(Ledger.Halt halt) {
    return OperatorReply.of(
        halt.on()
            ? "The kill switch is on: no action is taken and nothing is released. Turn it off with:"
                + " cattleguard resume"
            : "The kill switch is off: playbooks in enforce mode act again.",
        ContainmentText.json(halt));
  }

  /**
   * The reply if nothing was changed.
   *
   * @param live what is contained, because people also type the id of the incident
   */
  static OperatorReply notInForce(String id, List<ObjectNode> live) {
    String held =
        live.stream()
            .filter(one -> id.length() >= SHORTEST_START)
            .filter(one -> one.path("incident").asText().startsWith(id))
            .map(one -> one.path("id").asText())
            .collect(Collectors.joining(", "));
    return OperatorReply.failed(
        held.isEmpty()
            ? "no containment " + id + " is in force. Try: cattleguard containments"
            : id + " is an incident. Use the id of one of its containments: " + held);
  }

  private OperatorReply about(String id, Optional<Operations.Live> live, String result) {
    return live.map(one -> OperatorReply.of(one.id() + ": " + result, ContainmentText.json(one)))
        .orElseGet(
            () -> notInForce(id, operations.live().stream().map(ContainmentText::json).toList()));
  }
}
