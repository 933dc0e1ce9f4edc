package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Corpora;
import io.cattleguard.models.export.Effect;
import io.cattleguard.models.export.Engine;
import io.cattleguard.models.export.ExportRequest;
import io.cattleguard.models.export.ExportedPolicy;
import io.cattleguard.models.export.Exports;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.sources.parsing.Origin;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a real Tetragon wrote while attacks and ordinary work were done: models learn the ordinary
 * work of one run and of the start of another, and the attacks of the other deviate.
 */
final class LiveRecordingTest {
  private static final Pattern STEP = Pattern.compile("STEP (\\S+) (\\S+)");

  private static final Pattern START =
      Pattern.compile(".*?\"start_time\":\"[0-9-]+T([0-9:]{8}\\.[0-9]{3}).*", Pattern.DOTALL);

  /** A file that a process maps as code, of which Tetragon knows that it is of the host. */
  private static final Pattern LOADED =
      Pattern.compile(
          "\\{\"process_loader\":\\{\"process\":\\{\"exec_id\":(?!.*\"docker\":).*\"path\":\"(/[^\"]*)\",\"buildid\".*",
          Pattern.DOTALL);

  private static final Pattern LIBRARY = Pattern.compile("\\.so(?:\\.|$)");

  private static final Pattern TIME =
      Pattern.compile(".*\"time\":\"[0-9-]+T([0-9:]{8}\\.[0-9]{3}).*", Pattern.DOTALL);

  /**
   * Steps whose process Tetragon lost to its own rate limit, and two whose connection is to
   * loopback, by programs that the ordinary work has too.
   */
  private static final Set<String> UNSEEN =
      new TreeSet<>(
          Set.of(
              "host-setuid",
              "host-unshare",
              "host-userns-killed",
              "host-mount",
              "host-module",
              "host-enforcer",
              "host-deleted",
              "host-killed-connect",
              "host-monitor-connect",
              "pod-runner-privileged"));

  /** Steps that run a program which ordinary work does not; the others use what the host has. */
  private static final Set<String> STOPPED_BY_PROGRAMS =
      Set.of(
          "host-enforcer",
          "host-hostile",
          "host-lsm-block",
          "host-memfd",
          "host-module",
          "host-mount",
          "host-ptrace",
          "host-setuid",
          "host-shadow",
          "host-su",
          "host-tmp-exec",
          "host-unshare",
          "host-userns-killed",
          "pod-runner-privileged",
          "pod-web-exec");

  /** Steps that write a job or a profile. */
  private static final Set<String> STOPPED_BY_FILES = Set.of("host-cron", "host-history");

  /** The step that connects to an address beyond loopback. */
  private static final Set<String> STOPPED_BY_PEERS = Set.of("host-connect");

  private static final Set<String> ORDINARY = Set.of("boot", "host-benign", "burst", "end");

  /** The lines of a recording, by the step in which they were written. */
  private static Map<String, List<String>> steps(String name) {
    Path folder = Corpora.folder().resolve("tetragon-live");
    Map<String, String> starts = new LinkedHashMap<>();
    Matcher step = STEP.matcher(Corpora.read(folder.resolve("steps-" + name + ".txt")));
    while (step.find()) {
      starts.put(step.group(1), step.group(2));
    }
    Map<String, List<String>> steps = new LinkedHashMap<>();
    String time = "";
    for (String line : Corpora.read(folder.resolve(name + ".jsonl")).lines().toList()) {
      Matcher written = TIME.matcher(line);
      time = written.matches() ? written.group(1) : time;
      // Most events about loaded files have no time; a program is loaded when it starts.
      Matcher started = START.matcher(line);
      String at = !written.matches() && started.matches() ? started.group(1) : time;
      String current = "boot";
      for (Map.Entry<String, String> start : starts.entrySet()) {
        current = at.compareTo(start.getKey()) >= 0 ? start.getValue() : current;
      }
      steps.computeIfAbsent(current, key -> new ArrayList<>()).add(line);
    }
    return steps;
  }

  private static List<String> step(Map<String, List<String>> steps, String name) {
    return steps.getOrDefault(name, List.of());
  }

