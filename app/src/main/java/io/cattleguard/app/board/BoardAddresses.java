package io.cattleguard.app.board;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import java.util.List;
import java.util.Optional;

/** Gives the addresses of a board to people whose identity is verified. */
public final class BoardAddresses {
  private BoardAddresses() {}

  /** An operator that answers requests for an address, and passes all other requests on. */
  public static Operator of(BoardServer board, Operator others) {
    return (request, identity) ->
        request instanceof OperatorRequest.Board asked
            ? reply(board.address(new Person(identity, asked.by()), asked.incident()))
            : others.ask(request, identity);
  }

  private static OperatorReply reply(String address) {
    return new OperatorReply(
        true,
        List.of(
            new OperatorReply.Result(
                address, JsonNodeFactory.instance.objectNode().put("address", address))),
        Optional.empty());
  }
}
