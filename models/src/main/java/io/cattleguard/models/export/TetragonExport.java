package io.cattleguard.models.export;

import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the programs of a container as a tracing policy of Tetragon, which compares the path of
 * the file that the kernel is about to run.
 *
 * @see <a href="https://tetragon.io/docs/reference/tracing-policy/">The fields of a tracing
 *     policy</a>
 */
final class TetragonExport {
  private static final List<String> NOT_ENFORCED =
      List.of(
          "parents of programs: a program of the model may be started by any process",
          "startup: a program that only runs while the container starts may run at any time",
          "listeners, peers and written files; for the network export networkpolicy or"
              + " ciliumnetworkpolicy");

  private TetragonExport() {}

  static ExportedPolicy of(ExportRequest request, Model model) {
    Workload workload = model.workload();
    AllowedPrograms programs = AllowedPrograms.of(model, false);
    String name = PolicyText.name(workload, false);
    PolicyText text =
        new PolicyText()
            .comment("Written by cattleguard model export, from the model of " + workload + ".")
            .comment(
                request.enforce()
                    ? "Kills a process of this container that starts a program which the model"
                        + " does not have."
                    : "Observes: reports a program which the model does not have, and lets it run.")
            .comment(
                "The kernel's path has no links: /bin/sh may be /usr/bin/dash, and a script also"
                    + " runs its interpreter.")
            .comment(
                "Apply the policy without --enforce first, start a pod, and let learn read the"
                    + " events: it adds those paths.")
            .comment(
                "A probe of the kubelet that runs a program needs that program in the model; other"
                    + " probes are not affected.")
            .comments("Not enforced:", NOT_ENFORCED)
            .comments("Not allowed, although the model has it:", programs.inexpressible())
            .comments("Not allowed, because it is unconfirmed:", programs.unconfirmed())
            .object("cilium.io/v1alpha1", "TracingPolicyNamespaced", name, workload.namespace())
            .line(1, "podSelector:")
            .matchLabels(2, request.selector())
            .line(1, "containerSelector:")
            .matchLabels(2, Map.of("name", workload.container()))
            .line(1, "kprobes:")
            .line(2, "- call: \"security_bprm_check\"")
            .line(3, "syscall: false")
            .line(3, "message: \"Program not in the model of the workload\"")
            .line(3, "args:")
            .line(4, "- index: 0")
            .line(5, "type: \"linux_binprm\"")
            .line(3, "selectors:")
            .line(4, "- matchArgs:");
    match(text, "NotEqual", programs.paths());
    match(text, "NotPrefix", programs.starts());
    text.line(5, "matchActions:").line(6, "- action: " + (request.enforce() ? "Sigkill" : "Post"));
    return new ExportedPolicy(
        name,
        text.toString(),
        Set.of(workload),
        programs.inexpressible(),
        programs.unconfirmed(),
        programs::effect);
  }

  /** All filters of a selector must match. */
  private static void match(PolicyText text, String operator, Set<String> values) {
    if (!values.isEmpty()) {
      text.line(6, "- index: 0")
          .line(7, "operator: \"" + operator + "\"")
          .list(7, "values", values);
    }
  }
}
