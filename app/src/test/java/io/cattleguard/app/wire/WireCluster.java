package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.SensorSource;
import io.cattleguard.respond.kubernetes.eks.Authenticator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;

/**
 * A cluster that behaves like EKS: an API server with TLS that authenticates by a token, which is a
 * presigned request to STS. It forwards requests to a mock or a real API server, impersonating
 * respond's group.
 */
final class WireCluster {
  /** The name of the cluster, also for its sensor. */
  static final String NAME = "blue";

  private static final String BEARER = "Bearer ";

  private final Backend backend;
  private final AwsBasicCredentials credentials;
  private final Relay relay;
  private final HttpClient admin =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Deletion> deletions = new CopyOnWriteArrayList<>();
  private final List<String> strangers = new CopyOnWriteArrayList<>();
  private final List<String> namespaces = new CopyOnWriteArrayList<>();
  private volatile Predicate<String> dying = pod -> false;
  private volatile Runnable death = () -> {};

  /** An API server that treats every client as an administrator. */
  interface Backend {
    URI address();

    /** An image that its nodes can run. */
    String image();

    /** Whether deletions honour preconditions and a controller replaces pods. */
    boolean isReal();

    /** The group that respond's requests impersonate. */
    Optional<String> group();

    /** Ends it. */
    void close() throws IOException, InterruptedException;
  }

  /** A pod that is ready. */
  record TestPod(String namespace, String name, String uid, String node, String containerId) {
    String path() {
      return namespace + "/pods/" + name;
    }
  }

  /** A DELETE, and the API server's answer. */
  record Deletion(String pod, String uid, int status) {}

  /** Creates a cluster with an access entry for the role of these credentials. */
  WireCluster(Backend backend, KeyedCertificate certificate, AwsBasicCredentials credentials) {
    this.credentials = credentials;
    this.backend = backend;
    this.relay = new Relay(certificate.tls(), backend.address(), this::answer);
  }

  /** The address for respond. */
  URI address() {
    return relay.address();
  }

  /** The DELETEs of pods so far. */
  List<Deletion> deletions() {
    return deletions;
  }

  /** The DELETEs of one pod so far. */
  List<Deletion> deletions(TestPod pod) {
    return deletions.stream().filter(deletion -> deletion.pod().equals(pod.path())).toList();
  }

  /** All requests whose token EKS would not accept. */
  List<String> strangers() {
    return strangers;
  }

  /** Runs an action after that pod is deleted, but before the client gets the answer. */
  void onceDeleted(TestPod pod, Runnable event) {
    death = event;
    dying = pod.path()::equals;
  }

  private Optional<Relay.Answer> answer(Relay.Request request, Relay.Service service)
      throws IOException {
    if (!isFromEks(request.header("authorization"))) {
      strangers.add(request.method() + " " + request.path());
      return Optional.of(Relay.Answer.json(401, "{\"kind\":\"Status\",\"code\":401}"));
    }
    Relay.Request own = request.without("authorization");
    if (backend.group().isPresent()) {
      own =
          own.with("impersonate-user", "respond")
              .with("impersonate-group", backend.group().orElseThrow());
    }
    if (!request.method().equals("DELETE") || !request.path().contains("/pods/")) {
      return Optional.of(service.ask(own));
    }
    String pod = request.path().replaceAll(".*/namespaces/([^?/]*/pods/[^?/]*).*", "$1");
    String uid = Shell.parse(request.body()).path("preconditions").path("uid").asText();
    Relay.Answer answer = backend.isReal() ? service.ask(own) : delete(own, uid, service);
    deletions.add(new Deletion(pod, uid, answer.status()));
    if (dying.test(pod)) {
      dying = none -> false;
      death.run();
      return Optional.empty();
    }
    return Optional.of(answer);
  }

  /** Adds the features that the mock lacks: the UID precondition, and a controller. */
  private static Relay.Answer delete(Relay.Request request, String uid, Relay.Service service)
      throws IOException {
    Relay.Answer found =
        service.ask(new Relay.Request("GET", request.path(), request.headers(), ""));
    if (found.status() != 200) {
      return found;
    }
    ObjectNode pod = (ObjectNode) Shell.parse(found.body());
    if (!uid.isEmpty() && !uid.equals(pod.path("metadata").path("uid").asText())) {
      return Relay.Answer.json(409, "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\"}");
    }
    Relay.Answer answer = service.ask(request);
    String suffix = UUID.randomUUID().toString();
    ObjectNode metadata = (ObjectNode) pod.path("metadata");
    metadata.put("name", metadata.path("name").asText() + "-" + suffix.substring(0, 5));
    metadata.put("uid", suffix);
    metadata.remove(List.of("resourceVersion", "generation"));
    String pods = request.path().replaceAll("/pods/.*", "/pods");
    service.ask(new Relay.Request("POST", pods, request.headers(), pod.toString()));
    return answer;
  }

