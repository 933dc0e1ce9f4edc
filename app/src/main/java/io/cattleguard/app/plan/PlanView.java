package io.cattleguard.app.plan;

import java.util.List;

/**
 * A plan for people, independent of its format. The texts are not escaped.
 *
 * @param place what the steps act in, {@code a cluster}
 * @param note how the plan was made
 */
record PlanView(
    String title,
    List<Remark> remarks,
    List<ClusterPlan.Steps> playbooks,
    List<ClusterPlan.Place> places,
    String place,
    String note) {
  /** How a remark is shown. */
  enum Kind {
    PLAIN,
    GOOD,
    WARNING,
    ALARM
  }

  /** A sentence about the whole place. */
  record Remark(Kind kind, String text) {}
}
