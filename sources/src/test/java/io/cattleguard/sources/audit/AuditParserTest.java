package io.cattleguard.sources.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AuditParserTest {
  private static final Detection DETECTION =
      new Detection(
          "some-rule",
          "it happened",
          Severity.HIGH,
          List.of("TA0002"),
          List.of("T1609"),
          List.of());

  private static final String EXEC =
      """
      {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"a1",
       "stage":"ResponseStarted","verb":"get",
       "requestURI":"/api/v1/namespaces/shop/pods/web-1/exec?command=%2Fbin%2Fsh&command=-c&command=a%20b&container=web",
       "user":{"username":"operator@example.com","groups":["ops","system:authenticated"]},
       "impersonatedUser":{"username":"root"},
       "sourceIPs":["198.51.100.7","10.0.0.1"],"userAgent":"kubectl/v1.34",
       "objectRef":{"resource":"pods","namespace":"shop","name":"web-1","subresource":"exec"},
       "responseStatus":{"code":101},"requestReceivedTimestamp":"2026-03-02T09:15:00.123456Z"}
      """;

  private final List<JsonNode> asked = new ArrayList<>();
  private final AlertReader reader =
      new AlertReader(
          (source, event) -> {
            assertEquals("kubernetes-audit", source);
            asked.add(event);
            return Optional.of(DETECTION);
          });

  private List<Alert> alerts(String text) {
    return reader.readAll(text, new Origin("blue", Instant.EPOCH)).stream()
        .map(ReadEvent::reading)
        .map(reading -> assertInstanceOf(Reading.Read.class, reading, text).alert())
        .toList();
  }

  private Alert alert(String text) {
    assertEquals(1, alerts(text).size());
    return alerts(text).getFirst();
  }

  @Test
  void anExecSaysWhoRanWhatWhere() {
    Alert alert = alert(EXEC);
    assertEquals(AlertClass.AUDIT, alert.alertClass());
    assertEquals("kubernetes-audit", alert.source());
    assertEquals("some-rule", alert.rule());
    assertEquals(Severity.HIGH, alert.severity());
    assertEquals(List.of("T1609"), alert.techniques());
    assertEquals(List.of(), alert.traits());
    assertEquals("blue", alert.target().cluster());
    assertEquals("shop", alert.target().namespace());
    assertEquals("web-1", alert.target().pod());
    assertEquals("web", alert.target().containerName());
    assertEquals("operator@example.com", alert.target().principal());
    assertEquals("/bin/sh", alert.process().executable());
    assertEquals("/bin/sh -c a b", alert.process().commandLine());
    assertEquals("198.51.100.7", alert.network().peer());
    assertEquals(Instant.parse("2026-03-02T09:15:00.123456Z"), alert.observedAt());
    assertEquals(
        "it happened: operator@example.com (ops) as root from 198.51.100.7, 10.0.0.1 get"
            + " pods/web-1/exec in shop with kubectl/v1.34, status 101",
        alert.title());
    assertEquals(List.of(), alert.notes());
  }

  @Test
  void aNameThatTheServerGeneratesIsInTheResponse() {
    String create =
        """
        {"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"create",
         "objectRef":{"resource":"pods","namespace":"shop"},"responseStatus":{"code":201},
         "requestObject":{"metadata":{"generateName":"web-"}},
         "responseObject":{"metadata":{"name":"web-x2x4k"}}}
        """;
    assertEquals("web-x2x4k", alert(create).target().pod());
    assertEquals(
        "own",
        alert(create.replace("\"generateName\":\"web-\"", "\"name\":\"own\"")).target().pod());
  }

  @Test
  void theStagesOfARequestAreOneEvent() {
    String complete = EXEC.replace("ResponseStarted", "ResponseComplete");
    assertEquals(alert(EXEC).id(), alert(complete).id());
    assertNotEquals(alert(EXEC).id(), alert(EXEC.replace("\"a1\"", "\"a2\"")).id());
    Reading early =
        reader.read(
            EXEC.replace("ResponseStarted", "RequestReceived"), new Origin(null, Instant.EPOCH));
    assertEquals(
        new Reading.Ignored("a Kubernetes audit event of a request without its response"), early);
  }

  @Test
  void anEventThatNoDetectionNamesIsIgnored() {
    assertEquals(
        new Reading.Ignored("a Kubernetes audit event that no detection matches"),
        new AlertReader().read(EXEC, new Origin(null, Instant.EPOCH)));
  }

  /** The object of a request is in the resource, unless it is a pod or a workload. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'resource':'secrets','name':'db','namespace':'shop'} | null | secrets/db",
        "{'resource':'secrets'} | null | secrets",
        "{'resource':'serviceaccounts','name':'x','subresource':'token'} | null"
            + " | serviceaccounts/x/token",
        "{'resource':'clusterrolebindings','name':'x'} | {'roleRef':{'name':'cluster-admin'}}"
            + " | clusterrolebindings/x to cluster-admin",
        "{'resource':'configmaps'} | {'metadata':{'name':'made'}} | configmaps/made",
      })
  void theObjectIsTheResource(String reference, String request, String resource) {
    Alert alert = alert(event(reference, request));
    assertEquals(resource, alert.target().resource());
    assertTrue(String.valueOf(alert.title()).contains(resource), alert.title());
  }

  private static String event(String reference, String request) {
    return "{'kind':'Event','verb':'create','user':{'username':'u'},'objectRef':REF,'requestObject':REQ}"
        .replace("REF", reference)
        .replace("REQ", request)
        .replace('\'', '"');
  }

  @Test
  void aWorkloadHasItsOwnField() {
    Alert alert =
        alert(
            event(
                "{'resource':'deployments','name':'web','namespace':'shop'}",
                "{'spec':{'template':{'spec':{'containers':[{'image':'web:1'}]}}}}"));
    assertEquals("Deployment/web", alert.target().workload());
    assertEquals("web:1", alert.target().image());
    assertNull(alert.target().resource());
  }

  @Test
  void aRequestWithoutAnObjectHasItsPath() {
    Alert alert = alert("{\"auditID\":\"x\",\"verb\":\"get\",\"requestURI\":\"/metrics?x=1\"}");
    assertEquals("/metrics", alert.target().resource());
  }

  @ParameterizedTest
  @CsvSource({"401", "403"})
  void aRefusedRequestIsBlocked(String code) {
    assertEquals(List.of(Trait.BLOCKED.id()), alert(EXEC.replace("101", code)).traits());
  }

  @Test
  void aTruncatedEventSaysSo() {
    String truncated =
        EXEC.replace("\"verb\"", "\"annotations\":{\"audit.k8s.io/truncated\":\"true\"},\"verb\"");
    assertEquals(
        List.of("requestObject, responseObject: removed by the API server, too large"),
        alert(truncated).notes());
  }

  @ParameterizedTest
  @CsvSource({"audit.k8s.io/v1", "audit.k8s.io/v1beta1"})
  void aListHasItsEvents(String version) {
    String one = EXEC.replace("audit.k8s.io/v1", version);
    String list =
        "{\"kind\":\"EventList\",\"apiVersion\":\""
            + version
            + "\",\"items\":["
            + one
            + ","
            + one
            + "]}";
    assertEquals(
        List.of(alert(EXEC).id(), alert(EXEC).id()), alerts(list).stream().map(Alert::id).toList());
  }

  @Test
  void anAksRecordHasItsEventAsText() throws Exception {
    String log = JsonMapper.builder().build().writeValueAsString(EXEC);
    Alert alert =
        alert(
            "{\"category\":\"kube-audit\",\"operationName\":\"x\",\"properties\":{\"log\":"
                + log
                + "}}");
    assertEquals(alert(EXEC), alert);
  }

  @Test
  void aGkeEntryIsAskedAndReadAsAnAuditEvent() {
    Alert alert =
        alert(
            """
            {"protoPayload":{"serviceName":"k8s.io","methodName":"io.k8s.core.v1.pods.exec.create",
              "resourceName":"core/v1/namespaces/shop/pods/web-1/exec",
              "authenticationInfo":{"principalEmail":"operator@example.com"},
              "authorizationInfo":[{"granted":true}],
              "requestMetadata":{"callerIp":"198.51.100.7","callerSuppliedUserAgent":"kubectl"}},
             "insertId":"i","timestamp":"2026-03-02T09:15:00Z","labels":{"a":"b"}}
            """);
    assertEquals("web-1", alert.target().pod());
    assertEquals("shop", alert.target().namespace());
    assertEquals("operator@example.com", alert.target().principal());
    assertEquals("198.51.100.7", alert.network().peer());
    assertEquals(Instant.parse("2026-03-02T09:15:00Z"), alert.observedAt());
    JsonNode event = asked.getFirst();
    assertTrue(event.path("objectRef").path("apiGroup").isMissingNode(), "the core group");
    assertEquals("create", event.path("verb").asText());
    assertEquals("pods", event.path("objectRef").path("resource").asText());
    assertEquals("exec", event.path("objectRef").path("subresource").asText());
    assertEquals(200, event.path("responseStatus").path("code").asInt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'status':{'code':7} | 403",
        "'status':{'code':16} | 401",
        "'status':{'code':5} | 404",
        "'status':{} | 200",
        "'authorizationInfo':[{'granted':false}] | 403",
      })
  void aGkeCallThatWasRefusedIsNoSuccess(String field, int code) {
    alert(
        "{'protoPayload':{'methodName':'io.k8s.rbac.v1.clusterroles.create',FIELD,'resourceName':'rbac.authorization.k8s.io/v1/clusterroles/x'}}"
            .replace("FIELD", field)
            .replace('\'', '"'));
    assertEquals(code, asked.getFirst().path("responseStatus").path("code").asInt());
    assertEquals("x", asked.getFirst().path("objectRef").path("name").asText());
    assertEquals(
        "rbac.authorization.k8s.io", asked.getFirst().path("objectRef").path("apiGroup").asText());
  }

  @Test
  void aKubernetesEventIsNoAuditEvent() {
    String event = "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"involvedObject\":{}}";
    assertInstanceOf(Reading.Unreadable.class, reader.read(event, new Origin(null, Instant.EPOCH)));
  }
}
