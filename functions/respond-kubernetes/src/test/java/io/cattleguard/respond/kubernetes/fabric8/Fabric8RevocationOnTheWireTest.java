package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Revocation;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the requests of a revocation to the API server, and how it handles each response. */
final class Fabric8RevocationOnTheWireTest {
  private static final String UID = "0b8e9d7c-4f5a-4d3b-9c2e-1a2b3c4d5e6f";
  private static final Pod POD = Pods.of("shop", "web-1").uid(UID).build();
  private static final String POD_PATH = "/api/v1/namespaces/shop/pods/web-1";
  private static final String RECORDS = "/apis/cattleguard.io/v1/revokedpods";
  private static final String CREATION = RECORDS + "?fieldManager=cattleguard";
  private static final String QUESTION = RECORDS + "?dryRun=All";
  private static final String RECORD = RECORDS + "/" + UID;
  private static final String ADMISSION = "/apis/admissionregistration.k8s.io/v1/";

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

  private static Object status(int code, String said) {
    return new StatusBuilder().withCode(code).withMessage(said).build();
  }

  private void answerPost(String path, int code, String said) {
    server.expect().post().withPath(path).andReturn(code, status(code, said)).always();
  }

  private void answerGet(String path, int code, Object body) {
    server.expect().get().withPath(path).andReturn(code, body).always();
  }

  private void answerDelete(int code) {
    server.expect().delete().withPath(RECORD).andReturn(code, status(code, "said so")).always();
  }

  private void podHasUid(String uid) {
    answerGet(
        POD_PATH,
        200,
        new PodBuilder()
            .withNewMetadata()
            .withName("web-1")
            .withNamespace("shop")
            .withUid(uid)
            .endMetadata()
            .build());
  }

  private void recordIsMadeBy(String manager) {
    answerGet(RECORD, 200, record(manager));
  }

  private static Object record(String manager) {
    return Map.of(
        "metadata",
        Map.of(
            "name",
            UID,
            "uid",
            "uid-of-the-record",
            "managedFields",
            List.of(Map.of("manager", manager))));
  }

  private void policyIsInstalled() {
    answerGet(
        ADMISSION + "validatingadmissionpolicies/cattleguard-revoked",
        200,
        yaml(RevocationPolicy.policy(List.of("kube-system"))));
    answerGet(
        ADMISSION + "validatingadmissionpolicybindings/cattleguard-revoked",
        200,
        yaml(RevocationPolicy.binding()));
  }

  private JsonNode yaml(String text) {
    return client.getKubernetesSerialization().unmarshal(text, JsonNode.class);
  }

  /** The requests so far that are not reads. */
  private List<RecordedRequest> changes() throws InterruptedException {
    List<RecordedRequest> changes = new ArrayList<>();
    RecordedRequest request = server.takeRequest(50, TimeUnit.MILLISECONDS);
    while (request != null) {
      if (!request.getMethod().toString().equals("GET")) {
        changes.add(request);
      }
      request = server.takeRequest(50, TimeUnit.MILLISECONDS);
    }
    return changes;
  }

  private static JsonNode body(RecordedRequest request) throws Exception {
    return JsonMapper.builder().build().readTree(request.getUtf8Body());
  }

  @Test
  void promise5TheRecordIsNamedLikeTheUidOfThePod() throws Exception {
    podHasUid(UID);
    answerPost(CREATION, 201, "created");

    assertEquals(Change.MADE, cluster.revokeTokens(POD));

    List<RecordedRequest> changes = changes();
    assertEquals(1, changes.size());
    JsonNode record = body(changes.getFirst());
    assertEquals(UID, record.at("/metadata/name").asText());
    assertEquals("RevokedPod", record.path("kind").asText());
    assertEquals("shop/web-1", record.at("/spec/pod").asText());
  }

  @Test
  void promise5APodThatIsGoneOrHasAnotherUidIsNotRevoked() throws Exception {
    answerGet(POD_PATH, 404, status(404, "not found"));
    assertEquals(Change.GONE, cluster.revokeTokens(POD));
    server.clearExpectations();
    podHasUid("another-uid");
    assertEquals(Change.REPLACED, cluster.revokeTokens(POD));

    assertEquals(List.of(), changes());
  }

