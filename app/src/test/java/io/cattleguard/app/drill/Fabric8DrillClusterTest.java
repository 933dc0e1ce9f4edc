package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.UsageError;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what a drill does not remove, and what prevents it from starting. */
final class Fabric8DrillClusterTest {
  private static final String OWN = "cattleguard-drill";
  private static final Duration LASTS = Duration.ofSeconds(90);

  /** Its log of requests is not used. */
  private static final Logger TALK = Logger.getLogger(MockWebServer.class.getName());

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(),
          false);
  private KubernetesClient client;

  @BeforeEach
  void start() {
    TALK.setLevel(Level.OFF);
    server.init();
    client = server.createClient();
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private Fabric8DrillCluster drill(String run) {
    return new Fabric8DrillCluster(
        "blue",
        client,
        OWN,
        run,
        "image",
        new Fabric8DrillCluster.Holder("host/1", other -> true),
        LASTS);
  }

  /** Creates a script as a drill of another process leaves it; returns its creation time. */
  private Instant script(String namespace, String until) {
    ConfigMap script =
        new DrillManifests(namespace, "other", "image", LASTS).script("elsewhere/1", until);
    ConfigMap created = client.resource(script).create();
    return Instant.parse(created.getMetadata().getCreationTimestamp());
  }

  @Test
  void aConfigMapOfATenantForbidsNoDrill() {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName("tenant").endMetadata().build())
        .create();
    Instant now = script("tenant", "9999-01-01T00:00:00Z");

    assertEquals(0, drill("mine").removeLeftovers(now));
    assertEquals(1, client.configMaps().inNamespace("tenant").list().getItems().size());
  }

  @Test
  void aDrillIsOverAfterTheLongestTimeWhateverItsScriptSays() {
    client.resource(new DrillManifests("elsewhere", "other", "image", LASTS).namespace()).create();
    Instant created = script("elsewhere", "9999-01-01T00:00:00Z");

    assertThrows(UsageError.class, () -> drill("mine").removeLeftovers(created));
    assertThrows(
        UsageError.class,
        () -> drill("mine").removeLeftovers(created.plus(Fabric8DrillCluster.LONGEST)));
    assertEquals(
        2,
        drill("mine").removeLeftovers(created.plus(Fabric8DrillCluster.LONGEST).plusSeconds(61)),
        "its script and its namespace");
  }

  @Test
  void aDrillRemovesTheNamespaceThatItMade() {
    Fabric8DrillCluster drill = drill("mine");
    drill.prepare(Instant.now());
    List<String> removed = drill.cleanUp();

    assertEquals(
        List.of(
            "ServiceAccount drill-mine-account",
            "NetworkPolicy drill-mine-fence",
            "ConfigMap drill-mine-script",
            "Namespace " + OWN),
        removed);
    assertEquals(List.of(), drill.cleanUp());
    assertNull(client.namespaces().withName(OWN).get());
  }

  @Test
  void aNamespaceWithOtherPodsIsRefusedAndNothingIsMadeInIt() {
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("web-0")
                .withNamespace(OWN)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build())
        .create();
    Fabric8DrillCluster drill = drill("mine");

    UsageError refused = assertThrows(UsageError.class, () -> drill.prepare(Instant.now()));

    assertTrue(
        String.valueOf(refused.getMessage()).contains("has other pods, for example web-0"),
        refused.getMessage());
    assertEquals(List.of(), client.configMaps().inNamespace(OWN).list().getItems());
    assertEquals(List.of(), client.serviceAccounts().inNamespace(OWN).list().getItems());
    List<String> unused = drill.cleanUp();
    assertNotNull(client.pods().inNamespace(OWN).withName("web-0").get());
  }

  @Test
  void aNamespaceInWhichOthersKeepAnythingStays() {
    for (String kind : List.of("secret", "claim")) {
      Fabric8DrillCluster drill = drill("mine");
      drill.prepare(Instant.now());
      client
          .resource(
              kind.equals("secret")
                  ? new SecretBuilder()
                      .withNewMetadata()
                      .withName(kind)
                      .withNamespace(OWN)
                      .endMetadata()
                      .build()
                  : new PersistentVolumeClaimBuilder()
                      .withNewMetadata()
                      .withName(kind)
                      .withNamespace(OWN)
                      .endMetadata()
                      .build())
          .create();
      List<String> unused = drill.cleanUp();

      assertNotNull(client.namespaces().withName(OWN).get(), kind);
      assertEquals(List.of(), client.configMaps().inNamespace(OWN).list().getItems());
      client.secrets().inNamespace(OWN).withName("secret").delete();
    }
  }

  @Test
  void theStepThatNeedsSysAdminHasNoOtherCapability() {
    PodSpec pod =
        new DrillManifests(OWN, "mine", "image", LASTS)
            .job(DrillStep.RELEASE, "")
            .getSpec()
            .getTemplate()
            .getSpec();
    SecurityContext container = pod.getContainers().getFirst().getSecurityContext();

    assertEquals(List.of("ALL"), container.getCapabilities().getDrop());
    assertEquals(List.of("SYS_ADMIN"), container.getCapabilities().getAdd());
    assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
  }
}
