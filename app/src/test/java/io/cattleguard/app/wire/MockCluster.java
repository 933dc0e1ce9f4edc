package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A mock API server, based on fabric8's. It adds what that lacks: permission checks that always
 * succeed, the UID precondition of DELETE, and a controller that replaces deleted pods.
 */
public final class MockCluster implements AutoCloseable {
  private static final String NAMESPACE = "shop";

  private final MockBackend backend = new MockBackend();
  private final List<String> deleted = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final Relay relay = new Relay(backend.address(), this::answer);

  /** The names of deleted pods, one per successful DELETE. */
  public List<String> deleted() {
    return deleted;
  }

  /** The pods whose DELETE had no or another UID, or came after they were gone. */
  public List<String> refused() {
    return refused;
  }

  /** Writes a kubeconfig whose current context is this. */
  public Path kubeconfig(Path file) throws IOException {
    return Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        current-context: blue
        clusters: [{ name: blue, cluster: { server: "%s" } }]
        contexts: [{ name: blue, context: { cluster: blue, user: nobody } }]
        users: [{ name: nobody, user: {} }]
        """
            .formatted(relay.address()));
  }

  private Optional<Relay.Answer> answer(Relay.Request request, Relay.Service service)
      throws IOException {
    if (request.path().contains("/selfsubjectaccessreviews")) {
      return Optional.of(
          Relay.Answer.json(
              201,
              "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\","
                  + "\"status\":{\"allowed\":true}}"));
    }
    if (request.method().equals("DELETE") && request.path().contains("/pods/")) {
      return Optional.of(delete(request, service));
    }
    return Optional.of(service.ask(request));
  }

  private synchronized Relay.Answer delete(Relay.Request request, Relay.Service service)
      throws IOException {
    String name = request.path().replaceAll(".*/pods/([^?/]*).*", "$1");
    Relay.Answer found =
        service.ask(new Relay.Request("GET", request.path(), request.headers(), ""));
    JsonNode pod = Shell.parse(found.body());
    String uid = Shell.parse(request.body()).path("preconditions").path("uid").asText();
    if (found.status() != 200 || !uid.equals(pod.path("metadata").path("uid").asText())) {
      refused.add(name);
      return Relay.Answer.json(
          found.status() == 200 ? 409 : 404, "{\"kind\":\"Status\",\"status\":\"Failure\"}");
    }
    deleted.add(name);
    Relay.Answer answer = service.ask(request);
    ObjectNode metadata = (ObjectNode) pod.path("metadata");
    metadata.put("name", "web-1-next-" + deleted.size());
    metadata.remove(List.of("uid", "resourceVersion", "generation", "creationTimestamp"));
    String pods = request.path().replaceAll("/pods/.*", "/pods");
    service.ask(new Relay.Request("POST", pods, request.headers(), pod.toString()));
    return answer;
  }

  /** Creates ready pods of one Deployment, {@code web-1-0} and so on. */
  public void run(int replicas) throws IOException, InterruptedException {
    String meta = "'metadata':{'name':'%s','namespace':'" + NAMESPACE + "','labels':{'app':'web'}";
    String owner =
        ",'ownerReferences':[{'apiVersion':'apps/v1','kind':'%s','name':'%s','uid':'%s',"
            + "'controller':true}]}";
    String selector = "'spec':{'selector':{'matchLabels':{'app':'web'}}}}";
    String kind = "{'apiVersion':'apps/v1','kind':'%s',";
    post(
        "/apis/apps/v1",
        "deployments",
        kind.formatted("Deployment") + meta.formatted("web") + "}," + selector);
    post(
        "/apis/apps/v1",
        "replicasets",
        kind.formatted("ReplicaSet")
            + meta.formatted("web-1")
            + owner.formatted("Deployment", "web", "d-1")
            + ","
            + selector);
    for (int i = 0; i < replicas; i++) {
      post(
          "/api/v1",
          "pods",
          "{'apiVersion':'v1','kind':'Pod',"
              + meta.formatted("web-1-" + i)
              + owner.formatted("ReplicaSet", "web-1", "r-1")
              + ",'spec':{'nodeName':'node-a','containers':[{'name':'main','image':"
              + "'registry.example.com/web:1'}]},'status':{'phase':'Running','conditions':"
              + "[{'type':'Ready','status':'True'}],'containerStatuses':[{'name':'main',"
              + "'containerID':'containerd://c"
              + i
              + "'}]}}");
    }
  }

  private void post(String api, String kind, String body) throws IOException, InterruptedException {
    URI uri = URI.create(backend.address() + api + "/namespaces/" + NAMESPACE + "/" + kind);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new AssertionError("POST " + uri + ": " + answer.statusCode() + " " + answer.body());
      }
    }
  }

  @Override
  public void close() {
    relay.close();
    backend.close();
  }
}
