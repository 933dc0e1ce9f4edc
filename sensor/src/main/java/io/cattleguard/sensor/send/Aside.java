package io.cattleguard.sensor.send;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.store.CountFile;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Alerts that the bus rejects even when sent alone. They are taken out of their round, so that they
 * do not delay others. They stay on disk, in marks of the spool, and are sent again with growing
 * pauses. Used by the sender's thread only, unless said otherwise.
 */
final class Aside {
  /** Maximum number, so that a bus that rejects everything cannot fill the disk. */
  private static final int PLACES = 256;

  private static final long CHARACTERS = 8 << 20;
  private static final String PLACE = "aside.";
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(20);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  /** A retry may take until its timeout, and other alerts wait meanwhile. */
  private static final Duration BETWEEN_RETRIES = Duration.ofSeconds(20);

  private static final int LAST_REJECTION = 6;
  private static final Duration LAST_CHANCE = Duration.ofMinutes(10);
  private static final Duration LONGEST_PAUSE_WHILE_FULL = LAST_CHANCE.dividedBy(LAST_REJECTION);

  /** A clock that was wrong before the restart may say more. */
  private static final Duration LONGEST_AGE = Duration.ofDays(365);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final GroupCommit commits;
  private final List<Suspect> suspects = new ArrayList<>();
  private final AtomicLong alerts = new AtomicLong();
  private long characters;
  private final CountFile count;
  private final long lost;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private long nextNanos;

  /** Whether an alert waits for room. */
  private boolean full;

  /** An alert that was set aside. */
  static final class Suspect {
    private final int place;
    private final Round.Folded alert;
    private final Instant since;
    private final long sinceNanos;
    private long dueNanos;
    private Duration pause = FIRST_PAUSE;
    private int rejections;
    private long acceptedBefore;

    private Suspect(int place, Round.Folded alert, Instant since, long sinceNanos, long dueNanos) {
      this.place = place;
      this.alert = alert;
      this.since = since;
      this.sinceNanos = sinceNanos;
      this.dueNanos = dueNanos;
    }

    Round.Folded alert() {
      return alert;
    }
  }

  /**
   * Starts with the alerts that an earlier process set aside.
   *
   * @param count beside the spool, because damage may take some of them
   * @param clock for what outlives a process; everything else is measured by {@code nanoTime}
   */
  Aside(
      Spool spool,
      GroupCommit commits,
      CountFile count,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.commits = commits;
    this.count = count;
    this.clock = clock;
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    nextNanos = now;
    for (int place = 0; place < PLACES; place++) {
      read(place, spool.marked(PLACE + place).orElse("")).ifPresent(this::keep);
    }
    this.lost = Math.max(0, count.before(spool.lost() > 0).orElse(0L) - alerts.get());
    count.write(alerts.get());
  }

  /** How many of an earlier process were lost to damage. */
  long lost() {
    return lost;
  }

  /** How many alerts are here; any thread may ask. */
  long alerts() {
    return alerts.get();
  }

  private void keep(Suspect suspect) {
    suspects.add(suspect);
    alerts.addAndGet(suspect.alert.count());
    characters += suspect.alert.text().length();
  }

  /**
   * Stores an alert here.
   *
   * @param proven whether the bus accepted other alerts while it rejected this one
   * @param accepted how many alerts the bus has accepted so far
   * @return false if there is no room
   */
  boolean add(Round.Folded alert, boolean proven, long accepted) {
    if (suspects.stream().anyMatch(suspect -> suspect.alert.equals(alert))) {
      return true; // after a kill between this and the end of the round
    }
    if (!hasRoom(alert)) {
      return false;
    }
    int place = 0;
    while (isUsed(place)) {
      place++;
    }
    long now = nanoTime.getAsLong();
    Suspect suspect = new Suspect(place, alert, clock.instant(), now, now + FIRST_PAUSE.toNanos());
    suspect.rejections = proven ? 1 : 0;
    suspect.acceptedBefore = accepted;
    store(suspect);
    keep(suspect);
    count.write(alerts.get());
    return true;
  }

  private boolean hasRoom(Round.Folded alert) {
    return suspects.size() < PLACES && characters + alert.text().length() <= CHARACTERS;
  }

  /**
   * An alert waits for room. Until there is some, those that were rejected most are sent again
   * first, and often enough to be proved in the shortest time.
   *
   * @return false if another one waits already
   */
  boolean awaitRoom() {
    if (full) {
      return false;
    }
    full = true;
    long latest = nanoTime.getAsLong() + LONGEST_PAUSE_WHILE_FULL.toNanos();
    for (Suspect suspect : suspects) {
      suspect.dueNanos = suspect.dueNanos - latest < 0 ? suspect.dueNanos : latest;
    }
    return true;
  }

  private Comparator<Suspect> order(long nowNanos) {
    Comparator<Suspect> due = Comparator.comparingLong(suspect -> suspect.dueNanos - nowNanos);
    return full
        ? Comparator.<Suspect>comparingInt(suspect -> -suspect.rejections).thenComparing(due)
        : due;
  }