  /**
   * Checks a token as EKS and STS do: signed by our credentials, for this cluster, and recent.
   *
   * @see <a
   *     href="https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster">token</a>
   */
  private boolean isFromEks(String authorization) {
    return authorization.startsWith(BEARER)
        && new Authenticator(
                NAME,
                "eu-central-1",
                Map.of(credentials.accessKeyId(), credentials.secretAccessKey()))
            .objection(authorization.substring(BEARER.length()), Instant.now())
            .isEmpty();
  }

  /** Ready pods of one Deployment in a namespace of its own. */
  List<TestPod> fleet(String namespace, int replicas) throws IOException, InterruptedException {
    if (backend.isReal()) {
      namespaces.add(namespace);
      post("/api/v1/namespaces", "{'metadata':{'name':'" + namespace + "'}}");
    }
    String template =
        "{'metadata':{'labels':{'app':'fleet'}},'spec':{'terminationGracePeriodSeconds':0,"
            + "'containers':[{'name':'main','image':'"
            + backend.image()
            + "'}]}}";
    post(
        "/apis/apps/v1/namespaces/" + namespace + "/deployments",
        "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'fleet','namespace':'"
            + namespace
            + "'},'spec':{'replicas':"
            + replicas
            + ",'selector':{'matchLabels':{'app':'fleet'}},'template':"
            + template
            + "}}");
    if (!backend.isReal()) {
      makePods(namespace, replicas);
    }
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      List<TestPod> pods = ready(namespace);
      if (pods.size() == replicas) {
        return pods;
      }
      if (System.nanoTime() > until) {
        throw new AssertionError("only " + pods.size() + " of " + replicas + " pods are ready");
      }
      Thread.sleep(100);
    }
  }

  /**
   * A pod on the node of the test's workloads, in whose name the sensor sends; the bus does not
   * check it as IAM would.
   */
  SensorSource.Pod sensor() throws IOException, InterruptedException {
    TestPod pod = fleet("sensor-" + UUID.randomUUID().toString().substring(0, 8), 1).getFirst();
    return new SensorSource.Pod(pod.namespace(), pod.uid(), pod.name());
  }

  private void makePods(String namespace, int replicas) throws IOException, InterruptedException {
    String owner =
        "'ownerReferences':[{'apiVersion':'apps/v1','kind':'%s','name':'%s','uid':'%s',"
            + "'controller':true}]";
    post(
        "/apis/apps/v1/namespaces/" + namespace + "/replicasets",
        "{'apiVersion':'apps/v1','kind':'ReplicaSet','metadata':{'name':'fleet-1','namespace':'"
            + namespace
            + "',"
            + owner.formatted("Deployment", "fleet", "d-" + namespace)
            + "},'spec':{'selector':{'matchLabels':{'app':'fleet'}}}}");
    for (int i = 0; i < replicas; i++) {
      post(
          "/api/v1/namespaces/" + namespace + "/pods",
          "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'fleet-1-"
              + i
              + "','namespace':'"
              + namespace
              + "','labels':{'app':'fleet'},"
              + owner.formatted("ReplicaSet", "fleet-1", "r-" + namespace)
              + "},'spec':{'nodeName':'node-a','containers':[{'name':'main','image':"
              + "'registry.example.com/fleet:1'}]},'status':{'phase':'Running','conditions':"
              + "[{'type':'Ready','status':'True'}],'containerStatuses':[{'name':'main',"
              + "'containerID':'containerd://c"
              + i
              + "'}]}}");
    }
  }

  private List<TestPod> ready(String namespace) throws IOException, InterruptedException {
    List<TestPod> pods = new ArrayList<>();
    for (JsonNode pod :
        Shell.parse(get("/api/v1/namespaces/" + namespace + "/pods")).path("items")) {
      boolean ready = false;
      for (JsonNode condition : pod.path("status").path("conditions")) {
        ready |=
            condition.path("type").asText().equals("Ready")
                && condition.path("status").asText().equals("True");
      }
      if (ready) {
        JsonNode metadata = pod.path("metadata");
        pods.add(
            new TestPod(
                namespace,
                metadata.path("name").asText(),
                metadata.path("uid").asText(),
                pod.path("spec").path("nodeName").asText(),
                metadata.path("uid").asText().substring(0, 8)));
      }
    }
    return pods;
  }

  private String get(String path) throws IOException, InterruptedException {
    return admin
        .send(
            HttpRequest.newBuilder(URI.create(backend.address() + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private void post(String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        admin.send(
            HttpRequest.newBuilder(URI.create(backend.address() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError("POST " + path + ": " + answer.statusCode() + " " + answer.body());
    }
  }

  /** Ends it. */
  void close() throws IOException, InterruptedException {
    relay.close();
    for (String namespace : namespaces) {
      admin.send(
          HttpRequest.newBuilder(URI.create(backend.address() + "/api/v1/namespaces/" + namespace))
              .DELETE()
              .build(),
          HttpResponse.BodyHandlers.discarding());
    }
    admin.shutdownNow();
    backend.close();
  }
}
