package io.cattleguard.app.init;

import io.cattleguard.respond.action.Mode;
import java.util.List;
import java.util.Optional;

/**
 * A person's choices for a policy.
 *
 * @param mode what playbooks may do in the namespaces in scope; everywhere else they observe
 * @param inScope namespaces, in which {@code *} matches any text
 * @param spared namespaces that Cattleguard never touches, in addition to those of the shipped
 *     policy
 * @param slack the channel of the security team; empty if a variable names it
 */
record Answers(
    Mode mode,
    List<String> inScope,
    List<String> spared,
    Optional<String> slack,
    Siem siem,
    Pager pager) {
  Answers {
    inScope = List.copyOf(inScope);
    spared = List.copyOf(spared);
  }
}
