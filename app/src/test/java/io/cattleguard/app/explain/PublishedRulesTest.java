package io.cattleguard.app.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.explain.Explanation.RuleResult;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.PublishedRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the result of the default policy for every published rule with sources/README.md. */
final class PublishedRulesTest {
  private static final String BEGIN = "<!-- what published rules come to: written by a test -->\n";
  private static final String END = "<!-- end -->\n";
  private static final Path README = ContractFiles.root().resolve("sources/README.md");

  private final Policy policy = Policy.read(ContractFiles.root().resolve("policy"));
  private final Explainer explainer = new Explainer(policy);

  private String row(Alert alert) {
    Explanation explanation = explainer.explain(alert);
    List<String> attack = new ArrayList<>(alert.tactics());
    attack.addAll(alert.techniques());
    attack.addAll(alert.traits());
    Severity severity = alert.severity();
    return String.join(
            " | ",
            "| " + String.valueOf(alert.rule()).replace("|", "\\|"),
            severity == null ? "" : severity.jsonName(),
            alert.alertClass().jsonName(),
            String.join(" ", attack),
            Integer.toString(explanation.scored().score()),
            String.join(", ", people(explanation)),
            String.join(", ", playbooks(explanation)))
        + " |\n";
  }

  /** The destinations that people read. */
  private List<String> people(Explanation explanation) {
    return explanation.routes().stream()
        .filter(RuleResult::matches)
        .flatMap(route -> Stream.of(route.detail().split(", ")))
        .filter(policy::isReadByPeople)
        .distinct()
        .map(destination -> destination.replace("-channel", ""))
        .toList();
  }

  private static List<String> playbooks(Explanation explanation) {
    return explanation.playbooks().stream()
        .filter(RuleResult::matches)
        .map(RuleResult::name)
        .toList();
  }

  private String tables() {
    StringBuilder out = new StringBuilder(BEGIN);
    for (boolean falco : new boolean[] {true, false}) {
      List<Alert> alerts = falco ? PublishedRules.falco() : PublishedRules.guardDuty();
      out.append("\n### ")
          .append(falco ? "Falco's rules" : "GuardDuty's types, at high severity")
          .append("\n\n")
          .append("| rule | severity | class | ATT&CK and traits | score | notifies | playbook |\n")
          .append("|---|---|---|---|---|---|---|\n");
      alerts.forEach(alert -> out.append(row(alert)));
    }
    return out.append('\n').append(END).toString();
  }

  @Test
  void theReadmeHasTheScoreAndTheDestinationsOfEachPublishedRule() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN);
    int end = readme.indexOf(END);
    assertTrue(begin >= 0 && end > begin, "no table in " + README);
    String expected = tables();
    String actual = readme.substring(begin, end + END.length());
    if (Boolean.getBoolean("cattleguard.write") && !actual.equals(expected)) {
      Files.writeString(
          README, readme.substring(0, begin) + expected + readme.substring(end + END.length()));
      return;
    }
    assertEquals(expected, actual, "write it with -Dcattleguard.write=true");
  }

  @Test
  void peopleAreNotifiedOfEveryIntrusionOfHighOrCriticalSeverity() {
    List<String> untold =
        Stream.concat(PublishedRules.falco().stream(), PublishedRules.guardDuty().stream())
            .filter(PublishedRulesTest::isGrave)
            .filter(alert -> people(explainer.explain(alert)).isEmpty())
            .map(alert -> String.valueOf(alert.rule()))
            .toList();
    assertEquals(List.of(), untold);
  }

  private static boolean isGrave(Alert alert) {
    Severity severity = alert.severity();
    return severity != null
        && (severity.compareTo(Severity.CRITICAL) >= 0
            || (severity == Severity.HIGH && !alert.source().equals("falco"))
            || (severity == Severity.HIGH && alert.has(Trait.INTRUSION)));
  }

  @Test
  void explainSaysThatAnAlertIsRaisedBecauseItIsGrave() {
    Alert plain = new FalcoEvent("Rule of the house", "Critical").read();
    Explanation raised = explainer.explain(plain);
    assertEquals(60, raised.scored().score());
    assertEquals(
        "raised to 60: falco calls it critical", raised.scored().reasons().getLast().reason());
  }
}
