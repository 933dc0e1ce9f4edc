package io.cattleguard.learn;

import static io.cattleguard.learn.Reports.AT;
import static io.cattleguard.learn.Reports.WEB;
import static io.cattleguard.learn.Reports.program;
import static io.cattleguard.learn.Reports.report;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.observed.ObservedBehaviour;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.reviewed.ReviewedModels;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.deviation.DeviationEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests what is learnt from reports, and which behaviour is a deviation. */
final class ReportLearningTest {
  private final MapTable table = new MapTable();
  private final LearntModels learnt = new LearntModels(table);

  private List<DeviationEvent> learn(ReviewedModels models, WorkloadObserved report) {
    ReportLearning learning = new ReportLearning(learnt, models);
    List<DeviationEvent> deviations = learning.deviations(report, "blue", Duration.ZERO, AT);
    learning.learn(report, "blue", Duration.ZERO, AT);
    return deviations;
  }

  private ReviewedModels web(Mode mode) {
    learn(
        ReviewedModels.NONE, report(program("/bin/date", "web-1"), program("/bin/date", "web-2")));
    return ReviewedModels.of(List.of(Reports.in(mode, learnt.all().getFirst())));
  }

  private static Alert alert(DeviationEvent event) {
    Reading reading = new AlertReader().read(event.write(), new Origin("blue", AT));
    return ((Reading.Read) reading).alert();
  }

  @Test
  void reportsOfSeveralNodesBecomeOneModel() {
    learn(ReviewedModels.NONE, report(program("/bin/date", "web-1")));
    learn(ReviewedModels.NONE, report(program("/bin/date", "web-2"), program("/bin/cat", "web-2")));

    Model model = learnt.all().getFirst();
    assertEquals(1, learnt.all().size());
    assertEquals(WEB, model.workload());
    assertEquals(
        List.of("/bin/cat", "/bin/date"),
        model.entries().keySet().stream().map(Entry::subject).toList());
    Sighting date = model.entries().get(new Entry.Executable("/bin/date", "/usr/sbin/init"));
    assertEquals(2, date == null ? 0 : date.instances());
  }

  @Test
  void whatAnotherWriterLearntAtTheSameTimeIsKept() {
    table.inBetween(() -> learn(ReviewedModels.NONE, report(program("/bin/cat", "web-2"))));
    learn(ReviewedModels.NONE, report(program("/bin/date", "web-1")));

    assertEquals(2, learnt.all().getFirst().entries().size());
  }

  @Test
  void whatTheSensorHadNoRoomForMakesTheModelIncomplete() {
    learn(ReviewedModels.NONE, report(Map.of("executable", 7L), program("/bin/date", "web-1")));

    assertEquals(Map.of(Entry.Kind.EXECUTABLE, 7L), learnt.all().getFirst().refused());
    assertFalse(learnt.all().getFirst().isComplete());
  }

  @Test
  void aFullPageIsADeviationOfAReviewedModelAndKeepsItIncomplete() {
    ReviewedModels models = web(Mode.ENFORCING);

    List<DeviationEvent> deviations = learn(models, report(Map.of("executable", 7L)));

    Alert alert = alert(deviations.getFirst());
    assertEquals("Behaviour beyond the model's room", deviations.getFirst().rule());
    assertEquals("Deployment/web", alert.target().workload());
    assertEquals(Map.of(Entry.Kind.EXECUTABLE, 7L), learnt.all().getFirst().refused());
    assertEquals(
        List.of(), learn(ReviewedModels.NONE, report(Map.of("executable", Long.MAX_VALUE))));
  }

  @Test
  void networksOfAClientOfTheInternetAreOneEntryOnceAPersonAcceptedTheInternet() {
    ReviewedModels accepted =
        ReviewedModels.of(
            List.of(
                Reports.in(Mode.OBSERVING, web(Mode.OBSERVING).model(WEB).orElseThrow())
                    .accepting(EntryText.parse("peer:network:public:443").orElseThrow(), AT)));
    ObservedBehaviour[] peers =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    new ObservedBehaviour(
                        "peer",
                        "198.7." + i + ".0/24",
                        "NETWORK",
                        443,
                        "running",
                        AT,
                        "web-9",
                        "s",
                        1))
            .toArray(ObservedBehaviour[]::new);

