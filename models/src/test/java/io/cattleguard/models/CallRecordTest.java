package io.cattleguard.models;

import static io.cattleguard.models.Seen.START;
import static io.cattleguard.models.Seen.WEB;
import static io.cattleguard.models.Seen.learned;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.SystemCall;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When a model has all system calls of its workload, and what is a deviation then. */
final class CallRecordTest {
  private static final Entry NGINX = new Executable("/usr/sbin/nginx", "/bin/sh");
  private static final Entry READ = new SystemCall("read", "x64");
  private static final Duration DAY = Duration.ofDays(1);

  private static Observation seen(Entry entry, String start, int day) {
    return Seen.of(WEB, entry, start, Phase.UNKNOWN, START.plus(DAY.multipliedBy(day)));
  }

  /** Three starts, a day between each, of which all calls were recorded. */
  private static List<Observation> recorded() {
    List<Observation> all = new ArrayList<>();
    for (int day = 0; day < 3; day++) {
      String start = "s" + day;
      all.add(seen(NGINX, start, day));
      all.add(seen(SystemCall.RECORDED, start, day));
      all.add(seen(READ, start, day));
      all.add(seen(new SystemCall("setuid", "x64"), start, day));
    }
    return all;
  }

  private static Model with(Observation... more) {
    List<Observation> all = recorded();
    all.addAll(Arrays.asList(more));
    return learned(all.toArray(Observation[]::new)).withMode(Mode.OBSERVING);
  }

  private static String objections(Model model) {
    return String.join("; ", new CallRecord(model).objections(3, DAY));
  }

  @Test
  void threeRecordedStartsAndADayWithoutNewsAreComplete() {
    Model model = with();
    assertEquals("", objections(model));
    assertEquals(List.of("s0", "s1", "s2"), model.traced());
    assertTrue(model.entries().keySet().stream().noneMatch(SystemCall.RECORDED::equals), "no call");
    assertEquals(
        "all system calls were recorded in 3 starts of the container, needs 4",
        String.join("; ", new CallRecord(model).objections(4, DAY)));
  }

  @Test
  void aModelWithoutARecordOfAllCallsIsNotComplete() {
    assertEquals("the model has no system calls", objections(learned(seen(NGINX, "a", 0))));
    assertEquals(
        "its system calls are only a part: no start of the container was recorded with all calls",
        objections(learned(seen(NGINX, "a", 0), seen(READ, "a", 0), seen(READ, "b", 2))));
  }

  @Test
  void aStartWithoutTheTracerIsAGapOnceTheRecordBegan() {
    assertEquals(
        "the tracer was off, or did not select the pod, in 1 start since its first record",
        objections(with(seen(NGINX, "s9", 2))));
    List<Observation> later = new ArrayList<>(List.of(seen(NGINX, "s-1", -1)));
    later.addAll(recorded());
    assertEquals("", objections(learned(later.toArray(Observation[]::new))));
  }

  @Test
  void behaviourOutsideTheRecordMayNeedOtherCalls() {
    Observation before = seen(new Executable("/bin/migrate", ""), "s-1", -1);
    List<Observation> all = new ArrayList<>(List.of(before));
    all.addAll(recorded());
    assertEquals(
        "not seen while calls were recorded, from 2026-03-02 to 2026-03-04: runs /bin/migrate",
        objections(learned(all.toArray(Observation[]::new))));
    Observation[] after =
        IntStream.range(0, 5)
            .mapToObj(i -> seen(new Executable("/bin/job" + i, ""), "s2", 4))
            .toArray(Observation[]::new);
    assertEquals(
        "not seen while calls were recorded, from 2026-03-02 to 2026-03-04: runs /bin/job0, runs"
            + " /bin/job1, runs /bin/job2 and 2 more; calls were recorded for 0 min since the last"
            + " new entry, needs 24 h",
        objections(with(after)));
  }

  @Test
  void aCallThatIsNewOnTheLastDayNeedsAnotherDay() {
    assertEquals(
        "calls were recorded for 0 min since the last new entry, needs 24 h",
        objections(with(seen(new SystemCall("statx", "x64"), "s2", 2))));
  }

