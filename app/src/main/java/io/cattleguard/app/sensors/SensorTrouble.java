package io.cattleguard.app.sensors;

import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The problems that a reporting sensor can have, with the words for a list of sensors and, with
 * what to do, for several sensors together.
 *
 * @param isOf whether a sensor has it
 * @param one the words for one sensor
 * @param figure a number that says how severe it is, in brackets after a sensor's name, or empty
 * @param several what several sensors have, and what to do; it follows their names
 */
public record SensorTrouble(
    Predicate<SensorState> isOf,
    Function<SensorState, String> one,
    Function<SensorState, String> figure,
    String several) {
  private static final long LONG_WAIT_SECONDS = 300;
  private static final double FULL = 0.8;

  /** All of them, the most severe first. */
  public static final List<SensorTrouble> ALL =
      List.of(
          new SensorTrouble(
              failing("sending"),
              state -> "cannot send alerts",
              inBrackets(state -> state.heartbeat().waiting(), "alert"),
              "cannot send alerts although their heartbeats arrive; check the role's condition on"
                  + " events:source and the sensor's log"),
          plain(
              failing("spool"),
              "cannot write its spool: free disk space on the node",
              "cannot write their spool, so Falco's posts are refused; free disk space on the"
                  + " node"),
          plain(
              failing("listener"),
              "does not listen for alerts: restart the pod",
              "do not listen for alerts any more; restart the pod and keep its log"),
          plain(
              failing("worker"),
              "a thread fails: restart the pod",
              "have a thread that fails; restart the pod and keep its log"),
          new SensorTrouble(
              state -> !state.failsOtherwise().isEmpty(),
              state -> String.join(", ", state.failsOtherwise()) + " fails",
              state -> "",
              "report a failure that this version does not know; look at the sensor's log"),
          counted(
              SensorState::shed,
              "alert",
              "dropped, because the spool was full",
              "dropped alerts because the spool was full; look why sending was too slow, or raise"
                  + " spool.megabytes"),
          counted(
              state -> state.heartbeat().lost(),
              "alert",
              "lost, because the spool's file was damaged",
              "lost alerts because the spool's file was damaged; check the node's disk, and the"
                  + " spool.db.broken files"),
          counted(
              state -> condition(state).undeliverable(),
              "alert",
              "rejected for good by the bus",
              "have alerts that the bus rejects for good; read table undeliverable of spool.db, and"
                  + " the sensor's log"),
          new SensorTrouble(
              state -> condition(state).waitingSeconds() > LONG_WAIT_SECONDS,
              state ->
                  "its oldest alert waits for " + condition(state).waitingSeconds() / 60 + " min",
              inBrackets(state -> state.heartbeat().waiting(), "alert"),
              "have alerts that wait for more than five minutes; check throttling of PutEvents and"
                  + " the sensor's log"),
          new SensorTrouble(
              state ->
                  condition(state).limitBytes() > 0
                      && state.heartbeat().waitingBytes() > FULL * condition(state).limitBytes(),
              state -> "its spool is nearly full",
              inBrackets(state -> state.heartbeat().waiting(), "alert"),
              "have a nearly full spool, and will drop the least severe alerts; look why sending is"
                  + " too slow, or raise spool.megabytes"),
          plain(
              state -> state.heartbeat().exceeded().contains("cpu"),
              "uses more cpu than its limit",
              "use more CPU than limits.cpuPercent, so they fold alerts over a longer time; find"
                  + " the noisy rule, or raise the limit"),
          plain(
              state -> state.heartbeat().exceeded().contains("memory"),
              "uses more memory than its limit",
              "use more memory than limits.memoryMegabytes; raise it together with"
                  + " resources.limits.memory"),
          counted(
              state -> condition(state).learningDropped(),
              "event",
              "not learnt from",
              "did not learn from some events, so models may be incomplete; raise"
                  + " limits.cpuPercent of the sensor"));

  private static SensorTrouble plain(Predicate<SensorState> isOf, String one, String several) {
    return new SensorTrouble(isOf, state -> one, state -> "", several);
  }

  private static SensorTrouble counted(
      ToLongFunction<SensorState> figure, String noun, String one, String several) {
    return new SensorTrouble(
        state -> figure.applyAsLong(state) > 0,
        state -> number(figure.applyAsLong(state), noun) + " " + one,
        inBrackets(figure, noun),
        several);
  }

  private static Function<SensorState, String> inBrackets(
      ToLongFunction<SensorState> figure, String noun) {
    return state -> " (" + number(figure.applyAsLong(state), noun) + ")";
  }

  private static Predicate<SensorState> failing(String part) {
    return state -> condition(state).failing().contains(part);
  }

  private static SensorHeartbeat.Condition condition(SensorState state) {
    return state.heartbeat().condition();
  }

  private static String number(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : noun + "s");
  }
}
