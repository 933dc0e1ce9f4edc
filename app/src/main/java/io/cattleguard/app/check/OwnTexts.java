package io.cattleguard.app.check;

import io.cattleguard.app.check.FieldKind.Words;
import io.cattleguard.events.text.FieldValues;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Guards;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The form of the texts that score and respond write into events, for patterns on them. */
final class OwnTexts {
  private static final String SUBJECT = "(?s)(workload|instance|principal|resource|node) .+";

  /** An object, a question about one that is not named yet, or what the alert does not name. */
  private static final String TARGET =
      "(?s)(no )?(pod|node|workload|instance|rule|security group|role|access key|bucket|address)"
          + "( .+)?|(?s)(the workload of|egress of|sessions of role|network|addresses?) .+"
          + "|an address";

  private OwnTexts() {}

  /** What is known of each field. */
  static Map<String, FieldKind> of(Actions actions) {
    return Map.of(
        "incident.subject",
        FieldKind.of("incident.subject", FieldValues.shaped(SUBJECT, "workload shop/web in blue")),
        // An action of a later version may describe its objects in other words.
        "response.target",
        FieldKind.of(
                "response.target",
                FieldValues.shaped(
                    TARGET, "pod shop/web-1 (uid 11111111-2222-3333-4444-555555555555)"))
            .uncertain(),
        "response.objections",
        objections(actions));
  }

  /** Each objection is a sentence that a guard writes, so it is neither one word nor its name. */
  private static FieldKind objections(Actions actions) {
    String guards =
        actions.here().stream()
            .flatMap(action -> Guards.names(action).stream())
            .distinct()
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    return new FieldKind(
        FieldKind.Type.TEXT,
        new Words(
            "the objection", "no event has the objection", "; a sentence, not the name of a guard"),
        Optional.empty(),
        Optional.of(
            new FieldValues(
                Set.of("the alert is 2 h old; the playbook's freshness limit is 1 h"),
                Optional.of(Pattern.compile("(?s)(?!(?:" + guards + ")$)[^ ]+ .+")),
                Set.of(),
                Map.of())),
        true);
  }
}
