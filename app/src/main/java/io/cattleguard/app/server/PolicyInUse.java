package io.cattleguard.app.server;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyWatch;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.events.HostileText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sources.AlertReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The policy in force. A changed policy replaces it completely or not at all. */
final class PolicyInUse {
  private static final int LONGEST_NAMES = 200;

  private final String cluster;
  private final Function<Policy, Pipeline.Steps> steps;
  private final LiveRoad road;
  private final DestinationStates states;
  private final UpLog log;
  private final AtomicLong reloads = new AtomicLong();
  private volatile Policy policy;
  private volatile AlertReader reader;
  private volatile Optional<PolicyWatch> watch = Optional.empty();

  /**
   * Starts with a policy that the road uses already.
   *
   * @param cluster the cluster of this server
   * @param steps builds the steps under a policy
   */
  PolicyInUse(
      Policy policy,
      String cluster,
      Function<Policy, Pipeline.Steps> steps,
      LiveRoad road,
      DestinationStates states,
      UpLog log) {
    this.policy = policy;
    this.cluster = cluster;
    this.steps = steps;
    this.road = road;
    this.states = states;
    this.log = log;
    this.reader = new AlertReader(policy.detections());
  }

  Policy policy() {
    return policy;
  }

  /** Reads events with the policy's detections. */
  AlertReader reader() {
    return reader;
  }

  /** The watch of its files, from now on. */
  void follow(PolicyWatch files) {
    watch = Optional.of(files);
  }

  /** Uses the files if they have changed and are valid. */
  void look() {
    watch.flatMap(files -> files.look(this::use)).ifPresent(this::report);
  }

  /**
   * Builds everything before it replaces anything, so a policy is used completely or not at all.
   */
  private void use(Policy next) {
    Pipeline.Steps nextSteps = steps.apply(next);
    AlertReader nextReader = new AlertReader(next.detections());
    road.replace(nextSteps);
    reader = nextReader;
    policy = next;
    states.replace(next.routes().destinations(), road.waiting());
    reloads.incrementAndGet();
  }

  private void report(PolicyWatch.Change change) {
    switch (change) {
      case PolicyWatch.Change.Valid valid -> {
        log.say("policy        reloaded, changed: " + String.join(", ", valid.files()));
        log.say("playbooks     " + playbooks(valid.policy()));
        log.say("models        " + models(valid.policy(), cluster));
        log.say("destinations  " + states.inWords());
      }
      case PolicyWatch.Change.Invalid invalid -> {
        List<String> errors = invalid.reason().lines().toList();
        log.trouble(
            "the changed policy is not used, the previous one stays in force; changed: "
                + String.join(", ", invalid.files())
                + ": "
                + (errors.size() == 1 ? errors.getFirst() : errors.size() + " errors"));
        if (errors.size() > 1) {
          errors.forEach(log::trouble);
        }
      }
    }
  }

  /** The playbooks by mode. */
  static String playbooks(Policy policy) {
    Map<String, List<String>> byMode =
        policy.playbooks().all().stream()
            .collect(
                Collectors.groupingBy(
                    playbook -> playbook.modes().inWords(),
                    TreeMap::new,
                    Collectors.mapping(Playbook::name, Collectors.toList())));
    return byMode.isEmpty()
        ? "none"
        : byMode.entrySet().stream()
            .map(mode -> mode.getKey() + " " + String.join(", ", mode.getValue()))
            .collect(Collectors.joining("; "));
  }

  /**
   * The models of a cluster by mode, and those of other clusters: a wrong name compares nothing.
   */
  static String models(Policy policy, String cluster) {
    Map<Mode, Long> here =
        policy.models().all().stream()
            .filter(model -> model.workload().cluster().equals(cluster))
            .collect(Collectors.groupingBy(Model::mode, TreeMap::new, Collectors.counting()));
    List<String> others =
        policy.models().all().stream()
            .map(model -> model.workload().cluster())
            .filter(other -> !other.equals(cluster))
            .sorted()
            .toList();
    String own =
        here.isEmpty()
            ? "none of " + cluster
            : here.entrySet().stream()
                .map(mode -> mode.getValue() + " " + mode.getKey().jsonName())
                .collect(Collectors.joining(", "));
    return policy.models().isEmpty()
        ? "none"
        : own
            + (others.isEmpty()
                ? ""
                : "; not compared, because of other clusters than "
                    + cluster
                    + ": "
                    + others.size()
                    + " ("
                    + HostileText.visible(String.join(", ", new TreeSet<>(others)), LONGEST_NAMES)
                    + ")");
  }

  void write(MetricsText text) {
    text.counter(
        "cattleguard_policy_reloads_total", "Changed policies that were loaded.", reloads.get());
    text.gauge(
        "cattleguard_policy_invalid",
        "1 if the policy's files are invalid, so that the previous policy stays in force.",
        watch.filter(PolicyWatch::isInvalid).isPresent() ? 1 : 0);
  }
}
