package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.ledger.Ledger;

/** The kill switch as JSON. */
final class KillSwitchText {
  private KillSwitchText() {}

  static ObjectNode json(Ledger.Halt halt) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("killSwitch", halt.on())
        .put("by", halt.by())
        .put("reason", halt.reason())
        .put("at", halt.at().toString());
  }
}
