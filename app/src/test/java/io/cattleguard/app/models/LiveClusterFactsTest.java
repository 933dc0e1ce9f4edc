package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Workload;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A live cluster names the services behind addresses, and the volumes of its workloads. */
final class LiveClusterFactsTest {
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
  @TempDir private Path folder;

  @BeforeEach
  void start() throws IOException {
    TALK.setLevel(Level.OFF);
    server.init();
    client = server.createClient();
    service("cache", "10.96.0.20");
    service("headless", "None");
    endpoints("cache", "10.244.0.7");
    endpoints("headless", "10.244.0.8");
    endpoints("cache", "10.244.0.9");
    endpoints("headless", "10.244.0.9");
    pod("web-7d4b9c6f5-x2k9p", "ReplicaSet", "web-7d4b9c6f5");
    Policies.copyDefault(folder);
    Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: lab, cluster: {server: "%s"}}]
        users: [{name: reader, user: {token: t}}]
        contexts: [{name: lab, context: {cluster: lab, user: reader}}]
        current-context: lab
        """
            .formatted(client.getMasterUrl()));
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void service(String name, String address) {
    client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("shop")
                .endMetadata()
                .withNewSpec()
                .withClusterIP(address)
                .withClusterIPs(address)
                .endSpec()
                .build())
        .create();
  }

  private void endpoints(String service, String address) {
    client
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(service + "-" + address.replace('.', '-'))
                .withNamespace("shop")
                .addToLabels("kubernetes.io/service-name", service)
                .endMetadata()
                .withAddressType("IPv4")
                .addNewEndpoint()
                .withAddresses(address)
                .endEndpoint()
                .build())
        .create();
  }

  private void pod(String name, String kind, String owner) {
    client.resource(built(name, kind, owner)).create();
  }

  private static Pod built(String name, String kind, String owner) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("shop")
        .addToLabels("pod-template-hash", "7d4b9c6f5")
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion("apps/v1")
                .withKind(kind)
                .withName(owner)
                .withUid("u")
                .withController(true)
                .build())
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("nginx")
        .addNewVolumeMount()
        .withName("data")
        .withMountPath("/data/")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("node")
        .withMountPath("/host")
        .endVolumeMount()
        .endContainer()
        .addNewVolume()
        .withName("data")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName("node")
        .withNewHostPath("/", "Directory")
        .endVolume()
        .endSpec()
        .build();
  }

  /** The pod with a folder of the node mounted at that path instead. */
  private void mountedAt(String path) {
    Pod pod = built("web-7d4b9c6f5-x2k9p", "ReplicaSet", "web-7d4b9c6f5");
    pod.getSpec().getContainers().getFirst().getVolumeMounts().get(1).setMountPath(path);
    client.resource(pod).update();
  }

  @ParameterizedTest
  @CsvSource({
    "/data/host,           /data/host/x",
    "/data/host/,          /data/host/x",
    "/var/../data/./host,  /data/host/x",
    "/data,                /data/x",
    "/data/my host,        /data/my host/x"
  })
  void aFolderOfTheNodeBelowAVolumeIsNone(String mount, String file) {
    Workload web = new Workload("lab", "shop", "Deployment", "web", "nginx");
    assertTrue(LiveClusterFacts.read(client, false).isOnVolume(web, file));
    mountedAt(mount);
    ClusterFacts facts = LiveClusterFacts.read(client, false);
    assertFalse(facts.isOnVolume(web, file), facts.text());
    assertEquals(facts, ClusterFacts.parse(facts.text()));
  }

  @Test
  void aFolderOfTheNodeElsewhereNeedsNoLine() {
    mountedAt("/database");
    assertFalse(LiveClusterFacts.read(client, false).text().contains("node "));
  }

  @Test
  void addressesAreServicesAndMountedPathsAreVolumes() {
    assertEquals(
        """
        service 10.244.0.7 shop/cache
        service 10.244.0.8 shop/headless
        service 10.96.0.20 shop/cache
        volume shop/Deployment/web/nginx /data
        volume shop/ReplicaSet/web-*/nginx /data
        """,
        LiveClusterFacts.read(client, true).text(),
        "an address of two services is of neither, and a folder of the node is no volume");
  }

  @Test
  void aJobOfACronJobIsKnownByBothNames() {
    pod("report-29000000-abcde", "Job", "report-29000000");
    String facts = LiveClusterFacts.read(client, false).text();
    assertTrue(facts.contains("volume shop/CronJob/report/nginx /data\n"), facts);
    assertTrue(facts.contains("volume shop/Job/report-*/nginx /data\n"), facts);
  }

  @Test
  void theCommandForSensorsHasNoAddressesOfPods() {
    Shell.Result result =
        new Shell().run("model", "facts", "--kubeconfig", folder.resolve("kubeconfig").toString());
    assertEquals(0, result.code(), result.err());
    ClusterFacts facts = ClusterFacts.parse(result.out());
    assertEquals(LiveClusterFacts.read(client, false), facts);
    assertFalse(result.out().contains("10.244."), result.out());
  }

  private static String event(String function, String arguments) {
    return "{'process_kprobe':{'process':{'binary':'/usr/sbin/nginx','pod':{'namespace':'shop',"
        + "'name':'web-7d4b9c6f5-x2k9p','workload':'web','workload_kind':'Deployment','container':"
        + "{'id':'containerd://a','name':'nginx'}}},'parent':{'binary':'/bin/init'},"
        + "'function_name':'"
        + function
        + "','policy_name':'p','args':["
        + arguments
        + "]},'node_name':'n1','time':'2026-03-02T09:30:00Z'}\n";
  }

  private String learn(String... more) throws IOException {
    String events =
        event("tcp_connect", "{'sock_arg':{'sport':4,'daddr':'10.96.0.20','dport':6379}}")
            + event("security_file_permission", "{'file_arg':{'path':'/data/x'}},{'int_arg':2}")
            + event("security_file_permission", "{'file_arg':{'path':'/var/x'}},{'int_arg':2}");
    String[] arguments = new String[more.length + 8];
    System.arraycopy(
        new String[] {
          "learn", "--policy", folder.toString(), "--cluster", "prod", "--age", "3650d", "-"
        },
        0,
        arguments,
        0,
        8);
    System.arraycopy(more, 0, arguments, 8, more.length);
    Shell.Result result = new Shell().piping(events.replace('\'', '"')).run(arguments);
    assertEquals(0, result.code(), result.err());
    return Files.readString(folder.resolve("models/prod_shop_deployment_web_nginx.yaml"));
  }

  @Test
  void learnNamesServicesAndDropsFilesOnVolumesAlsoThoseLearnedBefore() throws IOException {
    String before = learn();
    assertTrue(before.contains("network: private, port: 6379"), before);
    assertTrue(before.contains("path: /data/x"), before);
    String after = learn("--kubeconfig", folder.resolve("kubeconfig").toString());
    assertTrue(after.contains("service: shop/cache, port: 6379"), after);
    assertFalse(after.contains("path: /data/x"), after);
    assertTrue(after.contains("path: /var/x"), after);
  }

  @Test
  void aClusterThatDoesNotAnswerIsNamedWithWhatTheUserNeeds() {
    server.destroy();
    Config once =
        new ConfigBuilder(client.getConfiguration()).withRequestRetryBackoffLimit(0).build();
    UsageError error;
    try (KubernetesClient askingOnce = new KubernetesClientBuilder().withConfig(once).build()) {
      error = assertThrows(UsageError.class, () -> LiveClusterFacts.read(askingOnce, true));
    }
    assertTrue(
        String.valueOf(error.getMessage()).contains("needs to list services"), error.getMessage());
  }
}
