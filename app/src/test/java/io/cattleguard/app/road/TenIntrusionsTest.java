package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Router;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten intrusions within days of noise, with the default policy in enforce mode: each is one
 * incident that ranks first, has one Slack message, and is contained.
 */
final class TenIntrusionsTest implements Journal {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final String CHANNEL = "security-channel";
  private static final int WORKLOADS = 40;
  private static final int INTRUSIONS = 10;

  private final FakeSlack slack = new FakeSlack();
  private final EventClock clock = new EventClock();
  private final InMemoryCluster cluster = new InMemoryCluster(clock, Duration.ofSeconds(2));
  private final Queue queue = new Queue(slack.destination(CHANNEL, new InMemoryConversations()));
  private final Pipeline pipeline = pipeline();
  private final Map<String, Set<String>> incidentsOfIntrusion = new TreeMap<>();
  private final Map<String, Integer> scoreOfIncident = new HashMap<>();
  private String intrusion = "";
  private int alerts;

  /** Retries deliveries that Slack delays, as a queue does. */
  private static final class Queue implements Destination {
    private final Destination slack;
    private final List<Map.Entry<Instant, Delivery>> waiting = new ArrayList<>();

    Queue(Destination slack) {
      this.slack = slack;
    }

    @Override
    public List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
      List<Outcome> outcomes = slack.deliver(deliveries, now);
      for (int i = 0; i < deliveries.size(); i++) {
        if (outcomes.get(i) instanceof Outcome.TryAgain later) {
          waiting.add(Map.entry(now.plus(later.after()), deliveries.get(i)));
        } else {
          assertTrue(
              Set.of("delivered", "skipped").contains(outcomes.get(i).word()),
              outcomes.get(i).toString());
        }
      }
      return deliveries.stream().<Outcome>map(ignored -> new Outcome.Delivered()).toList();
    }