  @Test
  void aCallThatNobodyKnowsIsNotComplete() {
    assertEquals(
        "it has a call whose number is not known",
        objections(with(seen(new SystemCall(SystemCall.UNKNOWN, "x64"), "s0", 0))));
  }

  @Test
  void moreCallsThanAModelHoldsAreNotComplete() {
    Learner learner = new Learner(new Limits(9, 9, 9, 9, 9, 2, 9, 999));
    recorded().forEach(learner::observe);
    assertTrue(
        objections(learner.model(WEB).orElseThrow())
            .contains("more calls were recorded than a model holds"));
  }

  @Test
  void callsOfAllWorkloadsHaveALimitOfTheirOwn() {
    Learner learner = new Learner(new Limits(9, 9, 9, 9, 9, 9, 1, 999));
    learner.observe(seen(READ, "a", 0));
    assertEquals(Learner.Outcome.KNOWN, learner.observe(seen(READ, "a", 0)));
    assertEquals(
        Learner.Outcome.REFUSED, learner.observe(seen(new SystemCall("write", "x64"), "a", 0)));
    assertEquals(Learner.Outcome.NEW, learner.observe(seen(NGINX, "a", 0)));
    learner.forget(Instant.MAX);
    assertEquals(
        Learner.Outcome.NEW, learner.observe(seen(new SystemCall("write", "x64"), "a", 0)));
  }

  @Test
  void aNewCallIsADeviationOfACompleteRecordOnly() {
    Observation ptrace = seen(new SystemCall("ptrace", "x64"), "s3", 3);
    assertEquals(
        Optional.of("Privileged system call not in model"),
        Deviations.of(with(), ptrace).map(Deviation::rule));
    assertEquals(List.of("T1055.008"), Deviations.of(with(), ptrace).orElseThrow().techniques());
    assertEquals(
        "calls statx (x64): the model has all calls of 3 starts, and not this one",
        Deviations.of(with(), seen(new SystemCall("statx", "x64"), "s3", 3)).orElseThrow().why());
    assertEquals(Optional.empty(), Deviations.of(with(), seen(READ, "s3", 3)));
    assertEquals(
        Optional.empty(), Deviations.of(with(), seen(new SystemCall("read", ""), "s3", 3)));
    assertEquals(
        Optional.of("System call not in model"),
        Deviations.of(with(), seen(new SystemCall("read", "i386"), "s3", 3)).map(Deviation::rule));
    assertEquals(Optional.empty(), Deviations.of(with().withMode(Mode.LEARNING), ptrace));
    assertEquals(Optional.empty(), Deviations.of(with(seen(NGINX, "s9", 2)), ptrace), "a gap");
    assertEquals(
        Optional.empty(), Deviations.of(with(), seen(SystemCall.RECORDED, "s3", 3)), "no call");
  }

  @Test
  void aPrivilegedCallOfOneStartIsUnconfirmed() {
    Observation unshare = seen(new SystemCall("unshare", "x64"), "s0", 0);
    assertEquals(
        "calls unshare (x64): only one start of the container did this while the model was learned",
        Deviations.of(with(unshare), unshare).orElseThrow().why());
  }

  @Test
  void aRecordDoesNotAgeWhileTheTracerIsOff() {
    Model later = learned(seen(NGINX, "s9", 60));
    Model merged = Merge.of(with(), later, Duration.ofDays(30));
    assertTrue(merged.entries().containsKey(READ));
    assertEquals(List.of("s0", "s1", "s2"), merged.traced());
    Model renewed =
        Merge.of(
            with(),
            learned(
                seen(new SystemCall("write", "x64"), "s9", 60),
                seen(SystemCall.RECORDED, "s9", 60)),
            Duration.ofDays(30));
    assertEquals(
        List.of("call:x64/write"),
        renewed.entries().keySet().stream()
            .filter(SystemCall.class::isInstance)
            .map(EntryText::of)
            .toList());
    assertEquals(List.of("s0", "s1", "s2", "s9"), renewed.traced());
  }

  @Test
  void aCallIsNoKindThatASourceCovers() {
    assertEquals(Set.of(Entry.Kind.EXECUTABLE), with().covers());
  }
}
