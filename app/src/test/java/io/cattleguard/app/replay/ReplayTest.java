package io.cattleguard.app.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayTest {
  private static final List<String> KEYS =
      List.of(
          "received",
          "unreadable",
          "ignored",
          "opened",
          "spread",
          "merged",
          "suppressed",
          "incidents");
  private static final List<String> INCIDENT_KEYS =
      List.of(
          "fingerprint",
          "incident",
          "class",
          "source",
          "rule",
          "severity",
          "score",
          "reasons",
          "count",
          "firstAt",
          "lastAt",
          "cluster",
          "namespace",
          "workload",
          "targets",
          "deliveries",
          "responses");

  private static JsonNode replay(String events) {
    Shell.Result result = new Shell().piping(events).run("replay", "--json", "-");
    assertEquals(0, result.code(), result.err());
    JsonNode json = result.json();
    assertBalance(json);
    return json;
  }

  static void assertBalance(JsonNode replay) {
    assertEquals(
        replay.path("received").asLong(),
        replay.path("opened").asLong()
            + replay.path("spread").asLong()
            + replay.path("merged").asLong()
            + replay.path("suppressed").asLong()
            + replay.path("ignored").size()
            + replay.path("unreadable").size(),
        () -> "the counts of " + replay);
  }

  private static String lines(Object... events) {
    StringBuilder lines = new StringBuilder();
    for (Object event : events) {
      lines.append(event).append('\n');
    }
    return lines.toString();
  }

  private static FalcoEvent reverseShellOn(String pod) {
    return Intrusion.reverseShell()
        .field("k8s.pod.name", pod)
        .field("k8s.pod.uid", "uid-of-" + pod)
        .field("container.id", Integer.toHexString(pod.hashCode()));
  }

  /** An intrusion on two pods, noise on a third, and an event that is not an alert. */
  private static List<String> morning() {
    List<String> events = new ArrayList<>();
    events.add(Intrusion.tokenRead().toString());
    events.add(reverseShellOn("web-7c8d9f5b6d-aaaaa").toString());
    events.add(reverseShellOn("web-7c8d9f5b6d-bbbbb").toString());
    for (int i = 0; i < 40; i++) {
      events.add(
          Intrusion.shellInContainer()
              .time(TestAlerts.AT.plusSeconds(i))
              .field("k8s.pod.name", "noise-0")
              .toString());
    }
    events.add(
        new FalcoEvent("Falco internal: metrics snapshot", "Informational")
            .source("internal")
            .toString());
    return events;
  }

  @Test
  void problemsOfOneWorkloadNameOneIncident() {
    JsonNode json =
        replay(
            lines(
                onWeb(Intrusion.reverseShell()),
                onWeb(Intrusion.shellInContainer()),
                onWeb(Intrusion.reverseShell()).field("k8s.ns.name", "pay")));

    List<String> incidents = json.path("incidents").findValuesAsText("incident");
    assertEquals(3, incidents.size());
    assertEquals(incidents.get(0), incidents.get(1));
    assertEquals(2, Set.copyOf(incidents).size());
  }

  private static FalcoEvent onWeb(FalcoEvent event) {
    return event.field("k8s.ns.name", "shop").field("k8s.pod.name", "web-7c8d9f5b6d-x2x4k");
  }

  @Test
  void theObjectHasTheKeysOfTheDesignAndNoOthers() {
    JsonNode json = replay(lines(Intrusion.reverseShell(), Intrusion.shellOnHost(), "garbage"));

    assertEquals(KEYS, keys(json));
    for (JsonNode incident : json.path("incidents")) {
      assertEquals(INCIDENT_KEYS, keys(incident));
      int sum = 0;
      for (JsonNode reason : incident.path("reasons")) {
        assertEquals(List.of("points", "why"), keys(reason));
        sum += reason.path("points").asInt();
      }
      assertEquals(incident.path("score").asInt(), sum, "the reasons add up to the score");
      for (JsonNode delivery : incident.path("deliveries")) {
        assertEquals(List.of("destination", "outcome"), keys(delivery));
      }
    }
    JsonNode shell = json.path("incidents").get(0);
    assertEquals("[\"shop/web-7c8d9f5b6d-x2x4k\"]", shell.path("targets").toString());
    assertEquals(
        List.of("playbook", "action", "target", "decision", "objections"),
        keys(shell.path("responses").get(0)));
    assertEquals(List.of("file", "line", "reason"), keys(json.path("unreadable").get(0)));
    assertEquals("-", json.path("unreadable").get(0).path("file").asText());
    assertEquals(3, json.path("unreadable").get(0).path("line").asInt());
  }

  private static List<String> keys(JsonNode object) {
    return object.properties().stream().map(field -> field.getKey()).toList();
  }

  @Test
  void aReplayChangesNothingAndReportsWhatItWouldHaveDone() {
    JsonNode incident = replay(lines(Intrusion.reverseShell())).path("incidents").get(0);

    for (JsonNode response : incident.path("responses")) {
      assertEquals("observed", response.path("decision").asText());
      assertEquals("[]", response.path("objections").toString());
    }
    assertEquals(2, incident.path("responses").size(), "isolate-pod and delete-pod");
    for (JsonNode delivery : incident.path("deliveries")) {
      assertEquals("rehearsed", delivery.path("outcome").asText());
    }
    assertEquals(2, incident.path("deliveries").size(), "the SIEM and the security channel");
  }

  @Test
  void aPlaybookThatAsksPeopleIsNotOneThatObserves(@TempDir Path folder) throws IOException {
    Policies.copyDefault(folder);
    Path playbook = folder.resolve("playbooks/reverse-shell.yaml");
    Files.writeString(
        playbook,
        Files.readString(playbook)
            .replaceFirst(
                "(?m)^mode: observe.*$",
                "mode: observe\nmodes:\n  - { namespaces: [shop], mode: approve }"));
    String inShop = onWeb(Intrusion.reverseShell()).toString();
    String inPay = onWeb(Intrusion.reverseShell()).field("k8s.ns.name", "pay").toString();
    Shell shop = new Shell().piping(inShop);
    Shell pay = new Shell().piping(inPay);

    for (JsonNode response :
        shop.run("replay", "--policy", folder.toString(), "--json", "-")
            .json()
            .path("incidents")
            .get(0)
            .path("responses")) {
      assertEquals("awaiting-approval", response.path("decision").asText());
    }
    String asked =
        new Shell().piping(inShop).run("replay", "--policy", folder.toString(), "-").out();
    assertTrue(
        asked.contains("playbook reverse-shell: would ask for approval of isolate-pod"), asked);
    assertFalse(asked.contains("Playbooks in observe mode take no action"), asked);
    String observed = pay.run("replay", "--policy", folder.toString(), "-").out();
    assertTrue(observed.contains("playbook reverse-shell: would run isolate-pod"), observed);
    assertTrue(
        observed.contains("Playbooks in observe mode take no action: reverse-shell"), observed);
  }

  @Test
  void aGuardThatNeedsNoClusterObjectsInAReplay() {
    JsonNode incident =
        replay(lines(Intrusion.reverseShell().field("k8s.ns.name", "kube-system")))
            .path("incidents")
            .get(0);

    assertEquals(
        "[\"namespace kube-system is protected\"]",
        incident.path("responses").get(0).path("objections").toString());
  }

  @Test
  void aFindingOfAnAccountNamesAPodAndIsRefusedAsInProduction() {
    String escape =
        ContractFiles.text("samples", "guardduty/exported.jsonl")
            .lines()
            .filter(line -> line.contains("Execution:Runtime/ReverseShell"))
            .findFirst()
            .orElseThrow()
            .replace("Execution:Runtime/ReverseShell", "Execution:Runtime/RuncContainerEscape")
            .replaceAll("\"severity\": ?[0-9.]+", "\"severity\":9");
    JsonNode responses = replay(escape).path("incidents").get(0).path("responses");

    assertTrue(responses.size() > 0, "no playbook matched");
    for (JsonNode response : responses) {
      assertTrue(
          response.path("objections").toString().contains("not from a sensor of the cluster"),
          responses.toString());
    }
  }

  @Test
  void promise1APoisonousEventStopsNoOtherEvent() {
    String poison = "{\"rule\":\"x\",\"priority\":\"Critical\",\"output_fields\":{\"proc.name\":";
    JsonNode json =
        replay(lines(Intrusion.shellOnHost(), "garbage \u0001", poison, Intrusion.reverseShell()));

    assertEquals(4, json.path("received").asInt());
    assertEquals(2, json.path("opened").asInt());
    assertEquals(2, json.path("unreadable").size());
  }

  @Test
  void promise2DoubledEventsChangeNothingButMerged() {
    String once = lines(morning().toArray());

    JsonNode single = replay(once);
    JsonNode doubled = replay(once + once);

    assertEquals(2 * single.path("received").asInt(), doubled.path("received").asInt());
    assertEquals(single.path("opened"), doubled.path("opened"));
    assertEquals(single.path("spread"), doubled.path("spread"));
    assertEquals(single.path("incidents"), doubled.path("incidents"));
    assertEquals(
        2 * single.path("merged").asInt()
            + single.path("opened").asInt()
            + single.path("spread").asInt(),
        doubled.path("merged").asInt());
  }

  @Test
  void promise2DoublingManyMoreRepeatsThanAreRememberedChangesNothingButMerged() {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      events.add(Intrusion.shellInContainer().time(TestAlerts.AT.plusSeconds(i)).toString());
    }
    String once = lines(events.toArray());

    assertEquals(replay(once).path("incidents"), replay(once + once).path("incidents"));
  }

  @Test
  void reorderedEventsOpenTheSameIncidentsOnTheSameTargets() {
    List<String> events = new ArrayList<>(morning());
    JsonNode inOrder = replay(lines(events.toArray()));

    for (int seed = 0; seed < 5; seed++) {
      Collections.shuffle(events, new Random(seed));
      JsonNode shuffled = replay(lines(events.toArray()));
      for (String column : List.of("received", "opened", "spread", "merged", "suppressed")) {
        assertEquals(inOrder.path(column), shuffled.path(column), column);
      }
      assertEquals(problems(inOrder), problems(shuffled));
    }
  }

  private static List<String> problems(JsonNode replay) {
    List<String> problems = new ArrayList<>();
    for (JsonNode incident : replay.path("incidents")) {
      List<String> targets = new ArrayList<>();
      incident.path("targets").forEach(target -> targets.add(target.asText()));
      Collections.sort(targets);
      problems.add(incident.path("fingerprint").asText() + incident.path("count") + targets);
    }
    Collections.sort(problems);
    return problems;
  }

  @Test
  void promise3AKnownAlertOnANewPodStillReachesRespond() {
    JsonNode json =
        replay(
            lines(reverseShellOn("web-7c8d9f5b6d-aaaaa"), reverseShellOn("web-7c8d9f5b6d-bbbbb")));

    assertEquals(1, json.path("opened").asInt());
    assertEquals(1, json.path("spread").asInt());
    List<String> answered = new ArrayList<>();
    json.path("incidents")
        .get(0)
        .path("responses")
        .forEach(response -> answered.add(response.path("target").asText()));
    assertTrue(answered.contains("pod shop/web-7c8d9f5b6d-aaaaa"), answered::toString);
    assertTrue(answered.contains("pod shop/web-7c8d9f5b6d-bbbbb"), answered::toString);
  }

  @Test
  void filesOfAnyShapeAreReadInOneGo(@TempDir Path folder) throws IOException {
    Path array = folder.resolve("array.json");
    Path pretty = folder.resolve("pretty.json");
    Path lines = folder.resolve("lines.jsonl");
    ObjectNode event = (ObjectNode) Shell.parse(Intrusion.tokenRead().toString());
    Files.writeString(
        array, "[\n" + Intrusion.reverseShell() + ",\n" + Intrusion.miner() + "\n]\n");
    Files.writeString(pretty, "\ufeff" + event.toPrettyString());
    Files.writeString(
        lines, Intrusion.containerEscape() + "\r\n\r\nnot json\r\n" + Intrusion.shellOnHost());

    Shell.Result result =
        new Shell()
            .piping(Intrusion.execThroughTheApi().toString())
            .run("replay", "--json", array.toString(), "-", pretty.toString(), lines.toString());

    JsonNode json = result.json();
    assertBalance(json);
    assertEquals(7, json.path("received").asInt());
    assertEquals(6, json.path("opened").asInt());
    assertEquals(lines.toString(), json.path("unreadable").get(0).path("file").asText());
    assertEquals(3, json.path("unreadable").get(0).path("line").asInt());
  }

  @Test
  void aProblemThatWasQuietForWeeksOpensAnIncidentOfItsOwn() {
    JsonNode json =
        replay(
            lines(
                Intrusion.reverseShell(),
                Intrusion.reverseShell().time(TestAlerts.AT.plusSeconds(30L * 86_400))));

    assertEquals(2, json.path("opened").asInt());
    assertEquals(2, json.path("incidents").size());
  }

  @Test
  void suppressedAlertsAreInNoIncident(@TempDir Path policy) throws IOException {
    Policies.copyDefault(policy);
    Files.writeString(
        policy.resolve("suppressions.yaml"),
        """
        suppressions:
          - name: known
            owner: platform-team
            reason: by design
            expires: 2030-01-31
            cap: 10
            when: { alert: { rule: [Terminal shell in container] } }
        """);

    Shell.Result result =
        new Shell()
            .piping(lines(Intrusion.shellInContainer(), Intrusion.reverseShell()))
            .run("replay", "--json", "--policy", policy.toString(), "-");

    assertBalance(result.json());
    assertEquals(1, result.json().path("suppressed").asInt());
    assertEquals(1, result.json().path("incidents").size());
  }

  @Test
  void theReportBeginsWithTheCountsAndPutsTheWorstFirst() {
    List<String> events = new ArrayList<>(morning());
    events.add("11:10:51.000000000: Critical something happened");
    events.add("{\"half\": ");
    Shell.Result result = new Shell().piping(lines(events.toArray())).run("replay", "-");

    assertEquals(0, result.code(), result.err());
    List<String> out = result.lines();
    assertEquals("46 events received", out.get(0));
    assertTrue(
        out.stream().anyMatch(line -> line.contains("39  merged: repeats of a known problem")));
    int worst = indexOf(out, "Redirect STDOUT/STDIN");
    int noise = indexOf(out, "Terminal shell in container");
    assertTrue(worst > 0 && worst < noise, result.out());
    assertTrue(
        result
            .out()
            .replaceAll("\\s+", " ")
            .contains(
                "playbook reverse-shell: would run isolate-pod, then delete-pod on pod"
                    + " shop/web-7c8d9f5b6d-aaaaa"));
    assertTrue(result.out().contains("-:45"), "places are named");
    assertTrue(result.out().contains("json_output: true"), result.out());
    assertFalse(result.out().contains("\u001b"), "no colour where there is no terminal");
  }

  @Test
  void theNoisiestProblemThatPeopleHearOfCanBeHiddenByPasting(@TempDir Path policy)
      throws IOException {
    Policies.copyDefault(policy);
    Policies.replace(policy.resolve("routes.yaml"), "\">=\", 60", "\">=\", 1");
    String[] replay = {"replay", "--policy", policy.toString(), "-"};
    String events = String.join("\n", morning());

    String before = new Shell().piping(events).run(replay).out();
    List<String> pasted =
        before
            .lines()
            .dropWhile(line -> !line.startsWith("  - name: hide-"))
            .takeWhile(line -> line.startsWith("  "))
            .toList();
    Policies.replace(
        policy.resolve("suppressions.yaml"),
        "\nsuppressions: []",
        "\nsuppressions:\n" + String.join("\n", pasted));
    Shell.Result after = new Shell().piping(events).run(replay);

    assertTrue(before.contains("Terminal shell in container in shop/Deployment/web, 40"), before);
    assertEquals(0, after.code(), after.err());
    assertTrue(after.out().contains("       40  suppressed by the policy"), after.out());
    assertFalse(after.out().contains("suppressions.yaml"), "the noise is gone: " + after.out());
  }

  private static int indexOf(List<String> lines, String text) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(text)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void anEmptyRecordingIsNoError() {
    JsonNode json = replay("");

    assertEquals(0, json.path("received").asInt());
    assertEquals(0, new Shell().run("replay", "-").code());
  }
}
