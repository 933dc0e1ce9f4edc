package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.respond.action.Permission;
import java.util.ArrayList;
import java.util.List;

/** The permissions of {@link PauseWorkload}, and how the admission policy limits them. */
final class PauseGrants {
  private static final String READ =
      "Read the workload that is paused, and how many pods it wants.";
  private static final String RIVALS = "Find what starts pods of a paused workload again.";
  private static final String PAUSE = "Pause one workload, and undo that.";

  static final Grant GET_JOB = Grant.toLook("batch", "jobs", "get", READ);
  static final Grant GET_CRON_JOB = Grant.toLook("batch", "cronjobs", "get", READ);

  static final List<Permission> ALL =
      List.of(
          Grants.GET_POD,
          Grants.LIST_PODS,
          Grants.GET_REPLICA_SET,
          Grants.GET_DEPLOYMENT,
          Grants.GET_STATEFUL_SET,
          Grants.LIST_POLICIES,
          GET_JOB,
          GET_CRON_JOB,
          Grant.toLook("autoscaling", "horizontalpodautoscalers", "list", RIVALS),
          scaling("deployments"),
          scaling("statefulsets"),
          scaling("replicasets"),
          suspending(
              "jobs",
              List.of(
                  "template",
                  "parallelism",
                  "completions",
                  "completionMode",
                  "backoffLimit",
                  "activeDeadlineSeconds",
                  "ttlSecondsAfterFinished",
                  "selector")),
          suspending(
              "cronjobs",
              List.of(
                  "jobTemplate",
                  "schedule",
                  "timeZone",
                  "concurrencyPolicy",
                  "startingDeadlineSeconds",
                  "successfulJobsHistoryLimit",
                  "failedJobsHistoryLimit")));

  private PauseGrants() {}

  /** The scale of a workload has its number of pods and nothing else. */
  private static Grant scaling(String resource) {
    String is = "(has(object.spec) && has(object.spec.replicas) ? object.spec.replicas : 0)";
    return Grant.toChange(
        "apps",
        resource + "/scale",
        "patch",
        PAUSE,
        new Grant.Change(
                "UPDATE",
                "Cattleguard may only scale %s to zero, or from zero to at most %d"
                    .formatted(resource, PauseWorkload.MOST_PODS),
                """
                !(variables.what == '%s/scale' && request.operation == 'UPDATE')
                || %s == 0 || (%s == 0
                && %s <= %d)
                """
                    .formatted(
                        resource,
                        is,
                        is.replace("object.", "oldObject."),
                        is,
                        PauseWorkload.MOST_PODS))
            .undoing(
                "variables.what == '%s/scale' && request.operation == 'UPDATE' && %s == 0"
                    .formatted(resource, is.replace("object.", "oldObject."))));
  }

  private static Grant suspending(String resource, List<String> unchanged) {
    StringBuilder same = new StringBuilder();
    List<String> fields = new ArrayList<>(unchanged.stream().map(one -> "spec." + one).toList());
    fields.addAll(List.of("metadata.finalizers", "metadata.ownerReferences"));
    for (String field : fields) {
      same.append(
          "\n&& (has(object.%1$s) ? has(oldObject.%1$s) && object.%1$s == oldObject.%1$s : !has(oldObject.%1$s))"
              .formatted(field));
    }
    return Grant.toChange(
        "batch",
        resource,
        "patch",
        PAUSE,
        new Grant.Change(
                "UPDATE",
                "Cattleguard may only suspend and resume " + resource,
                """
                !(variables.what == '%s' && request.operation == 'UPDATE')
                || (variables.labels == variables.oldLabels && variables.annotations == variables.oldAnnotations%s)
                """
                    .formatted(resource, same))
            .undoing(
                "variables.what == '%s' && request.operation == 'UPDATE' && !(has(object.spec.suspend) && object.spec.suspend)"
                    .formatted(resource)));
  }
}
