package io.cattleguard.route.muted;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.PolicyDirectory;
import io.cattleguard.route.Router;
import io.cattleguard.route.digest.MapTable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** People are notified of a muted alert when its inhibition ends, even if it came only once. */
final class MutedAlertsTest {
  private static final Instant END = T0.plus(Duration.ofHours(1));

  private final MapTable table = new MapTable();
  private final MutedAlerts muted = new MutedAlerts(new Router(PolicyDirectory.shipped()), table);

  private static Notices symptom() {
    return Notices.alert().score(70).mutedUntil(END);
  }

  private List<String> due(Instant now) {
    return muted.due(now).stream()
        .map(due -> due.scored().alert().id() + " to " + destinations(due.deliveries()))
        .sorted()
        .toList();
  }

  private static String destinations(List<Delivery> deliveries) {
    return String.join(" ", deliveries.stream().map(Delivery::destination).sorted().toList());
  }

  @Test
  void aSymptomIsToldToPeopleAtTheEndAndNotBefore() {
    assertEquals(List.of(), muted.add(symptom().scored(), T0));

    assertEquals(List.of(), due(END.minusMillis(1)));
    assertEquals(List.of("a1 to security-channel"), due(END));
  }

  @Test
  void itIsToldAsAnAlertThatNothingHidesWithANoteOfWhatDid() {
    muted.add(symptom().scored(), T0);
    Delivery delivery = muted.due(END).getFirst().deliveries().getFirst();

    ScoredAlert told = ((Notice.Scored) delivery.notice()).scored();
    assertNull(told.accepted().silenced());
    assertEquals(List.of("inhibition node-incident hid it until " + END), told.alert().notes());
    // A copy of the timer's message repeats no delivery.
    assertEquals(symptom().scored().id() + "@security-channel", delivery.id());
  }

  @Test
  void whatIsRemovedIsToldOnce() {
    muted.add(symptom().scored(), T0);
    muted.due(END).forEach(due -> muted.remove(due, END));

    assertEquals(List.of(), due(END.plusSeconds(900)));
  }

  @Test
  void aNewerAlertOfTheProblemTakesThePlaceAndOutlivesTheOlderOnesRemoval() {
    muted.add(symptom().scored(), T0);
    List<MutedAlerts.Due> before = muted.due(END);
    muted.add(symptom().id("a2").acceptance(Acceptance.SPREAD).scored(), T0);
    before.forEach(due -> muted.remove(due, END));

    assertEquals(List.of("a2 to security-channel"), due(END));
  }

  @Test
  void onlyWhatPeopleWouldHaveBeenToldIsKept() {
    List<ScoredAlert> others =
        List.of(
            Notices.alert().score(70).scored(),
            Notices.alert().score(70).silenced().scored(),
            symptom().score(59).scored(),
            symptom().score(80).scored(),
            symptom().acceptance(Acceptance.CONTINUING).scored(),
            symptom().traits(Trait.SAMPLE.id()).scored());
    for (ScoredAlert other : others) {
      assertEquals(List.of(), muted.add(other, T0));
    }

    assertEquals(List.of(), due(END));
    muted.add(symptom().of(AlertClass.AUDIT).scored(), T0);
    assertEquals(1, due(END).size());
  }

  @Test
  void whatCannotBeKeptIsToldAtOnce() {
    assertEquals(
        "security-channel",
        destinations(muted.add(symptom().commandLine("x".repeat(40_000)).scored(), T0)));
    int atOnce = 0;
    for (int i = 0; i < 500; i++) {
      atOnce += muted.add(symptom().id("a" + i).fingerprint("f" + i).scored(), T0).size();
    }
    assertEquals(500, atOnce + due(END).size());
    assertTrue(atOnce > 0 && due(END).size() > 64, atOnce + " at once");
  }

  /** A DynamoDB item has at most 400 KB, and a failing write would delay the alert. */
  @Test
  void eightAlertsOfLongCharactersFitIntoAnItem() {
    int atOnce = 0;
    for (int i = 0; i < 200; i++) {
      atOnce +=
          muted
              .add(
                  symptom()
                      .id("a" + i)
                      .fingerprint("f" + i)
                      .commandLine("\u754c".repeat(30_000))
                      .scored(),
                  T0)
              .size();
    }
    assertEquals(200, atOnce + due(END).size());
    for (VersionedTable.State state : table.scan("muted/")) {
      int bytes = state.text().getBytes(StandardCharsets.UTF_8).length;
      assertTrue(bytes < 400_000, state.key() + " has " + bytes + " bytes");
    }
  }

  @Test
  void anAlertThatIsUnreadableHoldsUpNoOther() {
    muted.add(symptom().scored(), T0);
    for (int i = 0; i < 16; i++) {
      String key = "muted/" + i;
      VersionedTable.State state = table.read(key).orElse(new VersionedTable.State(key, 0, "[]"));
      String more = state.text().equals("[]") ? "" : ",";
      table.store(
          new VersionedTable.State(
              key, state.version() + 1, "[{\"schema\":\"99\"}" + more + state.text().substring(1)),
          state.version(),
          END);
    }

    assertEquals(List.of("a1 to security-channel"), due(END));
  }

  @Test
  void anItemThatIsUnreadableHoldsUpNoOther() {
    muted.add(symptom().scored(), T0);
    for (int i = 0; i < 16; i++) {
      table.store(new VersionedTable.State("muted/" + i, 1, "[{"), 0, END);
    }

    assertEquals(List.of("a1 to security-channel"), due(END));
    List<String> atOnce =
        IntStream.range(0, 40)
            .mapToObj(i -> muted.add(symptom().id("b" + i).fingerprint("f" + i).scored(), T0))
            .map(MutedAlertsTest::destinations)
            .distinct()
            .sorted()
            .toList();
    assertEquals(List.of("", "security-channel"), atOnce, "what cannot be kept is told at once");
  }

  @Test
  void theRawEventIsNotKept() {
    muted.add(symptom().raw("{\"x\":\"" + "y".repeat(60_000) + "\"}").scored(), T0);
    assertEquals(1, due(END).size());
  }

  @Test
  void aTableThatDoesNotAnswerLetsTheEventBeDeliveredAgain() {
    table.goAway();
    assertThrows(Unavailable.class, () -> muted.add(symptom().scored(), T0));
  }

  @Test
  void whatNoDestinationTakesIsGivenUpAfterAWeek() {
    muted.add(symptom().scored(), T0);
    MutedAlerts.Due due = muted.due(END).getFirst();

    assertFalse(due.isGivenUp(END.plus(Duration.ofDays(7))));
    assertTrue(due.isGivenUp(END.plus(Duration.ofDays(7)).plusSeconds(1)));
  }
}