  private boolean isUsed(int place) {
    return suspects.stream().anyMatch(suspect -> suspect.place == place);
  }

  /** Whether one is to be sent again; if so, {@link #accepted} or {@link #rejected} must follow. */
  Optional<Suspect> due() {
    long nowNanos = nanoTime.getAsLong();
    if (nextNanos - nowNanos > 0) {
      return Optional.empty();
    }
    return suspects.stream()
        .filter(suspect -> suspect.dueNanos - nowNanos <= 0)
        .min(order(nowNanos));
  }

  /** When one is to be sent again, if there are any. */
  Optional<Long> nextNanos(long nowNanos) {
    return suspects.stream()
        .map(suspect -> suspect.dueNanos - nowNanos)
        .min(Comparator.naturalOrder())
        .map(left -> nowNanos + Math.max(left, nextNanos - nowNanos));
  }

  /** The bus works again after an outage, which may be the only reason for a rejection. */
  void retryAll() {
    long now = nanoTime.getAsLong();
    nextNanos = now;
    suspects.forEach(suspect -> suspect.dueNanos = now);
  }

  /** It was accepted. The others may be accepted too. */
  void accepted(Suspect suspect) {
    remove(suspect);
    retryAll();
  }

  /**
   * It was rejected again, which a restart does not forget: otherwise a sensor that is killed again
   * and again would never give it up.
   *
   * @param accepted how many alerts the bus has accepted so far
   * @return whether that is the last time: the bus rejected it again and again, over minutes, while
   *     it accepted others
   */
  boolean rejected(Suspect suspect, long accepted) {
    long now = nanoTime.getAsLong();
    nextNanos = now + BETWEEN_RETRIES.toNanos();
    boolean sooner = full && suspect.pause.compareTo(LONGEST_PAUSE_WHILE_FULL) > 0;
    suspect.dueNanos = now + (sooner ? LONGEST_PAUSE_WHILE_FULL : suspect.pause).toNanos();
    Duration twice = suspect.pause.multipliedBy(2);
    suspect.pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    boolean counts = accepted > suspect.acceptedBefore;
    if (counts) {
      suspect.rejections++;
      suspect.acceptedBefore = accepted;
      store(suspect);
    }
    return counts
        && suspect.rejections >= LAST_REJECTION
        && now - suspect.sinceNanos >= LAST_CHANCE.toNanos();
  }

  /** Removes it. */
  void remove(Suspect suspect) {
    count.write(alerts.get() - suspect.alert.count());
    commits.append(List.of(), PLACE + suspect.place, "");
    full = false;
    suspects.remove(suspect);
    alerts.addAndGet(-suspect.alert.count());
    characters -= suspect.alert.text().length();
  }

  private void store(Suspect suspect) {
    commits.append(List.of(), PLACE + suspect.place, write(suspect));
  }

  private static String write(Suspect suspect) {
    Round.Folded alert = suspect.alert;
    ObjectNode out = JSON.createObjectNode();
    out.put("since", suspect.since.toString());
    out.put("rejections", suspect.rejections);
    out.put("severity", alert.severity().jsonName());
    out.put("foldKey", alert.foldKey());
    out.put("count", alert.count());
    out.put("firstAt", alert.firstAt().toString());
    out.put("lastAt", alert.lastAt().toString());
    out.put("receivedAt", alert.receivedAt().toString());
    out.put("text", alert.text());
    return out.toString();
  }

  /** Reads what {@link #write} wrote; an empty or damaged mark yields nothing. */
  private Optional<Suspect> read(int place, String mark) {
    if (mark.isEmpty()) {
      return Optional.empty();
    }
    try {
      JsonNode in = JSON.readTree(mark);
      Round.Folded alert =
          new Round.Folded(
              Severity.named(in.path("severity").asText()).orElse(Severity.LOW),
              in.path("foldKey").asText(),
              in.path("text").asText(),
              Math.max(1, in.path("count").asLong()),
              Instant.parse(in.path("firstAt").asText()),
              Instant.parse(in.path("lastAt").asText()),
              Instant.parse(in.path("receivedAt").asText()));
      // An earlier version wrote neither of the two.
      Instant today = clock.instant();
      Instant since = in.has("since") ? Instant.parse(in.path("since").asText()) : today;
      Duration age = Duration.between(since, today);
      boolean plausible = !age.isNegative() && age.compareTo(LONGEST_AGE) < 0;
      long now = nanoTime.getAsLong();
      Suspect suspect =
          plausible
              ? new Suspect(place, alert, since, now - age.toNanos(), now)
              : new Suspect(place, alert, today, now, now);
      suspect.rejections = Math.clamp(in.path("rejections").asLong(), 0, LAST_REJECTION);
      return Optional.of(suspect);
    } catch (JsonProcessingException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
