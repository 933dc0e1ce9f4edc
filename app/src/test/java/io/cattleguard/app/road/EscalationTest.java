package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.InMemoryDestination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Router;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A more severe alert of a known problem is scored, notified and responded to immediately, although
 * a less severe one came first; with all steps and the default policy.
 */
final class EscalationTest implements Journal {
  private static final String RULE = "Redirect STDOUT/STDIN to Network Connection in Container";

  private Instant now = TestAlerts.AT;
  private final EventClock clock = new EventClock();
  private final InMemoryDestination channel = new InMemoryDestination();
  private final List<Verdict.Column> columns = new ArrayList<>();
  private final List<String> scored = new ArrayList<>();
  private final List<String> decided = new ArrayList<>();
  private final Pipeline pipeline = pipeline();

  private Pipeline pipeline() {
    Policy policy = Policy.read(Policies.defaultPolicy());
    return new Pipeline(
        ContractFiles.folder("patterns"),
        new Pipeline.Steps(
            new Deduplicator(
                new InMemorySightings(), policy.suppressions(), DeduplicationSettings.DEFAULT),
            new Scorer(policy.scoring(), new InMemoryWorkloadHistories()),
            new Router(policy.routes()),
            new Dispatcher(Map.of("security-channel", channel), new InMemoryConversations()),
            Responders.forRehearsal(policy.playbooks(), new InMemoryLedger(), clock)),
        clock,
        this);
  }

  /** A second after the previous one. */
  private void take(String event) {
    now = now.plusSeconds(1);
    clock.moveTo(now);
    pipeline.take(event, new Origin("blue", now));
  }

  private void take(FalcoEvent event) {
    take(event.time(now).toString());
  }

  private static FalcoEvent shell(String pod, String priority) {
    return new FalcoEvent(RULE, priority, "T1059", "mitre_execution")
        .process("bash", "/bin/bash", "bash -i", "nginx")
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .field("evt.type", "dup2");
  }

  private static FalcoEvent reverseShell(String pod, String priority) {
    return shell(pod, priority).field("fd.name", "10.0.3.7:51200->198.51.100.7:9001");
  }

  private long alertsTold() {
    return channel.delivered().stream()
        .filter(delivery -> delivery.notice() instanceof Notice.Scored)
        .count();
  }

  @Test
  void aReverseShellWhoseFirstAlertLacksThePeerIsToldAndAnswered() {
    take(shell("web-7c8d9f5b6d-x2x4k", "Notice"));
    assertEquals(List.of(), decided);
    assertEquals(0, alertsTold());

    take(reverseShell("web-7c8d9f5b6d-x2x4k", "Notice"));

    assertEquals(List.of("opened 50", "escalated 85"), scored);
    assertEquals(List.of("reverse-shell isolate-pod", "reverse-shell delete-pod"), decided);
    assertEquals(1, alertsTold());
    assertEquals(List.of(Verdict.Column.OPENED, Verdict.Column.MERGED), columns);
  }

  @Test
  void aPriorityThatRisesIsTold() {
    take(shell("web-7c8d9f5b6d-x2x4k", "Notice"));
    take(shell("web-7c8d9f5b6d-x2x4k", "Critical"));

    assertEquals(List.of("opened 50", "escalated 85"), scored);
    assertEquals(1, alertsTold());
  }

  @Test
  void promise3AGraverAlertReachesRespondersOnEachPodAndPeopleOnce() {
    take(shell("web-7c8d9f5b6d-x2x4k", "Notice"));
    take(shell("web-7c8d9f5b6d-p9p8z", "Notice"));
    take(reverseShell("web-7c8d9f5b6d-x2x4k", "Notice"));
    take(reverseShell("web-7c8d9f5b6d-p9p8z", "Notice"));
    take(reverseShell("web-7c8d9f5b6d-p9p8z", "Notice"));

    assertEquals(List.of("opened 50", "spread 60", "escalated 95", "continuing 95"), scored);
    assertEquals(2, decided.size(), "two steps on the first pod; an observing playbook tells once");
    assertEquals(2, alertsTold(), "spread at a score of 60, and escalated");
  }

