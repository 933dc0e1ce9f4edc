package io.cattleguard.app.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Moto;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs on moto's bus, rules, queues and tables, if {@code CATTLEGUARD_TEST_MOTO} is set. */
@Tag("moto")
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "AWS's runtime interface client runs on Linux alone")
@EnabledIf(
    value = "isMotoWanted",
    disabledReason = "CATTLEGUARD_TEST_MOTO is not set, or moto_server is not on the PATH")
@TakesLong
final class RoadOnMotoTest extends RoadOverProtocols {
  static boolean isMotoWanted() {
    String wanted = System.getenv("CATTLEGUARD_TEST_MOTO");
    return wanted != null && !wanted.isEmpty() && Moto.isThere();
  }

  @Override
  RoadServices services() throws IOException, InterruptedException {
    Moto moto = Moto.start();
    return new CloudServices(moto.address(), moto::close, true);
  }

  @Override
  WireCluster.Backend cluster() {
    return new MockBackend();
  }

  @Test
  void promise10AFindingQuarantinesItsInstanceOnceAndAPersonsUndoPutsItBack() throws Exception {
    WireAccount account = road.account().orElseThrow();
    assertEquals(List.of(account.web()), account.groups());
    String finding = finding(account.instance(), UUID.randomUUID().toString());

    road.send("deduplicate", finding);
    await(
        () -> "the quarantine, but the groups are " + told(account),
        () -> account.groups().equals(List.of(account.quarantine())));
    await(() -> "it to be told: " + told(account), () -> told(account).size() == 1);
    String outcome = told(account).getFirst();
    assertTrue(outcome.contains("quarantine-instance"), outcome);

    // The finding is delivered again, and another finding about the same instance arrives.
    road.send("deduplicate", finding);
    road.send("deduplicate", finding(account.instance(), UUID.randomUUID().toString()));
    await(
        () -> "the queues to be empty",
        () ->
            road.waiting("deduplicate") <= (road.dead("deduplicate").isEmpty() ? 1 : 0)
                && road.waiting("score") + road.waiting("respond-aws") == 0);
    assertEquals(1, road.ofAccount().live().size());
    assertEquals(1, told(account).size(), () -> told(account).toString());

    Operations.Live live = road.ofAccount().live().getFirst();
    road.ofAccount()
        .undo(live.id(), new OperatorOrder("ann@example.com", "it was a drill"), Instant.now());
    // The message that the lease timer's rule sends each minute.
    road.send(
        "respond-aws",
        "{\"detail-type\":\"Lease Timer\",\"source\":\"cattleguard.timer\",\"detail\":{}}");
    await(
        () -> "the release, but " + told(account),
        () -> account.groups().equals(List.of(account.web())) && told(account).size() == 2);
    assertTrue(told(account).get(1).contains("ann@example.com"), () -> told(account).toString());
    assertEquals(List.of(), road.ofAccount().live());
    assertEquals(List.of(), road.dead("respond-aws"));

    road.send("deduplicate", finding(account.instance(), UUID.randomUUID().toString()));
    await(
        () -> "the queues to be empty",
        () -> road.waiting("score") + road.waiting("respond-aws") == 0);
    assertEquals(List.of(account.web()), account.groups(), "a person undid it");
  }

  /** The outcomes about the instance, in any thread. */
  private List<String> told(WireAccount account) {
    return road.slack().topLevel().stream()
        .filter(message -> message.arguments().toString().contains(account.instance()))
        .flatMap(message -> road.slack().thread(message).stream())
        .map(message -> message.arguments().toString())
        .toList();
  }

  private static String finding(String instance, String id) {
    return """
    {"version":"0","id":"%1$s","detail-type":"GuardDuty Finding","source":"aws.guardduty",\
    "account":"123456789012","time":"%3$s","region":"eu-central-1","resources":[],\
    "detail":{"schemaVersion":"2.0","id":"%1$s","accountId":"123456789012","region":"eu-central-1",\
    "type":"Backdoor:EC2/C&CActivity.B","severity":8,"createdAt":"%3$s","updatedAt":"%3$s",\
    "resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"%2$s"}},\
    "service":{"serviceName":"guardduty","count":1,"eventFirstSeen":"%3$s","eventLastSeen":"%3$s"}}}\
    """
        .formatted(id, instance, Instant.now());
  }
}