  @Test
  void aRecordThatExistsAlreadyIsThatOfThisPod() {
    podHasUid(UID);
    answerPost(CREATION, 409, "already exists");

    assertEquals(Change.MADE, cluster.revokeTokens(POD));
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 422})
  void aRefusedRecordIsADenialThatSaysWhatWasSaid(int code) {
    podHasUid(UID);
    answerPost(CREATION, code, "a policy says no");

    Denied denied = assertThrows(Denied.class, () -> cluster.revokeTokens(POD));
    assertEquals("a policy says no (HTTP " + code + ")", denied.getMessage());
  }

  @Test
  void aKindThatIsNotInstalledIsADenialWithTheFix() {
    podHasUid(UID);
    answerPost(CREATION, 404, "the server could not find the requested resource");

    Denied denied = assertThrows(Denied.class, () -> cluster.revokeTokens(POD));
    assertEquals(
        "the kind revokedpods.cattleguard.io is not installed; apply"
            + " infra/kubernetes/admission.yaml",
        denied.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 429, 503})
  void anyOtherAnswerIsNone(int code) {
    podHasUid(UID);
    recordIsMadeBy("cattleguard");
    policyIsInstalled();
    answerPost(CREATION, code, "said so");
    answerPost(QUESTION, code, "said so");
    answerDelete(code);

    assertThrows(Unavailable.class, () -> cluster.revokeTokens(POD));
    assertThrows(Unavailable.class, () -> cluster.revocation(POD));
    assertThrows(Unavailable.class, () -> cluster.restoreTokens(POD));
  }

  @Test
  void anApiServerThatDoesNotAnswerSaysNothing() {
    server.shutdown();

    assertThrows(Unavailable.class, () -> cluster.revokeTokens(POD));
    assertThrows(Unavailable.class, () -> cluster.revocation(POD));
    assertThrows(Unavailable.class, () -> cluster.restoreTokens(POD));
  }

  @Test
  void whatMayNotBeReadIsNotKnown() {
    policyIsInstalled();
    answerGet(POD_PATH, 403, status(403, "may not"));
    answerGet(RECORD, 403, status(403, "may not"));

    assertThrows(Unavailable.class, () -> cluster.revokeTokens(POD));
    assertThrows(Unavailable.class, () -> cluster.revocation(POD));
    assertThrows(Unavailable.class, () -> cluster.restoreTokens(POD));
  }

  @Test
  void aPolicyThatMayNotBeReadIsNotKnown() {
    recordIsMadeBy("cattleguard");
    answerGet(
        ADMISSION + "validatingadmissionpolicies/cattleguard-revoked", 403, status(403, "may not"));

    assertThrows(Unavailable.class, () -> cluster.revocation(POD));
  }

  @Test
  void promise5AnUndoDeletesExactlyTheRecordThatItRead() throws Exception {
    recordIsMadeBy("cattleguard");
    answerDelete(200);

    assertEquals(Change.MADE, cluster.restoreTokens(POD));

    List<RecordedRequest> changes = changes();
    assertEquals(1, changes.size());
    assertEquals("uid-of-the-record", body(changes.getFirst()).at("/preconditions/uid").asText());
  }

  @Test
  void whatAPersonRevokedStays() throws Exception {
    recordIsMadeBy("kubectl-create");

    assertEquals(Change.REPLACED, cluster.restoreTokens(POD));

    assertEquals(List.of(), changes());
  }

  @Test
  void anUndoIsDoneIfTheRecordIsGoneBeforeOrMeanwhile() {
    answerGet(RECORD, 404, status(404, "not found"));
    assertEquals(Change.GONE, cluster.restoreTokens(POD));
    server.clearExpectations();
    server.expect().get().withPath(RECORD).andReturn(200, record("cattleguard")).once();
    answerGet(RECORD, 404, status(404, "not found"));
    answerDelete(404);
    assertEquals(Change.GONE, cluster.restoreTokens(POD));
  }

  /** An admission webhook chooses the code of its denial. */
  @Test
  void promise11ADenialWithCode404EndsNoRevocation() {
    recordIsMadeBy("cattleguard");
    answerDelete(404);

    assertThrows(Denied.class, () -> cluster.restoreTokens(POD));
  }

  /** For example, a person deleted the record and created another one meanwhile. */
  @Test
  void anUndoOfAnotherRecordIsTriedAgain() {
    recordIsMadeBy("cattleguard");
    answerDelete(409);

    assertThrows(Unavailable.class, () -> cluster.restoreTokens(POD));
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 422})
  void aRefusedUndoIsADenial(int code) {
    recordIsMadeBy("cattleguard");
    answerDelete(code);

    assertThrows(Denied.class, () -> cluster.restoreTokens(POD));
  }

  @Test
  void recordsAreCountedAndWithoutTheirKindThereAreNone() {
    answerGet(
        RECORDS + "?limit=500",
        200,
        Map.of("items", List.of(Map.of("kind", "RevokedPod"), Map.of("kind", "RevokedPod"))));
    assertEquals(2, cluster.revocations());
    server.clearExpectations();
    answerGet(RECORDS + "?limit=500", 404, status(404, "not found"));
    assertEquals(0, cluster.revocations());
    server.clearExpectations();
    answerGet(RECORDS + "?limit=500", 403, status(403, "may not"));
    assertThrows(Unavailable.class, () -> cluster.revocations());
  }

  /** The response to the dry run is the observation of the API server. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "422 | Yes: the tokens of this pod are denied | true | true | ",
        "403 | Yes: the tokens of this pod are denied | true | true | ",
        "409 | already exists | true | false | ",
        "201 | created | false | false | ",
        "403 | may not create | true | false | the API server does not say whether it denies: may"
            + " not create",
        "422 | a webhook says no | true | false | the API server does not say whether it denies: a"
            + " webhook says no",
        "404 | not found | false | false | the kind revokedpods.cattleguard.io is not installed;"
            + " apply infra/kubernetes/admission.yaml",
      })
  void promise11OnlyADenialThatWasSeenIsInForce(
      int code, String said, boolean recorded, boolean denied, String unenforced) {
    recordIsMadeBy("cattleguard");
    policyIsInstalled();
    answerPost(QUESTION, code, said);

    Revocation revocation = cluster.revocation(POD);

    assertEquals(recorded, revocation.recorded());
    assertEquals(denied, revocation.denied());
    assertEquals(Optional.ofNullable(unenforced), revocation.unenforced());
    assertEquals(denied, revocation.inForce());
  }

  @Test
  void nothingIsAskedAboutAPodWithoutARecordOrAClusterWithoutThePolicy() throws Exception {
    answerGet(RECORD, 404, status(404, "not found"));
    policyIsInstalled();
    assertEquals(new Revocation(false, false, false, Optional.empty()), cluster.revocation(POD));
    server.clearExpectations();
    recordIsMadeBy("cattleguard");
    answerGet(
        ADMISSION + "validatingadmissionpolicies/cattleguard-revoked", 404, status(404, "none"));

    assertTrue(cluster.revocation(POD).unenforced().isPresent());
    assertEquals(List.of(), changes());
  }
}
