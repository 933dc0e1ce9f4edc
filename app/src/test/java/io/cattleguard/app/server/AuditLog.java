package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the requests about one namespace from the API server's audit log. */
final class AuditLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final String namespace;
  private final List<Deletion> deletions = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();
  private long read;

  /**
   * A DELETE by the client under test.
   *
   * @param user who asked
   * @param uid its precondition, empty where there was none
   */
  record Deletion(String user, String pod, String uid, Instant receivedAt, int status) {}

  /**
   * A request of a client that is no part of Kubernetes.
   *
   * @param agent the client's name
   * @param what verb, resource and subresource, {@code create pods/eviction}
   * @param name of the object; empty for a list
   * @param sent the name in the object that was sent; empty if there was none
   */
  record Request(String agent, String what, String name, String sent, Instant receivedAt) {}

  AuditLog(Path file, String namespace) throws IOException {
    this.file = file;
    this.namespace = namespace;
    this.read = Files.size(file);
  }

  /** All DELETEs so far, in the order of the log. */
  List<Deletion> deletions() throws IOException {
    read();
    return List.copyOf(deletions);
  }

  /** All requests so far, in the order of the log. */
  List<Request> requests() throws IOException {
    read();
    return List.copyOf(requests);
  }

  /** The API server renames the log when it is large, and begins a new one. */
  private void read() throws IOException {
    if (Files.size(file) < read) {
      Optional<Path> renamed;
      try (Stream<Path> files = Files.list(file.toAbsolutePath().getParent())) {
        renamed =
            files
                .filter(one -> one.getFileName().toString().matches("audit-.*[.]log"))
                .max(Comparator.comparing(Path::toString));
      }
      readOn(renamed.orElseThrow());
      read = 0;
    }
    readOn(file);
  }

  private void readOn(Path from) throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(from.toFile(), "r")) {
      log.seek(read);
      byte[] more = new byte[Math.toIntExact(log.length() - read)];
      log.readFully(more);
      int begin = 0;
      for (int i = 0; i < more.length; i++) {
        if (more[i] == '\n') {
          look(new String(more, begin, i - begin, StandardCharsets.UTF_8));
          begin = i + 1;
        }
      }
      read += begin;
    }
  }

  private void look(String line) throws IOException {
    if (!line.contains(namespace)) {
      return;
    }
    JsonNode event = JSON.readTree(line);
    JsonNode object = event.path("objectRef");
    String agent = event.path("userAgent").asText();
    if (!event.path("stage").asText().equals("ResponseComplete")
        || !object.path("namespace").asText().equals(namespace)
        || agent.startsWith("kube")
        || agent.startsWith("kwok")) {
      return;
    }
    String verb = event.path("verb").asText();
    String resource = object.path("resource").asText();
    String subresource = object.path("subresource").asText();
    Instant receivedAt = Instant.parse(event.path("requestReceivedTimestamp").asText());
    requests.add(
        new Request(
            agent,
            verb + " " + resource + (subresource.isEmpty() ? "" : "/" + subresource),
            object.path("name").asText(),
            event.path("requestObject").path("metadata").path("name").asText(),
            receivedAt));
    if (verb.equals("delete") && resource.equals("pods") && !isCutOff(event)) {
      deletions.add(
          new Deletion(
              event.path("user").path("username").asText(),
              object.path("name").asText(),
              event.path("requestObject").path("preconditions").path("uid").asText(),
              receivedAt,
              event.path("responseStatus").path("code").asInt()));
    }
  }

  /** The client was killed before it had sent the body, and the API server answered with 500. */
  private static boolean isCutOff(JsonNode event) {
    return event.path("requestObject").isMissingNode()
        && event.path("responseStatus").path("message").asText().equals("client disconnected");
  }
}
