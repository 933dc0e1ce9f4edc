package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.respond.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the API server is sent, byte by byte where it matters. */
final class Fabric8ClusterOnTheWireTest {
  private static final Pod POD = Pods.of("shop", "web-1").uid("3f0c-uid").build();
  private static final String POD_PATH = "/api/v1/namespaces/shop/pods/web-1";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void answer(String method, String path, int code) {
    Object body = new StatusBuilder().withCode(code).withMessage("said so").build();
    var expectation =
        switch (method) {
          case "DELETE" -> server.expect().delete();
          case "PATCH" -> server.expect().patch();
          default -> server.expect().post();
        };
    expectation.withPath(path).andReturn(code, body).always();
  }

  /** The next request of that method; others on the way are reads of the client's own. */
  private RecordedRequest next(String method) throws InterruptedException {
    while (true) {
      RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
      if (request == null) {
        throw new AssertionError("no " + method + " was sent");
      }
      if (request.getMethod().toString().equals(method)) {
        return request;
      }
    }
  }

  private static JsonNode json(RecordedRequest request) throws Exception {
    return JsonMapper.builder().build().readTree(request.getUtf8Body());
  }

  @Test
  void promise5ADeletionIsARawDeleteWithTheUidAsAPreconditionInItsBody() throws Exception {
    answer("DELETE", POD_PATH, 200);

    assertEquals(Change.MADE, cluster.delete(POD, Duration.ofSeconds(7)));

    RecordedRequest request = next("DELETE");
    assertEquals(POD_PATH, request.getPath());
    JsonNode body = json(request);
    assertEquals("DeleteOptions", body.path("kind").asText());
    assertEquals("3f0c-uid", body.path("preconditions").path("uid").asText());
    assertEquals(7, body.path("gracePeriodSeconds").asInt());
    assertEquals(1, server.getRequestCount(), "once");
  }

  @Test
  void aConflictMeansThatTheNameHasGoneToAnother() {
    answer("DELETE", POD_PATH, 409);

    assertEquals(Change.REPLACED, cluster.delete(POD, Duration.ZERO));
  }

  @Test
  void aPodThatIsNotThereIsGone() {
    answer("DELETE", POD_PATH, 404);

    assertEquals(Change.GONE, cluster.delete(POD, Duration.ZERO));
  }

  @Test
  void anyOtherAnswerIsNoneAndSaysWhatWasSaid() {
    for (int code : List.of(401, 403, 500, 503)) {
      answer("DELETE", POD_PATH, code);

      Unavailable e = assertThrows(Unavailable.class, () -> cluster.delete(POD, Duration.ZERO));
      assertTrue(e.toString().contains("HTTP " + code), e.toString());
      server.clearExpectations();
    }
  }

  @Test
  void anIsolationDeniesAllToThatUidAloneAndNamesItInThePatch() throws Exception {
    answer("POST", "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", 201);
    server
        .expect()
        .get()
        .withPath(POD_PATH)
        .andReturn(
            200,
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web-1")
                .withUid("3f0c-uid")
                .endMetadata()
                .build())
        .always();
    answer("PATCH", POD_PATH, 200);

    assertEquals(Change.MADE, cluster.isolate(POD));

    JsonNode policy = json(next("POST"));
    assertEquals("cattleguard-quarantine-3f0c-uid", policy.path("metadata").path("name").asText());
    assertEquals(
        "{\"matchLabels\":{\"cattleguard.io/quarantine\":\"3f0c-uid\"}}",
        policy.path("spec").path("podSelector").toString());
    assertEquals("[\"Ingress\",\"Egress\"]", policy.path("spec").path("policyTypes").toString());
    assertTrue(policy.path("spec").path("ingress").isMissingNode());
    assertTrue(policy.path("spec").path("egress").isMissingNode());
    JsonNode patch = json(next("PATCH"));
    assertEquals("3f0c-uid", patch.path("metadata").path("uid").asText());
    assertEquals(
        "{\"cattleguard.io/quarantine\":\"3f0c-uid\"}",
        patch.path("metadata").path("labels").toString());
  }
}