  @Test
  void aMildAlertAfterAGraveOneIsMerged() {
    take(reverseShell("web-7c8d9f5b6d-x2x4k", "Critical"));
    take(shell("web-7c8d9f5b6d-x2x4k", "Notice"));
    take(reverseShell("web-7c8d9f5b6d-x2x4k", "Notice"));

    assertEquals(List.of("opened 100"), scored);
  }

  @Test
  void anIntruderWhoVariesWhatHeSendsCausesABoundedNumberOfMessages() {
    take(shell("web-7c8d9f5b6d-x2x4k", "Notice"));
    for (int i = 0; i < 1_000; i++) {
      take(
          shell("web-7c8d9f5b6d-x2x4k", "Notice")
              .field("fd.name", "10.0.3.7:" + (40_000 + i) + "->198.51.100." + i % 250 + ":" + i)
              .process("bash", "/bin/bash", "bash -c " + i, "parent-" + i)
              .field("user.name", "user-" + i));
    }
    assertEquals(
        1, scored.stream().filter(one -> one.startsWith("escalated")).count(), scored::toString);
  }

  private static String finding(String type, int severity, String direction) {
    return """
    {"detail-type": "GuardDuty Finding", "source": "aws.guardduty",
     "detail": {"accountId": "111122223333", "region": "eu-central-1", "id": "f%s%s",
      "type": "%s", "severity": %s, "updatedAt": "2026-03-02T09:15:00Z",
      "resource": {"resourceType": "Instance",
       "instanceDetails": {"instanceId": "i-0123456789abcdef0"}},
      "service": {"serviceName": "guardduty",
       "eventLastSeen": "2026-03-02T09:15:00Z",
       "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {
        "connectionDirection": "%s", "protocol": "TCP",
        "remoteIpDetails": {"ipAddressV4": "203.0.113.9"}}}}}}\
    """
        .formatted(severity, direction, type, severity, direction);
  }

  @Test
  void aGuardDutyFindingThatRisesFromFiveToEightIsAnswered() {
    take(finding("Backdoor:EC2/C&CActivity.B", 5, "OUTBOUND"));
    assertEquals(List.of(), decided);

    take(finding("Backdoor:EC2/C&CActivity.B", 8, "OUTBOUND"));

    assertEquals(
        List.of(
            "compromised-instance snapshot-instance", "compromised-instance quarantine-instance"),
        decided);
  }

  @Test
  void anInstanceThatTurnsFromTargetToActorIsScoredAgain() {
    take(finding("UnauthorizedAccess:EC2/SSHBruteForce", 3, "INBOUND"));
    take(finding("UnauthorizedAccess:EC2/SSHBruteForce", 3, "OUTBOUND"));

    assertEquals(2, scored.size(), scored::toString);
    assertEquals(List.of(Verdict.Column.OPENED, Verdict.Column.SPREAD), columns);
  }

  @ParameterizedTest
  @CsvSource({
    "30d-falco-priority-rises.jsonl",
    "51-guardduty-bruteforce-target-then-actor.jsonl",
    "53-guardduty-custom-rules-low-then-high.jsonl"
  })
  void theRecordedEscalationsAreTold(String file) {
    Path recording = Corpora.folder().resolve("field").resolve(file);
    for (RecordedEvent event : RecordedEvents.split(Corpora.read(recording))) {
      now = now.plus(Duration.ofMinutes(1));
      take(event.text());
    }

    // Each peer of an inbound finding is an object of its own, so its second finding is a spread.
    assertEquals(Verdict.Column.OPENED, columns.getFirst());
    assertEquals(2, columns.size());
    assertEquals("escalated", scored.getLast().split(" ", 2)[0], scored::toString);
  }

  @Override
  public void read(Reading reading) {}

  @Override
  public void judged(Verdict verdict) {
    columns.add(verdict.column());
  }

  @Override
  public void scored(ScoredAlert alert) {
    scored.add(alert.accepted().acceptance().jsonName() + " " + alert.score());
  }

  @Override
  public void told(List<Attempt> attempts) {}

  @Override
  public void responded(ResponseDecided one) {
    decided.add(one.playbook() + " " + one.action());
  }
}
