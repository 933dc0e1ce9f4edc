package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.Round;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeliveryTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final Bus.Outcome TAKEN = new Bus.Outcome.Accepted();
  private static final Bus.Outcome UNANSWERED = new Bus.Outcome.Later("unanswered", "timeout");
  private static final Bus.Outcome REFUSED = new Bus.Outcome.Later("refused", "HTTP 403");

  private final Packing packing = new Packing("blue", 256 << 10);
  private final Map<String, Set<String>> acceptedIds = new TreeMap<>();

  private Delivery delivery(int alerts, long seed) {
    return new Delivery(
        packing.pack(alerts(alerts), AT), false, packing, 1 << 20, new Random(seed));
  }

  private static List<Round.Folded> alerts(int count) {
    List<Round.Folded> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(new Round.Folded(Severity.LOW, "key " + i, "alert " + i, 1, AT, AT, AT));
    }
    return all;
  }

  /** Records the ids under which the bus may have accepted each alert. */
  private void mayHaveAccepted(List<Entry> call) {
    for (Entry entry : call) {
      try {
        RuntimeAlerts detail =
            RuntimeAlerts.read(JsonMapper.builder().build().readTree(entry.detail()));
        detail
            .alerts()
            .forEach(
                sensed ->
                    acceptedIds
                        .computeIfAbsent(sensed.event(), absent -> new TreeSet<>())
                        .add(detail.id()));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The bus accepts each call without a response, then it responds again. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anAlertThatMayHaveBeenAcceptedIsNeverSentUnderAnotherId(long seed) {
    Delivery delivery = delivery(12, seed);
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      List<Entry> call = delivery.next(Optional.empty());
      boolean accepts = i == 0 || random.nextInt(4) > 0;
      if (accepts) {
        mayHaveAccepted(call);
      }
      delivery.heard(Collections.nCopies(call.size(), accepts ? UNANSWERED : REFUSED));
      assertEquals(List.of(), delivery.rest(32), "given up, although it may have been accepted");
      Optional<?> unused = delivery.pause();
    }
    while (!delivery.isDone()) {
      List<Entry> call = delivery.next(Optional.empty());
      mayHaveAccepted(call);
      delivery.heard(Collections.nCopies(call.size(), TAKEN));
      Optional<?> unused = delivery.pause();
    }

    assertEquals(12, acceptedIds.size());
    acceptedIds.forEach((alert, ids) -> assertEquals(1, ids.size(), alert + " under " + ids));
    assertTrue(delivery.takeIsolated().isEmpty());
  }

  /** A sample may have been accepted too. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aSampleThatMayHaveBeenAcceptedKeepsItsId(long seed) {
    Delivery delivery = delivery(12, seed);
    for (int i = 0; i < 12; i++) {
      List<Entry> call = delivery.next(Optional.empty());
      boolean sample = call.getFirst().alerts().size() == 1;
      if (sample) {
        mayHaveAccepted(call);
      }
      delivery.heard(Collections.nCopies(call.size(), sample ? UNANSWERED : REFUSED));
      Optional<?> unused = delivery.pause();
    }
    assertTrue(!acceptedIds.isEmpty(), "no sample was sent");
    while (!delivery.isDone()) {
      List<Entry> call = delivery.next(Optional.empty());
      mayHaveAccepted(call);
      delivery.heard(Collections.nCopies(call.size(), TAKEN));
      Optional<?> unused = delivery.pause();
    }

    assertEquals(12, acceptedIds.size());
    acceptedIds.forEach((alert, ids) -> assertEquals(1, ids.size(), alert + " under " + ids));
  }

  /**
   * The sensor is killed again and again, while the bus is away or rejects some alerts for their
   * content. What the bus accepted is sent again only under the same id.
   */
  @Test
  void afterAKillAnAcceptedAlertIsSentAgainUnderTheSameIdOnly() {
    Random seeds = new Random(11);
    Entry other = packing.entry(alerts(20).subList(19, 20), AT);
    int divided = 0;
    for (int i = 0; i < 300; i++) {
      long seed = seeds.nextLong();
      Random random = new Random(seed);
      acceptedIds.clear();
      List<Round.Folded> round = alerts(12);
      String poison = "alert " + random.nextInt(14);
      List<Entry> entries = packing.pack(round, AT);
      for (int kills = 0; kills < 4; kills++) {
        Delivery delivery = new Delivery(entries, kills > 0, packing, 1 << 20, random);
        Optional<Entry> known = kills == 3 ? Optional.of(other) : Optional.empty();
        boolean away = random.nextBoolean();
        int calls = kills == 3 ? 200 : random.nextInt(30);
        while (calls > 0 && !delivery.isDone()) {
          calls--;
          List<Entry> call = delivery.next(known);
          Optional<List<List<Round.Folded>>> division = delivery.takeDivision();
          if (division.isPresent()) {
            divided++;
            entries = division.get().stream().map(alerts -> packing.entry(alerts, AT)).toList();
          }
          away = calls > 100 ? random.nextInt(10) == 0 : away && random.nextInt(5) > 0;
          List<Bus.Outcome> outcomes = new ArrayList<>();
          for (Entry entry : call) {
            boolean accepts = !away && !entry.detail().contains(poison + '"');
            if (accepts) {
              mayHaveAccepted(List.of(entry));
              known = Optional.of(entry);
            }
            outcomes.add(accepts ? TAKEN : REFUSED);
          }
          if (calls > 0 || kills == 3) {
            delivery.heard(outcomes);
            Optional<?> unused = delivery.pause();
          }
          for (Delivery.Rejected rejected : delivery.takeIsolated()) {
            if (!rejected.alert().text().equals(poison)) {
              mayHaveAccepted(List.of(packing.entry(List.of(rejected.alert()), AT)));
            }
          }
        }
      }
      assertTrue(acceptedIds.size() >= 11, acceptedIds.keySet() + " with seed " + seed);
      acceptedIds.forEach(
          (alert, ids) ->
              assertEquals(1, ids.size(), alert + " under " + ids + " with seed " + seed));
    }
    assertTrue(divided > 300, "divided only " + divided + " times");
  }

  /** By chance, the sample may be the rejected alert repeatedly for over a minute. */
  @Test
  void theGoodOneOfTwoIsSampledSoon() {
    Random seeds = new Random(7);
    for (int i = 0; i < 200; i++) {
      long seed = seeds.nextLong();
      Delivery delivery = delivery(2, seed);
      int calls = 0;
      List<Delivery.Rejected> isolated = delivery.takeIsolated();
      while (isolated.isEmpty()) {
        calls++;
        assertTrue(calls < 20, "not after 20 calls with seed " + seed);
        List<Entry> call = delivery.next(Optional.empty());
        delivery.heard(
            call.stream()
                .map(entry -> entry.detail().contains("alert 0") ? REFUSED : TAKEN)
                .toList());
        isolated = delivery.takeIsolated();
        Optional<?> unused = delivery.pause();
      }
      assertEquals("alert 0", isolated.getFirst().alert().text());
      assertTrue(calls <= 10, calls + " calls with seed " + seed);
    }
  }
}
