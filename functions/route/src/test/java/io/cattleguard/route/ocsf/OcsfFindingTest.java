package io.cattleguard.route.ocsf;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class OcsfFindingTest {

  /**
   * The attributes that OCSF 1.7.0 requires of an object: all of the first list, one of the second.
   */
  private record Rule(List<String> required, List<String> oneOf) {}

  private static final List<String> PROCESS_IDS = List.of("pid", "uid", "cpid");
  private static final Map<String, Rule> RULES = new LinkedHashMap<>();

  static {
    rule(
        "",
        List.of(
            "activity_id",
            "category_uid",
            "class_uid",
            "finding_info",
            "metadata",
            "severity_id",
            "time",
            "type_uid"),
        List.of());
    rule("/metadata", List.of("product", "version"), List.of());
    rule("/metadata/product", List.of(), List.of("name", "uid"));
    rule("/finding_info", List.of("uid"), List.of());
    rule("/finding_info/analytic", List.of("type_id"), List.of("name", "uid"));
    rule("/finding_info/attacks/*", List.of(), List.of("tactic", "technique", "sub_technique"));
    rule("/finding_info/attacks/*/tactic", List.of(), List.of("name", "uid"));
    rule("/finding_info/attacks/*/technique", List.of(), List.of("name", "uid"));
    rule("/finding_info/attacks/*/sub_technique", List.of(), List.of("name", "uid"));
    rule("/resources/*", List.of(), List.of("name", "uid"));
    rule(
        "/evidences/*",
        List.of(),
        List.of(
            "actor",
            "api",
            "connection_info",
            "data",
            "database",
            "databucket",
            "device",
            "dst_endpoint",
            "email",
            "file",
            "process",
            "query",
            "resources",
            "src_endpoint",
            "url",
            "user",
            "job",
            "script"));
    rule("/evidences/*/actor", List.of(), List.of("process", "user"));
    for (String process : List.of("/evidences/*/process", "/evidences/*/actor/process")) {
      rule(process, List.of(), PROCESS_IDS);
      rule(process + "/parent_process", List.of(), PROCESS_IDS);
      rule(process + "/file", List.of("name", "type_id"), List.of());
      rule(process + "/user", List.of(), List.of("account", "name", "uid"));
    }
    rule("/evidences/*/actor/user", List.of(), List.of("account", "name", "uid"));
    rule("/evidences/*/file", List.of("name", "type_id"), List.of());
    rule("/evidences/*/connection_info", List.of("direction_id"), List.of());
    rule("/evidences/*/dst_endpoint", List.of(), List.of("ip", "uid", "name", "hostname"));
    rule("/evidences/*/src_endpoint", List.of(), List.of("ip", "uid", "name", "hostname"));
    rule("/evidences/*/container", List.of(), List.of("uid", "name"));
    rule("/evidences/*/container/image", List.of("uid"), List.of());
    rule("/cloud", List.of("provider"), List.of());
    rule("/cloud/account", List.of(), List.of("name", "uid"));
    rule("/device", List.of("type_id"), List.of());
    rule("/remediation", List.of("desc"), List.of());
  }

  /** The attributes of the class without profiles, and of the profiles in use. */
  private static final Set<String> KNOWN =
      Set.of(
          "activity_id",
          "activity_name",
          "category_name",
          "category_uid",
          "class_name",
          "class_uid",
          "count",
          "end_time",
          "evidences",
          "finding_info",
          "is_alert",
          "message",
          "metadata",
          "raw_data",
          "raw_data_size",
          "remediation",
          "resources",
          "risk_score",
          "severity",
          "severity_id",
          "start_time",
          "status",
          "status_detail",
          "status_id",
          "time",
          "type_name",
          "type_uid",
          "unmapped",
          "cloud",
          "device");

  private static void rule(String path, List<String> required, List<String> oneOf) {
    RULES.put(path, new Rule(required, oneOf));
  }

  private static void assertValid(JsonNode finding) {
    List<String> objections = new ArrayList<>();
    finding
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!KNOWN.contains(name)) {
                objections.add("unknown attribute " + name);
              }
            });
    RULES.forEach(
        (path, rule) -> {
          for (JsonNode object : at(List.of(finding), path)) {
            for (String required : rule.required()) {
              if (!object.has(required)) {
                objections.add(path + " lacks " + required);
              }
            }
            if (!rule.oneOf().isEmpty() && rule.oneOf().stream().noneMatch(object::has)) {
              objections.add(path + " has none of " + rule.oneOf());
            }
          }
        });
    assertEquals(
        finding.path("class_uid").asLong() * 100 + finding.path("activity_id").asLong(),
        finding.path("type_uid").asLong());
    assertFalse(finding.toString().contains(":null"), finding.toString());
    assertEquals(List.of(), objections);
  }

  private static List<JsonNode> at(List<JsonNode> nodes, String path) {
    if (path.isEmpty()) {
      return nodes;
    }
    int end = path.indexOf('/', 1);
    String key = path.substring(1, end < 0 ? path.length() : end);
    List<JsonNode> next = new ArrayList<>();
    for (JsonNode node : nodes) {
      if (key.equals("*")) {
        node.forEach(next::add);
      } else if (node.has(key)) {
        next.add(node.get(key));
      }
    }
    return at(next, end < 0 ? "" : path.substring(end));
  }

  private static ObjectNode of(ScoredAlert scored) {
    return OcsfFinding.of(new Notice.Scored(scored));
  }

  @Test
  void anAlertIsAValidDetectionFinding() {
    ObjectNode finding = of(Notices.alert().file("/etc/shadow").scored());

    assertValid(finding);
    assertEquals("1.7.0", finding.path("metadata").path("version").asText());
    assertEquals(2004, finding.path("class_uid").asInt());
    assertEquals(2, finding.path("category_uid").asInt());
    assertEquals(200401, finding.path("type_uid").asInt());
    assertEquals(5, finding.path("severity_id").asInt());
    assertEquals(T0.toEpochMilli(), finding.path("time").asLong());
    assertEquals("a1/opened/scored", finding.path("metadata").path("uid").asText());
    assertEquals("f1", finding.path("finding_info").path("uid").asText());
    assertEquals(85, finding.path("risk_score").asInt());
    assertEquals(85, finding.path("unmapped").path("score").asInt());
    assertEquals(85, finding.at("/unmapped/reasons/0/points").asInt());
    assertEquals("shop", finding.at("/resources/0/namespace").asText());
    assertEquals("web-1", finding.at("/resources/0/name").asText());
    assertEquals("node-a", finding.at("/device/hostname").asText());
    assertEquals("bash -i", finding.at("/evidences/0/process/cmd_line").asText());
    assertEquals("203.0.113.9", finding.at("/evidences/0/dst_endpoint/ip").asText());
    assertEquals("0123456789ab", finding.at("/evidences/0/container/uid").asText());
    assertEquals("shadow", finding.at("/evidences/0/file/name").asText());
    assertEquals("{\"rule\":\"Terminal shell in container\"}", finding.path("raw_data").asText());
  }

  @Test
  void tacticsAndTechniquesCarryMitresNames() {
    JsonNode attacks = of(Notices.alert().scored()).at("/finding_info/attacks");

    assertEquals("Execution", attacks.at("/0/tactic/name").asText());
    assertEquals("T1059", attacks.at("/1/technique/uid").asText());
    assertEquals("Command and Scripting Interpreter", attacks.at("/1/technique/name").asText());
    assertEquals("T1059.004", attacks.at("/1/sub_technique/uid").asText());
    assertEquals("Unix Shell", attacks.at("/1/sub_technique/name").asText());
    assertEquals("Escape to Host", attacks.at("/2/technique/name").asText());
    assertFalse(attacks.get(2).has("sub_technique"));
  }

  @ParameterizedTest(name = "{0} is activity {1}")
  @CsvSource({"OPENED, 1", "SPREAD, 2", "REPEATED, 2"})
  void theFirstAlertCreatesAFindingAndTheOthersUpdateIt(Acceptance acceptance, int activity) {
    ObjectNode finding = of(Notices.alert().acceptance(acceptance).scored());

    assertValid(finding);
    assertEquals(activity, finding.path("activity_id").asInt());
    assertEquals("f1", finding.at("/finding_info/uid").asText());
  }

  @ParameterizedTest
  @EnumSource(ResponseOutcome.class)
  void anOutcomeUpdatesTheFindingOfItsAlert(ResponseOutcome outcome) {
    ObjectNode finding =
        OcsfFinding.of(new Notice.Decided(Notices.alert().decided(outcome, "an objection")));

    assertValid(finding);
    assertEquals(200402, finding.path("type_uid").asInt());
    assertEquals("f1", finding.at("/finding_info/uid").asText());
    assertEquals(T0.plusSeconds(2).toEpochMilli(), finding.path("time").asLong());
    assertEquals(outcome.jsonName(), finding.at("/unmapped/response/outcome").asText());
    assertEquals("an objection", finding.at("/unmapped/response/objections/0").asText());
  }

  @Test
  void anAlertOfWhichNothingIsKnownIsAValidFindingOfUnknownSeverity() {
    Alert known = Notices.alert().scored().alert();
    Alert bare =
        new Alert(
            "a1",
            AlertClass.HEALTH,
            "falco",
            null,
            null,
            List.of(),
            List.of(),
            List.of(),
            Target.builder().build(),
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            null,
            1,
            List.of(),
            known.raw());

    ObjectNode finding = of(with(bare));

    assertValid(finding);
    assertEquals(0, finding.path("severity_id").asInt());
    assertEquals(T0.toEpochMilli(), finding.path("time").asLong());
  }

  @Test
  void aCloudFindingNamesAccountInstanceAndPrincipalUnderTheCloudProfile() {
    Target target =
        Target.builder()
            .account("111122223333")
            .region("eu-central-1")
            .instance("i-0123456789abcdef0")
            .securityGroup("sg-1")
            .principal("role/build")
            .containerName("only-a-container")
            .build();
    Alert known = Notices.alert().scored().alert();
    Alert alert =
        new Alert(
            "a1",
            AlertClass.AUDIT,
            "guardduty",
            "r",
            known.severity(),
            List.of(),
            List.of("T9999"),
            List.of(),
            target,
            ObservedProcess.UNKNOWN,
            new ObservedConnection("198.51.100.7", null, null, "inbound"),
            null,
            T0,
            1,
            List.of(),
            "{}");

    ObjectNode finding = of(with(alert));

    assertValid(finding);
    assertEquals("[\"cloud\"]", finding.at("/metadata/profiles").toString());
    assertEquals("111122223333", finding.at("/cloud/account/uid").asText());
    assertEquals("i-0123456789abcdef0", finding.at("/resources/0/uid").asText());
    assertEquals("role/build", finding.at("/evidences/0/actor/user/name").asText());
    assertEquals("198.51.100.7", finding.at("/evidences/0/src_endpoint/ip").asText());
    assertEquals("T9999", finding.at("/finding_info/attacks/0/technique/uid").asText());
  }

  @Test
  void aContainerAloneIsEvidenceThatOcsfAllows() {
    Alert known = Notices.alert().scored().alert();
    Alert alert =
        new Alert(
            "a1",
            AlertClass.RUNTIME,
            "falco",
            "r",
            null,
            List.of(),
            List.of(),
            List.of(),
            Target.builder().containerId("0123456789ab").build(),
            ObservedProcess.UNKNOWN,
            ObservedConnection.UNKNOWN,
            null,
            T0,
            1,
            List.of(),
            known.raw());

    ObjectNode finding = of(with(alert));

    assertValid(finding);
    assertEquals("0123456789ab", finding.at("/evidences/0/data/container/uid").asText());
  }

  @Test
  void aLongRawEventIsCutBetweenCharactersAndSaysSo() {
    ObjectNode finding = of(Notices.alert().raw("ä".repeat(100_000)).scored());

    String raw = finding.path("raw_data").asText();
    assertEquals("ä".repeat(OcsfFinding.RAW_LIMIT / 2), raw);
    assertEquals(200_000, finding.path("raw_data_size").asInt());
    assertTrue(finding.at("/metadata/is_truncated").asBoolean());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextIsAValidFinding(String what, String text) {
    assertValid(of(HostileNotices.everywhere(text).scored()));
  }

  private static ScoredAlert with(Alert alert) {
    ScoredAlert scored = Notices.alert().scored();
    return new ScoredAlert(
        new AcceptedAlert(alert, "f1", Acceptance.OPENED, 1, T0, T0, 1, 2),
        scored.score(),
        scored.reasons());
  }
}
