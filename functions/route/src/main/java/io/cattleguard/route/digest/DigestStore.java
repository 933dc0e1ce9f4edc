package io.cattleguard.route.digest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The findings that wait, in a fixed number of items per owner: a finding's key decides its item.
 * Findings that do not fit are only counted.
 */
final class DigestStore {
  private static final int SLOTS = 64;
  private static final int MOST_PER_SLOT = 8;
  private static final int ATTEMPTS = 10;
  private static final Duration KEPT = Duration.ofDays(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String OWNERS = "digest-owners";

  /** The list of owners is written once per owner. */
  private static final Duration LISTED = Duration.ofDays(3_650);

  private final VersionedTable table;

  /** The owners that are in the stored list. */
  private final Set<String> listed = ConcurrentHashMap.newKeySet();

  DigestStore(VersionedTable table) {
    this.table = table;
  }

  /**
   * The waiting findings.
   *
   * @param more findings that were counted only
   */
  record Waiting(List<Finding> findings, long more) {
    static final Waiting NONE = new Waiting(List.of(), 0);

    Waiting {
      findings = List.copyOf(findings);
    }

    boolean isEmpty() {
      return findings.isEmpty() && more == 0;
    }

    private Waiting with(Finding finding) {
      List<Finding> next = new ArrayList<>(findings);
      next.removeIf(one -> one.key().equals(finding.key()));
      next.add(finding);
      if (next.size() <= MOST_PER_SLOT) {
        return new Waiting(next, more);
      }
      // The first of the least severe findings; the new one, if it is not more severe.
      next.remove(Collections.min(next.reversed(), Comparator.comparing(Finding::severity)));
      return new Waiting(next, more + 1);
    }

    private Waiting without(Waiting sent) {
      List<Finding> next = new ArrayList<>(findings);
      next.removeAll(sent.findings);
      return new Waiting(next, Math.max(0, more - sent.more));
    }
  }

  /** Adds a finding; a copy changes nothing. */
  void add(String owner, Finding finding, Instant now) {
    // A write may still be rolled back, so only owners that were read are cached.
    if (!listed.contains(owner) && isListed(owner, now)) {
      listed.add(owner);
    }
    change(
        slot(owner, Math.floorMod(finding.key().hashCode(), SLOTS)),
        waiting -> waiting.findings.contains(finding) ? waiting : waiting.with(finding),
        now);
  }

  /** Every owner for whom a finding was ever kept. The policy may no longer have some of them. */
  List<String> owners() {
    return owners(table.read(OWNERS));
  }

  private static List<String> owners(Optional<VersionedTable.State> state) {
    List<String> owners = new ArrayList<>();
    json(state.map(VersionedTable.State::text).orElse("[]"))
        .forEach(name -> owners.add(name.asText()));
    return owners;
  }

  /** Lists an owner; returns whether it was listed before. */
  private boolean isListed(String owner, Instant now) {
    Optional<VersionedTable.State> state = table.read(OWNERS);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<String> owners = owners(state);
      if (owners.contains(owner)) {
        return true;
      }
      owners.add(owner);
      ArrayNode text = JsonNodeFactory.instance.arrayNode();
      owners.forEach(text::add);
      long version = state.map(VersionedTable.State::version).orElse(0L);
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(OWNERS, version + 1, text.toString()),
              version,
              now.plus(LISTED));
      if (conflict.isEmpty()) {
        return false;
      }
      state = conflict.filter(current -> current.version() != 0);
    }
    throw new Unavailable("too many concurrent changes of the list of owners");
  }

  /** All waiting findings of an owner, by item. */
  List<Slot> all(String owner) {
    List<Slot> slots = new ArrayList<>();
    for (VersionedTable.State state :
        table.readAll(IntStream.range(0, SLOTS).mapToObj(i -> slot(owner, i)).toList())) {
      Waiting waiting = read(Optional.of(state));
      if (!waiting.isEmpty()) {
        slots.add(new Slot(state.key(), waiting));
      }
    }
    return slots;
  }

  /** One item. */
  record Slot(String key, Waiting waiting) {
    /** The part that a message contained. */
    Slot only(Set<Finding> told, boolean withCount) {
      return new Slot(
          key,
          new Waiting(
              waiting.findings.stream().filter(told::contains).toList(),
              withCount ? waiting.more : 0));
    }
  }

  /** Removes the findings that were sent; those that came meanwhile stay. */
  void remove(Slot sent, Instant now) {
    if (sent.waiting().isEmpty()) {
      return;
    }
    change(sent.key(), waiting -> waiting.without(sent.waiting()), now);
  }

  private void change(String key, UnaryOperator<Waiting> change, Instant now) {
    Optional<VersionedTable.State> state = table.remembered(key);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long version = state.map(VersionedTable.State::version).orElse(0L);
      Waiting before = read(state);
      Waiting next = change.apply(before);
      if (next.equals(before) && version != 0 && attempt > 0) {
        return;
      }
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(key, version + 1, write(next)), version, now.plus(KEPT));
      if (conflict.isEmpty()) {
        return;
      }
      state = conflict.filter(current -> current.version() != 0);
    }
    throw new Unavailable("too many concurrent changes of the digest's item");
  }

  /**
   * Claims the right to send an owner's digest of a day, for a few minutes.
   *
   * @return whether this host has the claim
   */
  boolean claim(String owner, String day, Instant now, Duration claim) {
    Optional<VersionedTable.State> state = table.read(sent(owner));
    JsonNode before = json(state.map(VersionedTable.State::text).orElse("{}"));
    if (before.path("day").asText().equals(day)
        || now.isBefore(instant(before.path("claimedAt")).plus(claim))) {
      return false;
    }
    ObjectNode next = JsonNodeFactory.instance.objectNode();
    next.put("day", before.path("day").asText()).put("claimedAt", now.toString());
    next.put("waitingSince", before.path("waitingSince").asText(now.toString()));
    long version = state.map(VersionedTable.State::version).orElse(0L);
    return table
        .store(
            new VersionedTable.State(sent(owner), version + 1, next.toString()),
            version,
            now.plus(KEPT))
        .isEmpty();
  }

  /** Notes that the digest of a day was sent. */
  void done(String owner, String day, Instant now) {
    Optional<VersionedTable.State> state = table.read(sent(owner));
    long version = state.map(VersionedTable.State::version).orElse(0L);
    ObjectNode next = JsonNodeFactory.instance.objectNode().put("day", day);
    // A conflict means that another host sends too; then the next timer finds no waiting digest.
    var unused =
        table.store(
            new VersionedTable.State(sent(owner), version + 1, next.toString()),
            version,
            now.plus(KEPT));
  }

  /** The first attempt of the digest that could not be sent; empty if none waits. */
  Optional<Instant> waitingSince(String owner) {
    return table
        .read(sent(owner))
        .map(state -> json(state.text()).path("waitingSince"))
        .filter(JsonNode::isTextual)
        .map(DigestStore::instant);
  }

  private static Instant instant(JsonNode text) {
    try {
      return Instant.parse(text.asText());
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  private static String slot(String owner, int number) {
    return "digest/" + owner + "/" + number;
  }

  private static String sent(String owner) {
    return "digest-sent/" + owner;
  }

  private static String write(Waiting waiting) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ArrayNode findings = out.putArray("findings");
    waiting.findings.forEach(finding -> findings.add(finding.toJson()));
    return out.put("more", waiting.more).toString();
  }

  private static Waiting read(Optional<VersionedTable.State> state) {
    if (state.isEmpty()) {
      return Waiting.NONE;
    }
    JsonNode in = json(state.get().text());
    List<Finding> findings = new ArrayList<>();
    in.path("findings").forEach(one -> findings.add(Finding.read(one)));
    return new Waiting(findings, in.path("more").asLong());
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new Unavailable("a stored digest is unreadable", e);
    }
  }
}
