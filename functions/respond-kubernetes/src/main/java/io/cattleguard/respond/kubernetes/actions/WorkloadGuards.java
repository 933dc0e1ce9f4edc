package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.ObservedState;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The guards of actions on the workload of the alert's pod. */
final class WorkloadGuards {
  private WorkloadGuards() {}

  /** The guards of the pod, for an action that has read more. */
  static <S extends ObservedState> List<Guard<S>> ofPod(
      List<Guard<ObservedPod>> guards, Function<S, ObservedPod> pod) {
    return guards.stream().map(guard -> guard.over(pod)).toList();
  }

  /** A pod may name an owner that did not make it. */
  static <S extends ObservedState> Guard<S> isOfTheWorkload(
      Function<S, ObservedWorkload> workload) {
    return Guard.asking(
        "pod of the workload",
        s ->
            switch (workload.apply(s.observed()).foreign()) {
              case Fact.Known<Optional<String>> known ->
                  known
                      .value()
                      .map(why -> Objection.refuses("the pod is not one of the workload: " + why));
              case Fact.Unknown<Optional<String>> unknown ->
                  Optional.of(
                      Objection.unread(
                          "cannot read whether the pod is one of the workload: "
                              + unknown.reason()));
            });
  }
}