  private static List<Observation> observations(List<String> lines) {
    Observations reader = new Observations();
    return lines.stream()
        .flatMap(line -> reader.of(line, new Origin("lab", Instant.EPOCH)).stream())
        .toList();
  }

  /** The host's model, whose unconfirmed entries a person has reviewed. */
  private static Model host(boolean reviewed) {
    Map<String, List<String>> plain = steps("plain");
    Map<String, List<String>> rich = steps("rich");
    Learner learner = new Learner(Limits.DEFAULT);
    for (List<String> lines :
        List.of(
            step(rich, "boot"),
            step(rich, "host-benign"),
            step(plain, "boot"),
            step(plain, "host-benign"))) {
      observations(lines).forEach(learner::observe);
    }
    Model model = learner.model(Workload.ofNodes("lab")).orElseThrow();
    if (reviewed) {
      for (Entry entry : List.copyOf(model.entries().keySet())) {
        model = Risk.of(entry).rule().isRisky() ? model.accepting(entry, Instant.EPOCH) : model;
      }
    }
    return model.withMode(Mode.OBSERVING);
  }

  private static Set<String> deviations(Model model, List<String> lines) {
    Set<String> found = new TreeSet<>();
    for (Observation seen : observations(lines)) {
      if (seen.workload().equals(model.workload())) {
        Deviations.of(model, seen)
            .ifPresent(deviation -> found.add(deviation.rule() + " " + EntryText.of(seen.entry())));
      }
    }
    return found;
  }

  @Test
  void everyAttackWhoseProcessTetragonSawDeviates() {
    Model host = host(true);
    Map<String, Set<String>> found = new LinkedHashMap<>();
    steps("plain")
        .forEach(
            (step, lines) -> {
              if (!ORDINARY.contains(step) && !step.equals("pod-web-intrusion")) {
                found.put(step, deviations(host, lines));
              }
            });
    Set<String> silent = new TreeSet<>();
    found.forEach((step, rules) -> silent.addAll(rules.isEmpty() ? Set.of(step) : Set.of()));
    assertEquals(UNSEEN, silent);
    assertTrue(found.size() - silent.size() >= 10, found.toString());
  }

  /**
   * The host's model, as that of a container. Policies for connections and files were loaded while
   * it was learned, and the host made no connection, so the model covers them.
   */
  private static Model asContainer(Model host) {
    return new Model(
        new Workload("lab", "lab", "DaemonSet", "host", "host"),
        Mode.ENFORCING,
        host.image(),
        host.since(),
        host.until(),
        host.changed(),
        host.instances(),
        host.starts(),
        host.entries(),
        EnumSet.of(Entry.Kind.EXECUTABLE, Entry.Kind.PEER, Entry.Kind.WRITTEN_FILE),
        host.refused());
  }

  /**
   * What policies stop of the host's behaviour. An engine compares in the kernel, so it also stops
   * the programs of processes that Tetragon lost: other hooks of the recording have their paths,
   * those of programs that start and those of files that are loaded as programs.
   */
  private static Set<Entry> blocked(List<ExportedPolicy> policies, List<String> lines) {
    List<Entry> done = new ArrayList<>();
    for (Observation seen : observations(lines)) {
      if (seen.workload().equals(Workload.ofNodes("lab"))) {
        done.add(seen.entry());
      }
    }
    Observations reader = new Observations();
    for (String line : lines) {
      done.addAll(reader.lost(line, new Origin("lab", Instant.EPOCH)));
      Matcher loaded = LOADED.matcher(line);
      if (loaded.matches() && !LIBRARY.matcher(loaded.group(1)).find()) {
        done.add(new Entry.Executable(loaded.group(1), ""));
      }
    }
    Set<Entry> blocked = new TreeSet<>();
    for (Entry entry : done) {
      if (policies.stream().anyMatch(policy -> policy.effect(entry) == Effect.BLOCKED)) {
        blocked.add(entry);
      }
    }
    return blocked;
  }

