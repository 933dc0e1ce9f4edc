package io.cattleguard.learn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A learnt model as JSON, the text of a table's item. The same model is always the same text. */
public final class ModelState {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ModelState() {}

  /** The model as JSON. */
  public static String write(Model model) {
    ObjectNode out = JSON.createObjectNode();
    Workload workload = model.workload();
    out.put("cluster", workload.cluster());
    out.put("namespace", workload.namespace());
    out.put("kind", workload.kind());
    out.put("name", workload.name());
    out.put("container", workload.container());
    out.put("image", model.image());
    out.put("since", model.since().toString());
    out.put("until", model.until().toString());
    out.put("changed", model.changed().toString());
    model.instances().forEach(out.putArray("instances")::add);
    model.starts().forEach(out.putArray("starts")::add);
    out.put("replicas", model.replicas());
    if (!model.traced().isEmpty()) {
      model.traced().forEach(out.putArray("traced")::add);
    }
    if (!model.days().isEmpty()) {
      ArrayNode days = out.putArray("days");
      model.days().forEach(day -> days.add(day.toString()));
    }
    ArrayNode covers = out.putArray("covers");
    model.covers().forEach(kind -> covers.add(kind.name()));
    ObjectNode refused = out.putObject("refused");
    model.refused().forEach((kind, count) -> refused.put(kind.name(), count));
    ArrayNode entries = out.putArray("entries");
    model.entries().forEach((entry, sighting) -> write(entry, sighting, entries.addObject()));
    return out.toString();
  }

  /** The bytes of an entry in UTF-8, with its comma. */
  static int bytes(Entry entry, Sighting sighting) {
    ObjectNode out = JSON.createObjectNode();
    write(entry, sighting, out);
    return out.toString().getBytes(StandardCharsets.UTF_8).length + 1;
  }

  private static void write(Entry entry, Sighting sighting, ObjectNode out) {
    out.put("is", entry.kind().name());
    out.put("subject", entry.subject());
    if (!entry.detail().isEmpty()) {
      out.put("detail", entry.detail());
    }
    if (entry.port() != 0) {
      out.put("port", entry.port());
    }
    out.put("count", sighting.count());
    out.put("first", sighting.first().getEpochSecond());
    out.put("last", sighting.last().getEpochSecond());
    out.put("instances", sighting.instances());
    out.put("starts", sighting.starts());
    if (!sighting.start().isEmpty()) {
      out.put("start", sighting.start());
    }
    if (sighting.startupOnly()) {
      out.put("startupOnly", true);
    }
    if (!sighting.digests().isEmpty()) {
      sighting.digests().forEach(out.putArray("digests")::add);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws Unavailable if the text is damaged
   */
  public static Model read(String text) {
    try {
      JsonNode in = JSON.readTree(text);
      NavigableMap<Entry, Sighting> entries = new TreeMap<>();
      for (JsonNode one : in.path("entries")) {
        entries.put(entry(one), sighting(one));
      }
      Set<Entry.Kind> covers = new TreeSet<>();
      in.path("covers").forEach(kind -> covers.add(Entry.Kind.valueOf(kind.asText())));
      Map<Entry.Kind, Long> refused = new TreeMap<>();
      in.path("refused")
          .properties()
          .forEach(one -> refused.put(Entry.Kind.valueOf(one.getKey()), one.getValue().asLong()));
      return new Model(
          new Workload(
              in.path("cluster").asText(),
              in.path("namespace").asText(),
              in.path("kind").asText(),
              in.path("name").asText(),
              in.path("container").asText()),
          Mode.LEARNING,
          in.path("image").asText(),
          Instant.parse(in.path("since").asText()),
          Instant.parse(in.path("until").asText()),
          Instant.parse(in.path("changed").asText()),
          texts(in.path("instances")),
          texts(in.path("starts")),
          entries,
          covers,
          refused,
          in.path("replicas").asInt(0),
          texts(in.path("traced")),
          days(in.path("days")));
    } catch (JsonProcessingException | DateTimeException | IllegalArgumentException e) {
      throw new Unavailable("a learnt model is unreadable", e);
    }
  }

  private static Entry entry(JsonNode in) {
    String subject = in.path("subject").asText();
    String detail = in.path("detail").asText("");
    int port = in.path("port").asInt(0);
    return switch (Entry.Kind.valueOf(in.path("is").asText())) {
      case EXECUTABLE -> new Executable(subject, detail);
      case LISTENER -> new Listener(subject, port);
      case PEER -> new Peer(PeerKind.valueOf(detail), subject, port);
      case WRITTEN_FILE -> new WrittenFile(subject);
      case SYSTEM_CALL -> new SystemCall(subject, detail);
    };
  }

  private static Sighting sighting(JsonNode in) {
    return new Sighting(
        in.path("count").asLong(),
        Instant.ofEpochSecond(in.path("first").asLong()),
        Instant.ofEpochSecond(in.path("last").asLong()),
        in.path("instances").asInt(),
        in.path("starts").asInt(),
        in.path("start").asText(""),
        in.path("startupOnly").asBoolean(),
        texts(in.path("digests")),
        false);
  }

  private static NavigableSet<LocalDate> days(JsonNode in) {
    NavigableSet<LocalDate> days = new TreeSet<>();
    in.forEach(day -> days.add(LocalDate.parse(day.asText())));
    return days;
  }

  private static List<String> texts(JsonNode in) {
    List<String> texts = new ArrayList<>();
    in.forEach(one -> texts.add(one.asText()));
    return texts;
  }
}
