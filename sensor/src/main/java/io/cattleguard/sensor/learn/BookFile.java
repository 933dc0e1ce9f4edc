package io.cattleguard.sensor.learn;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Phase;
import io.cattleguard.models.SensorReports;
import io.cattleguard.models.Workload;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link NodeBook} and the calls that were made, in a file of the spool's directory. It is no
 * part of the spool, so that learning never delays the commit of an alert. Without the file, a
 * restarted sensor reports everything again, at the rate that it is allowed.
 */
final class BookFile {
  static final String NAME = "observed.json";

  private static final int VERSION = 1;

  /** More than the size of a full book. A larger file was not written by Cattleguard. */
  private static final long LARGEST = 32L << 20;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final ObjectReader TREE = JSON.readerFor(JsonNode.class);

  private final Path file;

  BookFile(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /** Whether there is a file. */
  boolean exists() {
    return Files.exists(file);
  }

  /**
   * The states of the allowances.
   *
   * @param earnedUntil that of all news
   * @param risky that of risky news
   */
  record Calls(Instant earnedUntil, Instant risky) {}

  /**
   * Reads the file into an empty book.
   *
   * @return the states of the allowances
   * @throws IOException if the file is damaged; the book then has a part of it
   */
  Calls read(NodeBook into) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException("larger than any book");
    }
    JsonNode in = TREE.readTree(Files.readAllBytes(file));
    try {
      if (in.path("version").asInt() != VERSION) {
        throw new IOException("another version");
      }
      for (JsonNode page : in.path("pages")) {
        NodeBook.Key key =
            new NodeBook.Key(
                new Workload(
                    page.path("cluster").asText(),
                    page.path("namespace").asText(),
                    page.path("kind").asText(),
                    page.path("name").asText(),
                    page.path("container").asText()),
                page.path("image").asText(),
                page.path("digest").asText());
        page.path("facts").forEach(fact -> read(key, fact, into));
        NodeBook.Page restored = into.pages().get(key);
        if (restored != null) {
          page.path("refused")
              .properties()
              .forEach(one -> restored.refused.put(one.getKey(), one.getValue().asLong()));
        }
      }
      Instant earnedUntil = Instant.parse(in.path("earnedUntil").asText());
      return new Calls(
          earnedUntil,
          in.has("riskyEarnedUntil")
              ? Instant.parse(in.path("riskyEarnedUntil").asText())
              : earnedUntil); // of an earlier version
    } catch (DateTimeException | ContractViolation | IllegalArgumentException e) {
      throw new IOException("not a book: " + e.getClass().getSimpleName(), e);
    }
  }

  private static void read(NodeBook.Key key, JsonNode in, NodeBook into) {
    Instant seenAt = Instant.parse(in.path("seenAt").asText());
    ObservedBehaviour written =
        new ObservedBehaviour(
            in.path("kind").asText(),
            in.path("subject").asText(),
            in.path("detail").asText(),
            in.path("port").asInt(),
            Phase.UNKNOWN.name().toLowerCase(Locale.ROOT),
            seenAt,
            "",
            "",
            1);
    Optional<Entry> entry = SensorReports.entry(written);
    if (entry.isEmpty()) {
      return;
    }
    List<String> starts = new ArrayList<>();
    in.path("starts").forEach(start -> starts.add(start.asText()));
    Fact fact =
        new Fact(
            NodeBook.care(entry.get()),
            in.has("reportedAt")
                ? Optional.of(Instant.parse(in.path("reportedAt").asText()))
                : Optional.empty(),
            starts,
            in.path("ran").asBoolean(),
            seenAt);
    for (JsonNode one : in.path("waiting")) {
      fact.await(
          new Fact.Waiting(
              one.path("instance").asText(),
              one.path("start").asText(),
              Phase.valueOf(one.path("phase").asText()),
              Instant.parse(one.path("at").asText()),
              Math.max(1, one.path("count").asLong())));
    }
    into.restore(key, entry.get(), fact);
  }

  /** Replaces the file; a crash leaves the former one. */
  void write(NodeBook book, Calls calls) throws IOException {
    Path next = file.resolveSibling(NAME + ".next");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(next));
        JsonGenerator to = JSON.getFactory().createGenerator(out)) {
      to.writeStartObject();
      to.writeNumberField("version", VERSION);
      to.writeStringField("earnedUntil", calls.earnedUntil().toString());
      to.writeStringField("riskyEarnedUntil", calls.risky().toString());
      to.writeArrayFieldStart("pages");
      for (Map.Entry<NodeBook.Key, NodeBook.Page> page : book.pages().entrySet()) {
        write(page.getKey(), page.getValue(), to);
      }
      to.writeEndArray();
      to.writeEndObject();
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void write(NodeBook.Key key, NodeBook.Page page, JsonGenerator to)
      throws IOException {
    to.writeStartObject();
    to.writeStringField("cluster", key.workload().cluster());
    to.writeStringField("namespace", key.workload().namespace());
    to.writeStringField("kind", key.workload().kind());
    to.writeStringField("name", key.workload().name());
    to.writeStringField("container", key.workload().container());
    to.writeStringField("image", key.image());
    to.writeStringField("digest", key.digest());
    to.writeObjectFieldStart("refused");
    for (Map.Entry<String, Long> one : page.refused.entrySet()) {
      to.writeNumberField(one.getKey(), one.getValue());
    }
    to.writeEndObject();
    to.writeArrayFieldStart("facts");
    for (Map.Entry<Entry, Fact> fact : page.facts.entrySet()) {
      write(fact.getKey(), fact.getValue(), to);
    }
    to.writeEndArray();
    to.writeEndObject();
  }

  private static void write(Entry entry, Fact fact, JsonGenerator to) throws IOException {
    ObservedBehaviour written = SensorReports.write(entry, Phase.UNKNOWN, fact.seenAt(), "", "", 1);
    to.writeStartObject();
    to.writeStringField("kind", written.kind());
    to.writeStringField("subject", written.subject());
    to.writeStringField("detail", written.detail());
    to.writeNumberField("port", written.port());
    if (fact.reportedAt().isPresent()) {
      to.writeStringField("reportedAt", fact.reportedAt().get().toString());
    }
    to.writeStringField("seenAt", fact.seenAt().toString());
    to.writeBooleanField("ran", fact.ran());
    to.writeArrayFieldStart("starts");
    for (String start : fact.starts()) {
      to.writeString(start);
    }
    to.writeEndArray();
    to.writeArrayFieldStart("waiting");
    for (Fact.Waiting one : fact.waiting()) {
      to.writeStartObject();
      to.writeStringField("instance", one.instance());
      to.writeStringField("start", one.start());
      to.writeStringField("phase", one.phase().name());
      to.writeStringField("at", one.at().toString());
      to.writeNumberField("count", one.count());
      to.writeEndObject();
    }
    to.writeEndArray();
    to.writeEndObject();
  }
}
