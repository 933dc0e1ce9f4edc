package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Router;
import io.cattleguard.score.HistoryUnavailable;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.WorkloadHistories;
import io.cattleguard.score.WorkloadHistory;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Checks a reason text of score that the default policy's routes match. */
final class UnknownPastTest {
  private static final WorkloadHistories AWAY =
      new WorkloadHistories() {
        @Override
        public Optional<WorkloadHistory> current(String workload) {
          throw new HistoryUnavailable("away", new IllegalStateException());
        }

        @Override
        public Optional<WorkloadHistory> recall(String workload) {
          throw new HistoryUnavailable("away", new IllegalStateException());
        }

        @Override
        public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
          throw new HistoryUnavailable("away", new IllegalStateException());
        }
      };

  private static List<String> told(WorkloadHistories histories, Severity severity) {
    Policy policy = Policy.read(Policies.defaultPolicy());
    AcceptedAlert mid = TestAlerts.opened(TestAlerts.alert("a", "a rule", severity).build());
    return new Router(policy.routes())
        .route(new Scorer(policy.scoring(), histories).score(mid)).stream()
            .map(Delivery::destination)
            .toList();
  }

  @Test
  void promise6WhileTheHistoryIsUnavailablePeopleSeeAlertsThatCouldBePartOfAKillChain() {
    assertEquals(List.of("siem", "security-channel"), told(AWAY, Severity.MEDIUM));
    assertEquals(List.of("siem"), told(new InMemoryWorkloadHistories(), Severity.MEDIUM));
  }

  @Test
  void alertsWithALowScoreStayQuietEvenThen() {
    assertEquals(List.of("siem"), told(AWAY, Severity.INFORMATIONAL));
  }
}
