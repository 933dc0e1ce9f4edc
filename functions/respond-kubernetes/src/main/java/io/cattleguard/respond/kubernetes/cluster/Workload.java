package io.cattleguard.respond.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.action.Subject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A workload's current state: the controller at the top of a pod's owners.
 *
 * @param kind {@code Deployment}, {@code StatefulSet}, {@code ReplicaSet} or {@code Job}
 * @param replicas how many pods it wants; of a Job one, or none while it is suspended
 * @param pods how many pods it has; while it is paused, with those that are terminating, and at
 *     least one until its controller has seen the pause
 * @param pausedByUs whether Cattleguard was the last to change how many pods it wants, to none
 * @param changedBy the client that changed that last, if it is known
 * @param schedule the CronJob that creates the Job
 * @param rivals the controllers that may start pods again while it is paused, as sentences for
 *     people
 */
public record Workload(
    String namespace,
    String kind,
    String name,
    String uid,
    int replicas,
    int pods,
    boolean pausedByUs,
    Optional<String> changedBy,
    Optional<Schedule> schedule,
    List<String> rivals)
    implements Subject {
  /** The kinds that can be paused. A DaemonSet has no number of pods. */
  public static final Set<String> PAUSABLE =
      Set.of("Deployment", "StatefulSet", "ReplicaSet", "Job");

  /** Why the workload of a detached pod is not paused for an alert of that pod. */
  public static final String DETACHED =
      "an isolation took it out of its workload, so a pause would not end it";

  private static final String REPLICAS = "replicas";
  private static final String SCHEDULE = "schedule";

  /** Copies the list. */
  public Workload {
    rivals = List.copyOf(rivals);
  }

  /**
   * A CronJob.
   *
   * @param suspended whether it starts no Jobs
   * @param pausedByUs whether Cattleguard was the last to change that
   */
  public record Schedule(String name, String uid, boolean suspended, boolean pausedByUs) {}

  /** Whether it is paused: it wants no pods and starts none. */
  public boolean isPaused() {
    return replicas == 0 && schedule.map(Schedule::suspended).orElse(true);
  }

  @Override
  public String inWords() {
    return inWords(namespace + "/" + kind + "/" + name, uid);
  }

  /** Describes an exact workload, which may no longer exist. */
  public static String inWords(String workload, String uid) {
    return "workload " + workload + " (uid " + uid + ")";
  }

  /** The same owner as its pods, so that it shares their limits. */
  @Override
  public String workload() {
    return namespace + "/" + kind + "/" + name;
  }

  @Override
  public String neighbourhood() {
    return namespace;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("namespace", namespace)
            .put("kind", kind)
            .put("name", name)
            .put("uid", uid)
            .put(REPLICAS, replicas);
    schedule.ifPresent(
        cron -> out.putObject(SCHEDULE).put("name", cron.name()).put("uid", cron.uid()));
    return out;
  }

  /** Reads the identity and number of pods that {@link #toJson} wrote. */
  public static Workload read(JsonNode in) {
    JsonNode cron = in.path(SCHEDULE);
    return new Workload(
        in.path("namespace").asText(),
        in.path("kind").asText(),
        in.path("name").asText(),
        in.path("uid").asText(),
        in.path(REPLICAS).asInt(),
        0,
        false,
        Optional.empty(),
        cron.isObject()
            ? Optional.of(
                new Schedule(cron.path("name").asText(), cron.path("uid").asText(), false, false))
            : Optional.empty(),
        List.of());
  }

  /** A copy that wants that number of pods. */
  public Workload wanting(int number) {
    return new Workload(
        namespace, kind, name, uid, number, pods, pausedByUs, changedBy, schedule, rivals);
  }
}
