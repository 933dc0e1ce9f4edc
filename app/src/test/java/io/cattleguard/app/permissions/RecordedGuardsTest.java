package io.cattleguard.app.permissions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Guards;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A record's limit is large enough for the guards of every action. */
final class RecordedGuardsTest {
  @Test
  void theGuardsOfEveryActionFitIntoARecordAlsoIfTheObjectCannotBeRead() {
    for (Action<?, ?> action : Actions.registered().here()) {
      Set<String> own = action.guards().stream().map(Guard::name).collect(Collectors.toSet());
      List<String> names = Guards.names(action);
      GuardAnswers unread =
          new GuardAnswers(
              names.stream().filter(name -> !own.contains(name)).sorted().toList(),
              List.of(),
              names.stream()
                  .filter(own::contains)
                  .map(name -> new GuardAnswers.Answer(name, ""))
                  .toList());

      assertEquals(unread, recorded(action, unread), action.name());
      GuardAnswers clear = GuardAnswers.clear(names.stream().sorted().toList());
      assertEquals(clear, recorded(action, clear), action.name());
    }
  }

  private static GuardAnswers recorded(Action<?, ?> action, GuardAnswers answers) {
    InMemoryIncidents incidents = new InMemoryIncidents();
    ResponseDecided decided =
        new ResponseDecided(
                TestAlerts.scored(
                    TestAlerts.alert("a", "rule", Severity.HIGH).at(TestAlerts.AT).build(), 90),
                "playbook",
                action.name(),
                "object",
                ResponseOutcome.REFUSED,
                List.of(),
                "no action taken",
                TestAlerts.AT,
                null)
            .after(answers);
    new Recorder(incidents).record(decided.write(), "cattleguard.respond");
    return incidents
        .find(decided.scored().incidentId())
        .orElseThrow()
        .actions()
        .values()
        .iterator()
        .next()
        .answers();
  }
}
