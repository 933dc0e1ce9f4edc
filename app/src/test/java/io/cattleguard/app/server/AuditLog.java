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
import java.util.List;

/** The DELETEs of pods in one namespace, from the API server's audit log. */
final class AuditLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final String namespace;
  private final List<Deletion> deletions = new ArrayList<>();
  private long read;

  /**
   * A DELETE by the client under test.
   *
   * @param user who asked
   * @param uid its precondition, empty where there was none
   */
  record Deletion(String user, String pod, String uid, Instant receivedAt, int status) {}

  AuditLog(Path file, String namespace) throws IOException {
    this.file = file;
    this.namespace = namespace;
    this.read = Files.size(file);
  }

  /** All DELETEs so far, in the order of the log. */
  List<Deletion> deletions() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      log.seek(read);
      byte[] more = new byte[(int) (log.length() - read)];
      log.readFully(more);
      int from = 0;
      for (int i = 0; i < more.length; i++) {
        if (more[i] == '\n') {
          look(new String(more, from, i - from, StandardCharsets.UTF_8));
          from = i + 1;
        }
      }
      read += from;
    }
    return List.copyOf(deletions);
  }

  private void look(String line) throws IOException {
    if (!line.contains("\"verb\":\"delete\"") || !line.contains(namespace)) {
      return;
    }
    JsonNode event = JSON.readTree(line);
    JsonNode object = event.path("objectRef");
    String agent = event.path("userAgent").asText();
    if (event.path("stage").asText().equals("ResponseComplete")
        && object.path("resource").asText().equals("pods")
        && object.path("namespace").asText().equals(namespace)
        && !agent.startsWith("kube")
        && !agent.startsWith("kwok")
        && !isCutOff(event)) {
      deletions.add(
          new Deletion(
              event.path("user").path("username").asText(),
              object.path("name").asText(),
              event.path("requestObject").path("preconditions").path("uid").asText(),
              Instant.parse(event.path("requestReceivedTimestamp").asText()),
              event.path("responseStatus").path("code").asInt()));
    }
  }

  /** The client was killed before it had sent the body, and the API server answered with 500. */
  private static boolean isCutOff(JsonNode event) {
    return event.path("requestObject").isMissingNode()
        && event.path("responseStatus").path("message").asText().equals("client disconnected");
  }
}
