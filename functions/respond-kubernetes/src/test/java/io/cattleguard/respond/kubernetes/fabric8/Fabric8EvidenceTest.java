package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Excerpt;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the evidence from an API server that works, is slow, or does not answer. */
final class Fabric8EvidenceTest {
  private static final Duration WITHIN = Duration.ofMillis(700);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** The requests of each connection, by the client's port. */
  private final Map<Integer, Set<String>> ports = new ConcurrentHashMap<>();

  private final HttpServer server = serve();
  private final KubernetesClient client =
      Fabric8Clients.of(
          new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
              .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
              .build());
  private final Cluster cluster = new Fabric8Cluster(client);
  private final Pod pod = Pods.of("shop", "web-1").build();

  private volatile String log = "2026-03-02T09:15:00Z a line\n";

  private volatile String annotation = "x";

  /** The paths to which it never responds. */
  private volatile List<String> slow = List.of();

  private HttpServer serve() {
    try {
      HttpServer made =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      made.createContext(
          "/",
          exchange -> {
            String path = exchange.getRequestURI().toString();
            ports
                .computeIfAbsent(exchange.getRemoteAddress().getPort(), port -> new HashSet<>())
                .add(path.contains("/log?") ? "log" : path.replaceAll("[?].*", ""));
            requests.add(exchange.getRequestMethod() + " " + path);
            if (slow.stream().anyMatch(path::contains)) {
              try {
                boolean unused = end.await(30, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            String answer =
                answer(path)
                    .replace(
                        "\"managedFields\"",
                        "\"annotations\":{\"note\":\"" + annotation + "\"},\"managedFields\"");
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(
                body.length == 0 ? 404 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      made.setExecutor(threads);
      made.start();
      return made;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Like an API server: the last lines, then the first bytes of these. */
  private String log(String path) {
    int lines = number(path, "tailLines=");
    int bytes = number(path, "limitBytes=");
    List<String> all = log.lines().toList();
    String tail =
        String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size())) + "\n";
    return tail.substring(0, Math.min(bytes, tail.length()));
  }

  private static int number(String path, String parameter) {
    String rest = path.substring(path.indexOf(parameter) + parameter.length());
    return Integer.parseInt(rest.split("&", 2)[0]);
  }

  private String answer(String path) {
    if (path.contains("/log?")) {
      return log(path);
    }
    if (path.endsWith("/pods/web-1")) {
      return """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"uid-of-web-1",
       "labels":{"app":"web"},"managedFields":[{"manager":"x"}],
       "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"PASSWORD=hunter2"},
       "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5","uid":"u5","controller":true}]},
       "spec":{"nodeName":"node-a","containers":[{"name":"main","image":"registry.example.com/web:1",
       "env":[{"name":"PASSWORD","value":"hunter2"},{"name":"FROM","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}]},
       "status":{"containerStatuses":[{"name":"main","image":"registry.example.com/web:1",
       "imageID":"registry.example.com/web@sha256:4f1c","containerID":"containerd://4f1c","restartCount":1}]}}
      """;
    }
    if (path.endsWith("/nodes/node-a")) {
      return "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-a\"}}";
    }
    if (path.endsWith("/replicasets/web-5")) {
      return """
      {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-5","namespace":"shop","uid":"u5"},
       "spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"PASSWORD","value":"hunter2"}]}]}}}}
      """;
    }
    if (path.contains("/networkpolicies")) {
      return """
      {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicyList","items":[
       {"metadata":{"name":"all"},"spec":{"podSelector":{}}},
       {"metadata":{"name":"other"},"spec":{"podSelector":{"matchLabels":{"app":"api"}}}}]}
      """;
    }
    if (path.contains("/services")) {
      return """
      {"apiVersion":"v1","kind":"ServiceList","items":[
       {"metadata":{"name":"web"},"spec":{"selector":{"app":"web"}}},
       {"metadata":{"name":"external"},"spec":{}}]}
      """;
    }
    return path.contains("/events")
        ? "{\"apiVersion\":\"v1\",\"kind\":\"EventList\",\"items\":[]}"
        : "";
  }

  @AfterEach
  void stop() {
    end.countDown();
    client.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private static String known(Map<String, Fact<Excerpt>> parts, String name) {
    assertTrue(parts.get(name) instanceof Fact.Known<Excerpt>, name + " of " + parts);
    return ((Fact.Known<Excerpt>) parts.get(name)).value().text();
  }

  private Map<String, Fact<Excerpt>> evidence() {
    return cluster.evidence(pod, 1_024, Duration.ofSeconds(10));
  }

  @Test
  void everyPartIsReadAndNoSecretOfASpecIsInOne() throws IOException {
    Map<String, Fact<Excerpt>> parts = evidence();

    assertEquals(
        List.of(
            "pod.json",
            "images.json",
            "owners.json",
            "events.json",
            "node.json",
            "networkpolicies.json",
            "services.json",
            "logs/main.log",
            "logs/main.previous.log"),
        List.copyOf(parts.keySet()));
    parts.keySet().forEach(name -> assertTrue(!known(parts, name).contains("hunter2"), name));
    JsonNode env =
        JsonMapper.builder()
            .build()
            .readTree(known(parts, "pod.json"))
            .at("/spec/containers/0/env");
    assertEquals("[redacted]", env.at("/0/value").asText());
    assertEquals("metadata.name", env.at("/1/valueFrom/fieldRef/fieldPath").asText());
    assertTrue(known(parts, "images.json").contains("web@sha256:4f1c"));
    assertTrue(known(parts, "owners.json").contains("web-5"));
    assertTrue(known(parts, "networkpolicies.json").contains("all"));
    assertTrue(!known(parts, "networkpolicies.json").contains("other"));
    assertTrue(known(parts, "services.json").contains("web"));
    assertTrue(!known(parts, "services.json").contains("external"));
  }

  @Test
  void nothingIsChangedAndNothingRunsInThePod() {
    evidence();

    for (String request : requests) {
      assertTrue(request.startsWith("GET ") && !request.contains("exec"), request);
    }
    assertTrue(
        requests.stream()
            .filter(request -> request.contains("/log?"))
            .allMatch(request -> request.contains("limitBytes=4096")));
  }

  @Test
  void aSlowPartIsNamedAndCostsNoMoreThanTheDeadline() {
    slow = List.of("/log?", "/events");
    long before = System.nanoTime();

    Map<String, Fact<Excerpt>> parts = cluster.evidence(pod, 1_024, Duration.ofSeconds(2));

    assertTrue(System.nanoTime() - before < Duration.ofSeconds(6).toNanos());
    known(parts, "node.json");
    for (String name : List.of("logs/main.log", "logs/main.previous.log", "events.json")) {
      assertEquals(new Fact.Unknown<>("no answer within 2000 ms"), parts.get(name));
    }
  }

  @Test
  void aDeadApiServerCostsNoMoreThanTheDeadline() {
    slow = List.of("/");
    long before = System.nanoTime();

    assertThrows(Unavailable.class, () -> cluster.evidence(pod, 1_024, WITHIN));
    assertThrows(Unavailable.class, () -> cluster.within(WITHIN).pod("shop", "web-1"));

    assertTrue(
        System.nanoTime() - before < Duration.ofSeconds(4).toNanos(),
        "a request alone would have taken five seconds");
  }

  @Test
  void anotherPodOfThatNameIsNotCaptured() {
    assertThrows(
        Unavailable.class,
        () -> cluster.evidence(Pods.of("shop", "web-1").uid("another").build(), 1_024, WITHIN));
    assertEquals(1, requests.size());
  }

  private static String lines(int number, String text) {
    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= number; i++) {
      all.append("line ").append(i).append(' ').append(text).append('\n');
    }
    return all.toString();
  }

  private Excerpt mainLog() {
    Fact<Excerpt> found = evidence().get("logs/main.log");
    assertTrue(found instanceof Fact.Known<Excerpt>, String.valueOf(found));
    return ((Fact.Known<Excerpt>) found).value();
  }

  @Test
  void ofAHostileAnnotationOnlyTheStartIsRedactedAndKept() {
    annotation = "-eyJ".repeat(1 << 18);

    Map<String, Fact<Excerpt>> parts = evidence();

    assertTrue(known(parts, "pod.json").length() < 50_000, "a bounded part of a megabyte");
  }

  @Test
  void aShortLogIsKeptWhole() {
    log = lines(20, "x");

    assertEquals(new Excerpt(log, false), mainLog());
  }

  @Test
  void ofALongLogTheEndIsKeptInWholeLinesAndItIsSaid() {
    log = lines(200, "0123456789");

    Excerpt kept = mainLog();

    assertTrue(kept.truncated());
    assertTrue(kept.text().endsWith("line 200 0123456789\n"), kept.text());
    assertTrue(kept.text().startsWith("line 1"), kept.text());
    assertTrue(kept.text().length() <= 1_024 && kept.text().length() > 1_000, kept.text());
  }

  @Test
  void ofALogThatIsLongerThanWhatTheApiServerSendsTheEndIsKeptToo() {
    log = lines(900, "0123456789".repeat(10));

    Excerpt kept = mainLog();

    assertTrue(kept.truncated());
    assertTrue(kept.text().contains("line 900 "), kept.text());
  }

  @Test
  void aLogOfManyShortLinesLacksItsBeginning() {
    log = "\n".repeat(3_000);

    assertTrue(mainLog().truncated());
  }

  @Test
  void ofOneEndlessLineSomeIsKept() {
    log = "x".repeat(100_000);

    Excerpt kept = mainLog();

    assertTrue(kept.truncated());
    assertEquals(1_024, kept.text().length());
  }

  @Test
  void theConnectionsOfActionsAreNotThoseOfEvidence(@TempDir Path folder) throws IOException {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("config"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{ name: a, cluster: { server: "http://127.0.0.1:%d" } }]
            contexts: [{ name: a, context: { cluster: a } }]
            current-context: a
            """
                .formatted(server.getAddress().getPort()));
    try (Fabric8Clients.Connection connection = Fabric8Clients.connect(kubeconfig)) {
      Cluster connected = connection.cluster();
      connected.pod("shop", "web-3");
      connected.evidence(pod, 1_024, Duration.ofSeconds(10));
      connected.pod("shop", "web-2");
      connected.evidence(pod, 1_024, Duration.ofSeconds(10));
    }

    Set<Integer> ofActions = new HashSet<>();
    ports.forEach(
        (port, paths) -> {
          if (paths.stream().anyMatch(path -> path.endsWith("/pods/web-2"))) {
            ofActions.add(port);
          }
        });
    assertEquals(1, ofActions.size());
    ofActions.forEach(
        port ->
            assertEquals(
                Set.of("/api/v1/namespaces/shop/pods/web-3", "/api/v1/namespaces/shop/pods/web-2"),
                ports.get(port),
                "one connection, kept for actions"));
  }
}
