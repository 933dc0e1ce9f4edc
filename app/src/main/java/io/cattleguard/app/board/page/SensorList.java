package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.app.sensors.SensorState;
import io.cattleguard.events.ContractViolation;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The sensors, and the server itself if the board shows one.
 *
 * @param rows the sensors, those in trouble first
 * @param summary how many there are, and how they are
 * @param note why the list may be incomplete, or why it is empty
 * @param server what the server says of itself; empty for a stack in AWS
 * @param isStack whether the board is of a stack in AWS
 */
public record SensorList(
    List<Row> rows,
    List<Chip> summary,
    Optional<String> note,
    List<IncidentView.Fact> server,
    List<String> warnings,
    boolean isStack) {
  private static final long MEGABYTE = 1L << 20;

  /** Maximum number on the page; the sensors in trouble come first. */
  private static final int ROWS = 500;

  /** A sensor. */
  public record Row(
      Chip state,
      String node,
      String cluster,
      String seen,
      String waiting,
      String shed,
      String use,
      String version,
      List<String> troubles) {
    /** Copies the list. */
    public Row {
      troubles = List.copyOf(troubles);
    }

    private static Row of(SensorState one, Instant now) {
      List<String> troubles = one.troubles(now);
      return new Row(
          one.isSilent(now)
              ? Chip.alarm("silent")
              : troubles.isEmpty() ? Chip.good("well") : Chip.warn("trouble"),
          Words.name(one.heartbeat().node()),
          Words.name(one.heartbeat().cluster())
              + (one.isProved().filter(proved -> !proved).isPresent() ? ", node not proved" : ""),
          Words.distance(one.receivedAt(), now),
          IncidentWords.count(one.heartbeat().waiting(), "alert")
              + ", "
              + size(one.heartbeat().waitingBytes(), one.heartbeat().condition().limitBytes()),
          Words.number(one.shed()),
          String.format(
              Locale.ROOT,
              "%.1f %% of a core, %,d MB",
              one.heartbeat().cpuPercent(),
              one.heartbeat().residentBytes() / MEGABYTE),
          Words.name(one.heartbeat().version()),
          troubles.stream().map(Words::sentence).toList());
    }
  }

  /** Copies the lists. */
  public SensorList {
    rows = List.copyOf(rows);
    summary = List.copyOf(summary);
    server = List.copyOf(server);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads a deployment's answer.
   *
   * @param answer as {@code sensors --json} prints it
   */
  public static SensorList of(Snapshot.Answer answer, Instant now) {
    List<SensorState> states = new ArrayList<>();
    Optional<JsonNode> server = Optional.empty();
    for (ObjectNode one : answer.all()) {
      if (one.has("up")) {
        server = Optional.of(one.path("up"));
      } else {
        read(one).ifPresent(states::add);
      }
    }
    long silent = states.stream().filter(one -> one.isSilent(now)).count();
    long troubled =
        states.stream().filter(one -> !one.isSilent(now) && !one.troubles(now).isEmpty()).count();
    List<Chip> summary = new ArrayList<>();
    summary.add(Chip.plain(IncidentWords.count(states.size(), "sensor")));
    if (silent > 0) {
      summary.add(Chip.alarm(Words.number(silent) + " silent"));
    }
    if (troubled > 0) {
      summary.add(Chip.warn(Words.number(troubled) + " in trouble"));
    }
    return new SensorList(
        states.stream().limit(ROWS).map(one -> Row.of(one, now)).toList(),
        summary,
        answer
            .trouble()
            .or(answer::note)
            .or(
                () ->
                    states.size() > ROWS
                        ? Optional.of(
                            "The first " + ROWS + " are shown: cattleguard sensors lists all.")
                        : Optional.empty()),
        server.map(SensorList::facts).orElse(List.of()),
        server.map(SensorList::warnings).orElse(List.of()),
        server.isEmpty());
  }

  private static Optional<SensorState> read(ObjectNode one) {
    try {
      return Optional.of(SensorState.read(one));
    } catch (ContractViolation | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<IncidentView.Fact> facts(JsonNode up) {
    List<IncidentView.Fact> facts = new ArrayList<>();
    facts.add(
        fact(
            "Spool",
            IncidentWords.count(up.path("waiting").asLong(), "alert")
                + ", "
                + size(up.path("waitingBytes").asLong(), up.path("limitBytes").asLong())));
    facts.add(fact("Queues", numbers(up.path("queues"), "empty")));
    facts.add(fact("Dropped", numbers(up.path("shed"), "none")));
    facts.add(fact("Rejected requests", numbers(up.path("rejected"), "none")));
    facts.add(
        fact(
            "Received",
            IncidentWords.count(up.path("received").asLong(), "event")
                + ", "
                + Words.number(up.path("unreadable").asLong())
                + " unreadable"));
    facts.add(fact("Version", up.path("version").asText()));
    return facts;
  }

  private static IncidentView.Fact fact(String label, String text) {
    return new IncidentView.Fact(label, Words.sentence(text), Optional.empty());
  }

  /** The numbers that are not zero. */
  private static String numbers(JsonNode counts, String otherwise) {
    List<String> all = new ArrayList<>();
    counts
        .properties()
        .forEach(
            one -> {
              if (one.getValue().asLong() > 0) {
                all.add(
                    Words.number(one.getValue().asLong()) + " " + one.getKey().replace('_', ' '));
              }
            });
    return all.isEmpty() ? otherwise : String.join(", ", all);
  }

  private static List<String> warnings(JsonNode up) {
    List<String> all = new ArrayList<>();
    if (up.path("lost").asLong() > 0) {
      all.add(
          IncidentWords.count(up.path("lost").asLong(), "stored alert")
              + " lost, because the spool's file was damaged");
    }
    up.path("notes").forEach(one -> all.add(one.asText()));
    up.path("notConfigured").forEach(one -> all.add("not configured: " + one.asText()));
    return all.stream().map(Words::sentence).distinct().toList();
  }

  private static String size(long bytes, long limit) {
    String used = String.format(Locale.ROOT, "%.1f", (double) bytes / MEGABYTE);
    return limit > 0 ? used + " of " + Words.number(limit / MEGABYTE) + " MB" : used + " MB";
  }
}