    void retry(Instant now) {
      List<Delivery> due =
          waiting.stream()
              .filter(entry -> !entry.getKey().isAfter(now))
              .map(Map.Entry::getValue)
              .toList();
      waiting.removeIf(entry -> !entry.getKey().isAfter(now));
      if (!due.isEmpty()) {
        deliver(due, now);
      }
    }
  }

  private Pipeline pipeline() {
    Policy policy = Policy.read(Policies.defaultPolicy());
    return new Pipeline(
        ContractFiles.folder("patterns"),
        new Pipeline.Steps(
            new Deduplicator(
                new InMemorySightings(), policy.suppressions(), DeduplicationSettings.DEFAULT),
            new Scorer(policy.scoring(), new InMemoryWorkloadHistories()),
            new Router(policy.routes()),
            new Dispatcher(Map.of(CHANNEL, queue), new InMemoryConversations()),
            Responders.of(
                policy.playbooks().in(Mode.ENFORCE),
                cluster,
                Optional.of("blue"),
                new InMemoryLedger(),
                ResponderSettings.DEFAULT,
                clock,
                millis -> clock.moveTo(clock.instant().plusMillis(millis))),
            policy.detections()),
        clock,
        this);
  }

  @AfterEach
  void slackHadNothingToObjectTo() {
    assertEquals(List.of(), slack.violations());
    slack.close();
  }

  private static String namespace(int workload) {
    return "team-" + workload % 5;
  }

  private static String name(int workload) {
    return "app-" + (char) ('a' + workload / 26) + (char) ('a' + workload % 26);
  }

  private void startPods() {
    for (int workload = 0; workload < WORKLOADS; workload++) {
      for (int replica = 0; replica < 3; replica++) {
        String pod = name(workload) + "-7c8d9f5b6d-x2x4" + "bcd".charAt(replica);
        cluster.run(
            new Pod(
                namespace(workload),
                pod,
                "uid-of-" + pod,
                Optional.of("node-" + replica),
                START.minusSeconds(3_600),
                Optional.of(new Pod.Owner("Deployment", name(workload))),
                false,
                false,
                false,
                true,
                List.of()));
      }
    }
  }

  private Pod podOf(int workload, int replica) {
    List<Pod> pods =
        cluster.pods().stream()
            .filter(pod -> pod.workload().endsWith(name(workload)))
            .sorted(Comparator.comparing(Pod::name))
            .toList();
    return pods.get(replica % pods.size());
  }

  private void take(String raw, Origin origin, Instant at) {
    clock.moveTo(at);
    queue.retry(at);
    alerts++;
    pipeline.take(raw, origin);
  }

  private void take(FalcoEvent event, Pod pod, Instant at) {
    take(
        event
            .time(at)
            .hostname(pod.node().orElse("node-a"))
            .field("k8s.ns.name", pod.namespace())
            .field("k8s.pod.name", pod.name())
            .field("k8s.pod.uid", pod.uid())
            .toString(),
        new Origin("blue", at),
        at);
  }

  private void noise(Random random, Instant at) {
    // Some workloads cause most of the noise, as in real clusters.
    int one = random.nextInt(WORKLOADS);
    int workload = Math.min(one, random.nextInt(WORKLOADS));
    Pod pod = podOf(workload, random.nextInt(3));
    FalcoEvent event =
        switch (random.nextInt(6)) {
          case 0, 1 ->
              new FalcoEvent("Contact K8S API Server From Container", "Notice", "mitre_discovery")
                  .process("agent", "/usr/bin/agent", "agent run", "init")
                  .field("fd.name", "10.0.0.7:51200->10.96.0.1:443");
          case 2 ->
              new FalcoEvent("Read sensitive file untrusted", "Warning", "mitre_credential_access")
                  .process("backup", "/usr/bin/backup", "backup /etc", "cron")
                  .field("fd.name", "/etc/shadow");
          case 3 ->
              new FalcoEvent("Terminal shell in container", "Notice", "mitre_execution", "T1059")
                  .process("bash", "/bin/bash", "bash", "runc");
          case 4 ->
              new FalcoEvent("Packet socket created in container", "Notice", "mitre_discovery")
                  .process("ping", "/bin/ping", "ping 10.0.0." + random.nextInt(250), "sh");
          default ->
              new FalcoEvent("Unexpected outbound connection", "Informational", "network")
                  .process("curl", "/usr/bin/curl", "curl", "sh")
                  .field("fd.name", "10.0.0.7:51200->198.51.100." + random.nextInt(250) + ":443");
        };
    take(event, pod, at);
  }

  /** Two Falco rules (a shell and a program), the audit log, and a late GuardDuty finding. */
  private void intrude(int number, Instant at) {
    int workload = number * 3 + 2;
    intrusion = name(workload);
    Pod pod = podOf(workload, 0);
    take(
        new FalcoEvent("Terminal shell in container", "Notice", "mitre_execution", "T1059")
            .process("sh", "/bin/sh", "sh", "nginx"),
        pod,
        at);
    take(
        new FalcoEvent(
                "Redirect STDOUT/STDIN to Network Connection in Container",
                "Critical",
                "mitre_execution",
                "T1059")
            .process("bash", "/bin/bash", "bash -i", "nginx")
            .field("evt.type", "dup2")
            .field("fd.name", "10.0.3.7:51200->203.0.113.66:9001"),
        pod,
        at.plusSeconds(20));
    take(
        new FalcoEvent("Drop and execute new binary in container", "Critical", "mitre_persistence")
            .process("xmrig", "/tmp/xmrig", "xmrig -o pool", "bash"),
        podOf(workload, 1),
        at.plusSeconds(90));
    take(
        audit(podOf(workload, 2), at.plusSeconds(200)),
        new Origin("blue", at),
        at.plusSeconds(200));
    take(finding(workload, at.plusSeconds(900)), new Origin(null, at), at.plusSeconds(900));
    intrusion = "";
  }

  private static String audit(Pod pod, Instant at) {
    return """
    {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"%s",
     "stage":"ResponseComplete","requestURI":"/api/v1/namespaces/%s/pods/%s/exec?command=sh",
     "verb":"create","user":{"username":"mallory"},"sourceIPs":["203.0.113.66"],
     "objectRef":{"resource":"pods","namespace":"%s","name":"%s","apiVersion":"v1",
      "subresource":"exec"},"responseStatus":{"code":101},
     "requestReceivedTimestamp":"%s","stageTimestamp":"%s"}\
    """
        .formatted(pod.uid(), pod.namespace(), pod.name(), pod.namespace(), pod.name(), at, at);
  }

  private static String finding(int workload, Instant at) {
    return """
    {"detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{
     "accountId":"111122223333","region":"eu-central-1","id":"finding-%s",
     "type":"Execution:Runtime/ReverseShell","severity":8,"updatedAt":"%s",
     "resource":{"resourceType":"EKSCluster",
      "eksClusterDetails":{"name":"blue",
       "arn":"arn:aws:eks:eu-central-1:111122223333:cluster/blue"},
      "kubernetesDetails":{"kubernetesWorkloadDetails":{
       "name":"%s","type":"deployments","namespace":"%s"}}},
     "service":{"serviceName":"guardduty","eventLastSeen":"%s"}}}\
    """
        .formatted(workload, at, name(workload), namespace(workload), at);
  }

  @Test
  void aDayWithTenIntrusions() {
    check(1, Duration.ofDays(1), Duration.ofSeconds(20));
  }

  @TakesLong
  @ParameterizedTest
  @ValueSource(longs = 2)
  void threeDaysWithTenIntrusions(long seed) {
    check(seed, Duration.ofDays(3), Duration.ofSeconds(15));
  }

  private void check(long seed, Duration length, Duration between) {
    startPods();
    Random random = new Random(seed);
    long steps = length.dividedBy(between);
    long every = steps / INTRUSIONS;
    int next = 0;
    for (long step = 0; step < steps; step++) {
      Instant at = START.plus(between.multipliedBy(step));
      noise(random, at);
      if (step % every == every / 2 && next < INTRUSIONS) {
        intrude(next++, at.plusMillis(500));
      }
    }
    queue.retry(START.plus(length).plusSeconds(60));

    assertEquals(INTRUSIONS, incidentsOfIntrusion.size());
    Set<String> ids = new HashSet<>();
    incidentsOfIntrusion.forEach(
        (name, incidents) -> {
          assertEquals(1, incidents.size(), () -> name + " is one incident");
          ids.addAll(incidents);
        });
    assertEquals(INTRUSIONS, ids.size(), "and each another one");
    int least = ids.stream().mapToInt(scoreOfIncident::get).min().orElseThrow();
    int noisiest =
        scoreOfIncident.entrySet().stream()
            .filter(entry -> !ids.contains(entry.getKey()))
            .mapToInt(Map.Entry::getValue)
            .max()
            .orElse(0);
    assertTrue(least > noisiest, () -> "intrusions from " + least + ", noise to " + noisiest);
    List<FakeSlack.Posted> messages = slack.topLevel();
    for (String id : ids) {
      List<String> told =
          messages.stream()
              .map(message -> message.arguments().path("blocks").toString())
              .filter(text -> text.contains("incident " + id))
              .toList();
      assertEquals(1, told.size(), "one message");
      assertTrue(told.getFirst().contains("Contained · Critical"), told::getFirst);
      assertTrue(told.getFirst().contains("Execution:Runtime/ReverseShell"), told::getFirst);
    }
    assertTrue(
        messages.size() * 50 <= alerts, () -> messages.size() + " messages, " + alerts + " alerts");
  }

  @Override
  public void scored(ScoredAlert scored) {
    scoreOfIncident.merge(scored.incidentId(), scored.score(), Math::max);
    if (!intrusion.isEmpty()) {
      incidentsOfIntrusion
          .computeIfAbsent(intrusion, ignored -> new HashSet<>())
          .add(scored.incidentId());
    }
  }

  @Override
  public void read(Reading reading) {}

  @Override
  public void judged(Verdict verdict) {}

  @Override
  public void told(List<Attempt> attempts) {}

  @Override
  public void responded(ResponseDecided decided) {}
}