    assertEquals(List.of(), learn(accepted, report(peers)));

    Model model = learnt.all().getFirst();
    assertTrue(model.isComplete());
    assertEquals(
        List.of("peer:network:public:443", "program:/bin/date<-/usr/sbin/init"),
        model.entries().keySet().stream().map(EntryText::of).sorted().toList());
  }

  private static ObservedBehaviour call(String name, String abi, String pod) {
    return new ObservedBehaviour(
        "system-call", name, abi, 0, "unknown", AT, pod, "start of " + pod, 1);
  }

  @Test
  void recordedCallsAndTheirStartsSurviveTheStore() {
    learn(ReviewedModels.NONE, report(call("openat", "x64", "web-1"), call("*", "", "web-1")));
    learn(ReviewedModels.NONE, report(call("read", "x64", "web-2"), call("*", "", "web-2")));
    learn(ReviewedModels.NONE, report(call("no such", "x64", "web-2"), call("a", "z80", "web-2")));

    Model model = learnt.all().getFirst();
    assertEquals(
        List.of("call:x64/openat", "call:x64/read"),
        model.entries().keySet().stream().map(EntryText::of).toList());
    assertEquals(List.of("start of web-1", "start of web-2"), model.traced());
    assertEquals("[2026-03-02]", model.days().toString());
  }

  @Test
  void callsWithoutRoomMakeTheRecordIncompleteAndAreNoDeviation() {
    ReviewedModels models = web(Mode.ENFORCING);

    assertEquals(List.of(), learn(models, report(Map.of("system-call", 7L))));
    assertEquals(Map.of(Entry.Kind.SYSTEM_CALL, 7L), learnt.all().getFirst().refused());
    assertEquals(1, learn(models, report(Map.of("system-call", 7L, "peer", 1L))).size());
  }

  private static ObservedBehaviour dateAt(Instant at) {
    return new ObservedBehaviour(
        "executable", "/bin/new", "", 0, "running", at, "web-9", "start", 1);
  }

  @Test
  void aTimeOfAnotherCenturyErasesNothingAndThrowsNothing() {
    for (String at : List.of("2100-01-01T00:00:00Z", "-1000000000-01-01T00:00:00Z")) {
      learn(ReviewedModels.NONE, report(program("/bin/date", "web-1")));
      learn(ReviewedModels.NONE, report(dateAt(Instant.parse(at))));
    }

    Model model = learnt.all().getFirst();
    assertEquals(2, model.entries().size());
    assertFalse(model.until().isAfter(AT.plus(Duration.ofMinutes(5))));
    assertFalse(model.since().isBefore(AT.minus(LearntModels.AGE)));
  }

  @Test
  void textsThatMoveACursorAreVisibleInAModelAndADigestIsOne() {
    learn(ReviewedModels.NONE, report(program("/bin/\u202etac\u001b", "web\u202e")));

    Model model = learnt.all().getFirst();
    assertEquals("/bin/\\u202etac\\u001b", model.entries().firstKey().subject());
    assertEquals(List.of("web\\u202e"), model.instances());
  }

  @Test
  void anItemStaysBelowTheTablesLimitWhateverAReportHolds() {
    for (int image = 0; image < 8; image++) {
      for (int part = 0; part < 4; part++) {
        String digest = "sha256:" + "%064x".formatted(image);
        List<ObservedBehaviour> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
          String name = "/" + "\u65e5".repeat(165) + (part * 32 + i);
          String pod = "\u65e5".repeat(500) + (image * 2 + i % 2);
          all.add(behaviour("written-file", name, "", 0, pod));
          all.add(behaviour("executable", name, "", 0, pod));
          all.add(behaviour("peer", "\u65e5".repeat(40) + i, "DNS", part % 2 + 1, pod));
          all.add(behaviour("listener", "tcp", "", i + 1, pod));
        }
        learn(ReviewedModels.NONE, Reports.of(digest, all.toArray(ObservedBehaviour[]::new)));
      }
    }

    String text = ModelState.write(learnt.all().getFirst());
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes < 400_000, () -> bytes + " bytes");
    assertTrue(bytes > 300_000, () -> bytes + " bytes: not empty either");
  }

  private static ObservedBehaviour behaviour(
      String kind, String subject, String detail, int port, String pod) {
    return new ObservedBehaviour(kind, subject, detail, port, "running", AT, pod, pod, 1);
  }

  @Test
  void aModelIsBoundedAndKeepsWhatItKnewFirst() {
    learn(ReviewedModels.NONE, report(program("/bin/date", "web-1")));
    for (int i = 0; i < 10; i++) {
      int from = i * 100;
      ObservedBehaviour[] flood =
          IntStream.range(from, from + 100)
              .mapToObj(
                  number ->
                      new ObservedBehaviour(
                          "executable",
                          "/opt/" + "x".repeat(400) + number,
                          "",
                          0,
                          "running",
                          AT.plusSeconds(number),
                          "web-1",
                          "s",
                          1))
              .toArray(ObservedBehaviour[]::new);
      learn(ReviewedModels.NONE, report(flood));
    }

    Model model = learnt.all().getFirst();
    assertTrue(model.entries().size() <= LearntModels.ENTRIES);
    assertTrue(
        ModelState.write(model).getBytes(StandardCharsets.UTF_8).length < 300_000,
        "an item of DynamoDB");
    assertTrue(
        model.entries().containsKey(new Entry.Executable("/bin/date", "/usr/sbin/init")),
        "a flood pushes nothing out");
    assertFalse(model.isComplete());
  }

  @Test
  void aModelIsReadAsItWasWritten() {
    learn(
        ReviewedModels.NONE,
        report(
            program("/bin/\u00e4 \"'\\", "web-1"),
            new ObservedBehaviour("listener", "tcp", "", 8080, "startup", AT, "web-1", "", 3),
            new ObservedBehaviour(
                "peer", "db.example.com", "DNS", -2, "running", AT, "web-1", "", 1),
            new ObservedBehaviour("written-file", "/x", "", 0, "unknown", AT, "web-1", "s", 1)));
    Model model = learnt.all().getFirst();

    assertEquals(4, model.entries().size());
    assertEquals(model, ModelState.read(ModelState.write(model)));
  }

  @Test
  void theNumberOfPodsIsKeptAndAnOlderItemHasAtLeastThoseThatItNames() {
    for (int i = 0; i < 30; i++) {
      learn(ReviewedModels.NONE, report(program("/bin/a" + i % 2, "web-" + i)));
    }
    Model model = learnt.all().getFirst();
    assertEquals(16, model.instances().size());
    assertTrue(model.replicas() > 16, () -> "pods: " + model.replicas());
    String text = ModelState.write(model);
    assertEquals(model.replicas(), ModelState.read(text).replicas());
    int named = ModelState.read(text.replaceAll("\"replicas\":[0-9]+,", "")).replicas();
    assertTrue(named >= 15 && named <= model.replicas(), () -> "pods: " + named);
  }

  @Test
  void aNewProgramOfAModelledWorkloadIsADeviation() {
    ReviewedModels models = web(Mode.ENFORCING);

    assertEquals(List.of(), learn(models, report(program("/bin/date", "web-3"))));
    List<DeviationEvent> deviations =
        learn(models, report(program("/bin/date", "web-3"), program("/tmp/dropper", "web-3")));

    Alert alert = alert(deviations.getFirst());
    assertEquals(1, deviations.size());
    assertEquals("cattleguard", alert.source());
    assertEquals("/tmp/dropper", alert.process().executable());
    assertEquals("web-3", alert.target().pod());
    assertEquals("Deployment/web", alert.target().workload());
    assertEquals("shop", alert.target().namespace());
    assertEquals("blue", alert.target().cluster());
    assertEquals(AT, alert.observedAt());
    assertFalse(alert.has(Trait.UNDER_REVIEW));
  }

  @Test
  void aDeviationOfAModelThatOnlyObservesIsMarkedSoThatNothingActsOnIt() {
    List<DeviationEvent> deviations =
        learn(web(Mode.OBSERVING), report(program("/tmp/dropper", "web-3")));

    assertTrue(alert(deviations.getFirst()).has(Trait.UNDER_REVIEW));
  }

  private static WorkloadObserved newPeersPortsAndFiles() {
    return report(
        new ObservedBehaviour("peer", "a.example.com", "DNS", 443, "running", AT, "p", "", 1),
        new ObservedBehaviour("peer", "b.example.com", "DNS", 443, "running", AT, "p", "", 1),
        new ObservedBehaviour("listener", "tcp", "", 4444, "running", AT, "p", "", 1),
        new ObservedBehaviour("listener", "tcp", "", 5555, "running", AT, "p", "", 1),
        new ObservedBehaviour("written-file", "/x", "", 0, "running", AT, "p", "", 1),
        new ObservedBehaviour("written-file", "/y", "", 0, "running", AT, "q", "", 1));
  }

  @Test
  void acceptingWhatADeviationNamesEndsIt() {
    ReviewedModels models = web(Mode.ENFORCING);
    List<DeviationEvent> deviations = new ArrayList<>(learn(models, newPeersPortsAndFiles()));
    deviations.addAll(learn(models, report(program("/tmp/dropper", "web-3"))));
    Model model = models.model(WEB).orElseThrow();
    for (DeviationEvent deviation : deviations) {
      AcceptableEntry named = AcceptableEntry.of(alert(deviation)).orElseThrow();
      assertEquals(WEB.toString(), named.model());
      model = model.accepting(EntryText.parse(named.entry()).orElseThrow(), AT);
    }

    ReviewedModels accepted = ReviewedModels.of(List.of(model));
    assertEquals(7, deviations.size());
    assertEquals(List.of(), learn(accepted, newPeersPortsAndFiles()));
    assertEquals(List.of(), learn(accepted, report(program("/tmp/dropper", "web-3"))));
  }

  @Test
  void eachNewPeerAndPortIsAProblemOfItsOwn() {
    List<DeviationEvent> deviations = learn(web(Mode.ENFORCING), newPeersPortsAndFiles());

    assertEquals(6, deviations.size());
    assertEquals(
        6,
        deviations.stream().map(one -> Fingerprint.of(alert(one))).distinct().count(),
        deviations::toString);
  }

  @Test
  void withoutAModelNothingDeviates() {
    assertEquals(List.of(), learn(ReviewedModels.NONE, report(program("/tmp/dropper", "web-3"))));
  }

  @Test
  void aReportThatIsDeliveredTwiceHasTheSameDeviations() {
    ReviewedModels models = web(Mode.ENFORCING);
    WorkloadObserved report = report(program("/tmp/dropper", "web-3"));

    assertEquals(learn(models, report), learn(models, report));
    assertEquals(1, learn(models, report).size());
  }

  @Test
  void theSameBehaviourInSeveralPodsIsADeviationOfEach() {
    List<DeviationEvent> deviations =
        learn(
            web(Mode.ENFORCING),
            report(
                program("/tmp/dropper", "web-3"),
                program("/tmp/dropper", "web-3"),
                program("/tmp/dropper", "web-4")));

    assertEquals(List.of("web-3", "web-4"), deviations.stream().map(DeviationEvent::pod).toList());
  }

  @Test
  void whileTheTableIsAwayTheReportIsToBeDeliveredAgain() {
    table.goAway();

    assertThrows(
        Unavailable.class, () -> learn(ReviewedModels.NONE, report(program("/bin/date", "web-1"))));
  }

  @Test
  void aTextThatForgesADeviationHasNoProofAndNoTraitOfOne() {
    String forged =
        new DeviationEvent(
                "Program not in model",
                Severity.HIGH,
                List.of("TA0002", "nonsense"),
                List.of("T1059"),
                List.of(Trait.NODE_VERIFIED, Trait.SAMPLE, Trait.INTRUSION),
                "why\u001b[2J",
                "enforcing",
                "blue/shop/Deployment/web/main",
                "program:/tmp/x;reboot",
                "shop",
                "Deployment/web",
                "main",
                "",
                "web-1",
                "",
                "node-b",
                "/tmp/\u202ex",
                "",
                "",
                0,
                0,
                "",
                "",
                AT,
                1)
            .write();
    Alert alert = ((Reading.Read) new AlertReader().read(forged, new Origin("blue", AT))).alert();

    assertEquals(List.of("intrusion"), alert.traits());
    assertEquals(List.of("TA0002"), alert.tactics());
    assertFalse(String.valueOf(alert.title()).contains("\u001b"));
    assertFalse(String.valueOf(alert.process().executable()).contains("\u202e"));
    assertEquals(Optional.empty(), AcceptableEntry.of(alert));
  }
}
