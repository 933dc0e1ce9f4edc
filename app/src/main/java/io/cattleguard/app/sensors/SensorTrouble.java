package io.cattleguard.app.sensors;

import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What can be wrong with a sensor that reports, the gravest first: judged in one place, and worded
 * for a list of sensors and, with what to do, for several of them at once.
 */
public enum SensorTrouble {
  SENDING(
      failing("sending"),
      "cannot send alerts",
      waiting(),
      "cannot send alerts although their heartbeats arrive; check the role's condition on"
          + " events:source and the sensor's log"),
  SPOOL(
      failing("spool"),
      "cannot write its spool: free disk space on the node",
      null,
      "cannot write their spool, so Falco's posts are refused; free disk space on the node"),
  LISTENER(
      failing("listener"),
      "does not listen for alerts: restart the pod",
      null,
      "do not listen for alerts any more; restart the pod and keep its log"),
  WORKER(
      failing("worker"),
      "a thread fails: restart the pod",
      null,
      "have a thread that fails; restart the pod and keep its log"),
  OTHER(
      one -> !one.failsOtherwise().isEmpty(),
      "",
      null,
      "report a failure that this version does not know; look at the sensor's log"),
  SHED(
      one -> one.shed() > 0,
      "dropped, because the spool was full",
      SensorState::shed,
      "dropped alerts because the spool was full; look why sending was too slow, or raise"
          + " spool.megabytes"),
  LOST(
      one -> one.heartbeat().lost() > 0,
      "lost, because the spool's file was damaged",
      one -> one.heartbeat().lost(),
      "lost alerts because the spool's file was damaged; check the node's disk, and the"
          + " spool.db.broken files"),
  UNDELIVERABLE(
      one -> one.heartbeat().condition().undeliverable() > 0,
      "rejected for good by the bus",
      one -> one.heartbeat().condition().undeliverable(),
      "have alerts that the bus rejects for good; read table undeliverable of spool.db, and the"
          + " sensor's log"),
  WAITING(
      one -> one.heartbeat().condition().waitingSeconds() > SensorTrouble.LONG_WAIT_SECONDS,
      "its oldest alert waits for %,d min",
      waiting(),
      "have alerts that wait for more than five minutes; check throttling of PutEvents and the"
          + " sensor's log"),
  NEARLY_FULL(
      one ->
          one.heartbeat().condition().limitBytes() > 0
              && one.heartbeat().waitingBytes()
                  > SensorTrouble.FULL * one.heartbeat().condition().limitBytes(),
      "its spool is nearly full",
      waiting(),
      "have a nearly full spool, and will drop the least severe alerts; look why sending is too"
          + " slow, or raise spool.megabytes"),
  CPU(
      one -> one.heartbeat().exceeded().contains("cpu"),
      "uses more cpu than its limit",
      null,
      "use more CPU than limits.cpuPercent, so they fold alerts over a longer time; find the noisy"
          + " rule, or raise the limit"),
  MEMORY(
      one -> one.heartbeat().exceeded().contains("memory"),
      "uses more memory than its limit",
      null,
      "use more memory than limits.memoryMegabytes; raise it together with"
          + " resources.limits.memory"),
  LEARNING(
      one -> one.heartbeat().condition().learningDropped() > 0,
      "not learnt from",
      one -> one.heartbeat().condition().learningDropped(),
      "did not learn from some events, so models may be incomplete; raise limits.cpuPercent of"
          + " the sensor");

  private static final long LONG_WAIT_SECONDS = 300;
  private static final double FULL = 0.8;

  private final Predicate<SensorState> isOf;
  private final String one;
  private final @Nullable ToLongFunction<SensorState> figure;
  private final String several;

  SensorTrouble(
      Predicate<SensorState> isOf,
      String one,
      @Nullable ToLongFunction<SensorState> figure,
      String several) {
    this.isOf = isOf;
    this.one = one;
    this.figure = figure;
    this.several = several;
  }

  private static Predicate<SensorState> failing(String part) {
    return state -> state.heartbeat().condition().failing().contains(part);
  }

  private static ToLongFunction<SensorState> waiting() {
    return state -> state.heartbeat().waiting();
  }

  /** Whether the sensor has it. */
  public boolean isOf(SensorState state) {
    return isOf.test(state);
  }

  /** For a list of sensors. */
  String of(SensorState state) {
    return switch (this) {
      case SHED, LOST, UNDELIVERABLE -> number(state, "alert") + " " + one;
      case LEARNING -> number(state, "event") + " " + one;
      case WAITING ->
          String.format(Locale.ROOT, one, state.heartbeat().condition().waitingSeconds() / 60);
      case OTHER -> String.join(", ", state.failsOtherwise()) + " fails";
      case SENDING, SPOOL, LISTENER, WORKER, NEARLY_FULL, CPU, MEMORY -> one;
    };
  }

  /** What several sensors have, and what to do; it follows their names. */
  public String ofSeveral() {
    return several;
  }

  /** A number that says how grave it is, in brackets after a sensor's name; mostly empty. */
  public String figure(SensorState state) {
    return figure == null ? "" : " (" + number(state, this == LEARNING ? "event" : "alert") + ")";
  }

  private String number(SensorState state, String noun) {
    long number = figure == null ? 0 : figure.applyAsLong(state);
    return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : noun + "s");
  }
}
