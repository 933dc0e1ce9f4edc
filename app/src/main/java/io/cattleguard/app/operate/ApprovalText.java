package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.ContainmentText;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.ledger.Approval;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** A question to people as a line and as JSON. */
final class ApprovalText {
  private static final int OBJECT = 200;

  private ApprovalText() {}

  static String line(Approval approval, Instant now) {
    return approval.id()
        + "  "
        + approval.key().action()
        + " on "
        + HostileText.visible(approval.target(), OBJECT)
        + ", playbook "
        + approval.playbook()
        + ", "
        + state(approval, now);
  }

  private static String state(Approval approval, Instant now) {
    if (!approval.isWaiting()) {
      return approval.state().name().toLowerCase(Locale.ROOT)
          + approval.decision().map(how -> " by " + how.by()).orElse("")
          + ", under way";
    }
    return (approval.until().isAfter(now) ? "waits until " : "expired at ")
        + approval.until().truncatedTo(ChronoUnit.SECONDS)
        + (approval.actsByDefault() ? ", then the action is taken" : ", then no action is taken");
  }

  static ObjectNode json(Approval approval, Instant now) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", approval.id()).put("action", approval.key().action());
    out.put("target", approval.target()).put("uid", approval.key().uid());
    out.put("playbook", approval.playbook());
    out.put("state", approval.state().name().toLowerCase(Locale.ROOT));
    out.put("waits", approval.isWaiting() && approval.until().isAfter(now));
    out.put("askedAt", approval.askedAt().toString()).put("until", approval.until().toString());
    out.put("then", approval.actsByDefault() ? "act" : "nothing");
    approval.guards().forEach(out.putArray("guards")::add);
    ContainmentText.incident(approval.scoredJson()).ifPresent(id -> out.put("incident", id));
    approval
        .decision()
        .ifPresent(
            how ->
                out.put("by", how.by())
                    .put("why", how.why())
                    .put("decidedAt", how.at().toString()));
    return out;
  }
}