  private static Set<String> stopped(Engine engine) {
    return switch (engine) {
      case TETRAGON -> union(List.of(STOPPED_BY_PROGRAMS, STOPPED_BY_FILES, STOPPED_BY_PEERS));
      case KUBEARMOR -> union(List.of(STOPPED_BY_PROGRAMS, STOPPED_BY_FILES));
      case NETWORKPOLICY, CILIUMNETWORKPOLICY -> STOPPED_BY_PEERS;
      case SECCOMP -> Set.of();
    };
  }

  private static Set<String> union(List<Set<String>> sets) {
    Set<String> all = new TreeSet<>();
    sets.forEach(all::addAll);
    return all;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SECCOMP")
  void anExportedPolicyBlocksAttacksAndNoneOfTheLearnedWork(Engine engine) {
    ExportRequest request =
        new ExportRequest(List.of(asContainer(host(true))), new TreeMap<>(), true);
    assertEquals(List.of(), Exports.impossible(engine, request, Readiness.DEFAULT));
    List<ExportedPolicy> policies = Exports.of(engine, request);
    Map<String, List<String>> plain = steps("plain");
    Set<String> stopped = new TreeSet<>();
    Set<String> ordinary = new TreeSet<>();
    plain.forEach(
        (step, lines) -> {
          Set<Entry> blocked = blocked(policies, lines);
          if (ORDINARY.contains(step)) {
            blocked.forEach(entry -> ordinary.add(entry.subject()));
          } else if (!blocked.isEmpty()) {
            stopped.add(step);
          }
        });

    assertEquals(stopped(engine), stopped);
    assertEquals(
        stopped.contains("host-su") ? Set.of("/usr/bin/cat", "/usr/bin/seq") : Set.of(),
        ordinary,
        "what the host had not run before");
    for (String learned : List.of("boot", "host-benign")) {
      assertEquals(Set.of(), blocked(policies, step(plain, learned)), learned);
    }
  }

  /**
   * The two programs that are blocked in the ordinary work are of its last step, which makes load:
   * it counts to sixty and runs the command of an attack as often. A model of a minute's work is
   * not exported, so nothing is blocked by it unless a person forces it.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SECCOMP")
  void aModelOfAMinuteIsNotExportedWithoutForce(Engine engine) {
    Model model = asContainer(host(true));
    List<String> objections =
        Exports.objections(
            engine,
            new ExportRequest(List.of(model), new TreeMap<>(), true),
            Set.of(model.workload()),
            Readiness.DEFAULT);

    assertTrue(
        objections.stream().anyMatch(one -> one.contains("of the time observed, needs 1 d")),
        objections::toString);
    assertTrue(
        objections.stream().anyMatch(one -> one.contains("of the container, needs 3")),
        objections::toString);
    List<String> later = step(steps("plain"), "burst");
    assertTrue(later.stream().anyMatch(line -> line.contains("\"arguments\":\"/etc/shadow\"")));
    assertTrue(later.stream().anyMatch(line -> line.contains("\"arguments\":\"60\"")));
  }

  /** The attacks that no policy of the host's model is seen to stop, whatever engine has it. */
  @Test
  void allEnginesTogetherStopAllAttacksButTwoOnLoopbackAndOneThatTheRecordingDoesNotShow() {
    Set<String> stopped = new TreeSet<>();
    for (Engine engine : Engine.values()) {
      stopped.addAll(stopped(engine));
    }
    Set<String> attacks = new TreeSet<>(steps("plain").keySet());
    attacks.removeAll(ORDINARY);
    assertEquals(22, attacks.size());
    attacks.removeAll(stopped);
    assertEquals(
        Set.of("host-deleted", "host-killed-connect", "host-monitor-connect", "pod-web-intrusion"),
        attacks);
    for (String step : List.of("host-killed-connect", "host-monitor-connect")) {
      assertTrue(
          step(steps("plain"), step).stream()
              .filter(line -> line.contains("\"tcp_connect\""))
              .allMatch(line -> line.contains("\"daddr\":\"127.0.0.1\"")),
          step);
    }
    assertTrue(
        step(steps("plain"), "host-deleted").stream()
            .allMatch(line -> line.startsWith("{\"process_exit\"")),
        "only that a fork of the shell ended");
  }

  @Test
  void aPolicyOfTheIntrudedContainersOwnServerStopsTheIntrusionIntoIt() {
    List<String> lines = step(steps("plain"), "pod-web-intrusion");
    List<Observation> seen =
        observations(lines).stream()
            .filter(one -> one.workload().kind().equals(Workload.CONTAINER))
            .toList();
    // The server of that container is bash, and it starts by itself; so much a person knows.
    TreeMap<Entry, Sighting> server = new TreeMap<>();
    server.put(
        new Entry.Executable("/usr/bin/bash", ""),
        new Sighting(1, Instant.EPOCH, Instant.EPOCH, 1, 1, "", false, List.of(), true));
    Model host = host(true);
    Model model =
        new Model(
            new Workload("lab", "lab", "Deployment", "web", "web"),
            Mode.ENFORCING,
            host.image(),
            host.since(),
            host.until(),
            host.changed(),
            List.of(),
            List.of(),
            server,
            EnumSet.of(Entry.Kind.EXECUTABLE, Entry.Kind.PEER),
            Map.of());
    ExportRequest request = new ExportRequest(List.of(model), new TreeMap<>(), true);
    assertEquals(
        List.of(
            "peer:network:203.0.113.0/24:4444",
            "program:/usr/bin/cat",
            "program:/usr/bin/dash",
            "program:/usr/bin/id",
            "program:/usr/bin/sh",
            "program:/usr/bin/whoami"),
        blocked(Exports.of(Engine.TETRAGON, request), seen));
    assertEquals(
        List.of("peer:network:203.0.113.0/24:4444"),
        blocked(Exports.of(Engine.NETWORKPOLICY, request), seen));
  }

  private static List<String> blocked(
      List<ExportedPolicy> policies, Collection<Observation> observations) {
    return observations.stream()
        .map(Observation::entry)
        .filter(
            entry -> policies.stream().anyMatch(policy -> policy.effect(entry) == Effect.BLOCKED))
        .map(entry -> EntryText.of(entry).replaceFirst("<-.*", ""))
        .distinct()
        .sorted()
        .toList();
  }

  @Test
  void theIntrusionIntoAContainerIsWhatIntrudersDoAlsoWithoutAModel() {
    Set<String> rules = new TreeSet<>();
    for (Observation seen : observations(step(steps("plain"), "pod-web-intrusion"))) {
      if (seen.workload().kind().equals(Workload.CONTAINER)) {
        Model none =
            new Model(
                seen.workload(),
                Mode.LEARNING,
                "",
                seen.at(),
                seen.at(),
                seen.at(),
                List.of(),
                List.of(),
                new TreeMap<>(),
                Set.of(),
                Map.of());
        Deviations.of(none, seen).ifPresent(deviation -> rules.add(deviation.rule()));
      }
    }
    assertEquals(
        Set.of("Discovery tool not in model", "Public peer not in model", "Shell not in model"),
        rules);
  }

  @Test
  void ordinaryWorkAfterLearningDeviatesInTwoProgramsThatItNeverRanBefore() {
    Model host = host(true);
    Map<String, List<String>> plain = steps("plain");
    assertEquals(Set.of(), deviations(host, step(plain, "boot")));
    assertEquals(Set.of(), deviations(host, step(plain, "host-benign")));
    List<String> later = new ArrayList<>(step(plain, "burst"));
    later.addAll(step(plain, "end"));
    assertEquals(
        Set.of(
            "Program not in model program:/usr/bin/cat<-/usr/bin/bash",
            "Program not in model program:/usr/bin/seq<-/usr/bin/bash"),
        deviations(host, later));
  }

  @Test
  void withoutAReviewOnlyWhatIntrudersDoTooDeviates() {
    Set<String> found = deviations(host(false), step(steps("plain"), "host-benign"));
    assertTrue(
        found.stream()
            .allMatch(
                each ->
                    each.startsWith("Privileged tool not in model")
                        || each.startsWith("Package manager not in model")),
        found.toString());
    assertEquals(3, found.size(), found.toString());
  }

  @Test
  void learningTheSameRecordingTwiceChangesNothing() {
    Model once = host(false);
    Model twice = Merge.of(once, host(false), Duration.ofDays(30));
    assertTrue(ModelDiff.of(once, twice).isEmpty());
    assertEquals(once.entries(), twice.entries());
  }
}
