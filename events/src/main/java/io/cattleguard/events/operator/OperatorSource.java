package io.cattleguard.events.operator;

import io.cattleguard.events.ContractViolation;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The source of operator commands on EventBridge. It names the caller: IAM lets each principal
 * write only its own {@code aws:userid}, so the identity does not come from the payload.
 *
 * @param userId the caller's {@code aws:userid}; empty for the function {@code operate}, which
 *     verifies people itself and writes their identity into the event
 */
public record OperatorSource(Optional<String> userId) {
  /** The source of the function {@code operate}. */
  public static final String OPERATE = "cattleguard.operator";

  /** The source of a responder's answers, which repeat the person of the command. */
  public static final String RESPOND = "cattleguard.respond";

  /** The source of deduplicate's answers to commands about silences. */
  public static final String DEDUPLICATE = "cattleguard.deduplicate";

  /** The characters of an {@code aws:userid}. */
  private static final Pattern USER_ID = Pattern.compile("[A-Za-z0-9+=,.@_:-]{1,128}");

  /**
   * Reads a source.
   *
   * @throws ContractViolation if it is not an operator's
   */
  public static OperatorSource read(String source) {
    if (source.equals(OPERATE)) {
      return new OperatorSource(Optional.empty());
    }
    String userId = source.startsWith(OPERATE + ".") ? source.substring(OPERATE.length() + 1) : "";
    if (!USER_ID.matcher(userId).matches()) {
      throw new ContractViolation("source: expected an operator, " + OPERATE + ".<aws:userid>");
    }
    return new OperatorSource(Optional.of(userId));
  }

  /** The source of a caller with that {@code aws:userid}. */
  public static OperatorSource of(String userId) {
    return read(OPERATE + "." + userId);
  }

  /** The command, given by whom this source names. */
  OperatorCommand given(OperatorCommand command) {
    return userId
        .map(id -> command.by(new OperatorCommand.Who("aws:" + id, command.who().name())))
        .orElse(command);
  }

  /** {@code cattleguard.operator[.<aws:userid>]}. */
  @Override
  public String toString() {
    return OPERATE + userId.map(id -> "." + id).orElse("");
  }
}
