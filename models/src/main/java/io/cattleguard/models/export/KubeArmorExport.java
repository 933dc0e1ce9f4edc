package io.cattleguard.models.export;

import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes the programs of a container as an allowing policy of KubeArmor, and its protected files as
 * a blocking one. The policy has no field for KubeArmor's action on other programs: the namespace's
 * annotation defines it.
 *
 * @see <a href="https://docs.kubearmor.io/kubearmor/documentation/default_posture">KubeArmor's
 *     default posture</a>
 */
final class KubeArmorExport {
  private static final String CONTAINER = "kubearmor.io/container.name";

  private static final List<String> NOT_ENFORCED =
      List.of(
          "parents of programs: a program of the model may be started by any process",
          "startup: a program that only runs while the container starts may run at any time",
          "written files, except by the policy for files: this one allows every file, because an"
              + " allowing policy forbids what it does not name",
          "listeners and peers; for the network export networkpolicy or ciliumnetworkpolicy");

  private KubeArmorExport() {}

  static List<ExportedPolicy> of(ExportRequest request, Model model) {
    ProtectedFiles files = ProtectedFiles.of(model, false);
    ExportedPolicy programs = programs(request, model);
    return files.isEmpty() ? List.of(programs) : List.of(programs, files(request, model, files));
  }

  private static Map<String, String> labels(ExportRequest request, Workload workload) {
    TreeMap<String, String> labels = new TreeMap<>(request.selector());
    labels.put(CONTAINER, "[" + workload.container() + "]");
    return labels;
  }

  /** A folder that the model writes into is not protected: the policy has no exceptions. */
  private static ExportedPolicy files(ExportRequest request, Model model, ProtectedFiles files) {
    Workload workload = model.workload();
    String name = PolicyText.name(workload, false) + "-files";
    PolicyText text =
        new PolicyText()
            .comment("Written by cattleguard model export, from the model of " + workload + ".")
            .comment(
                (request.enforce() ? "Refuses" : "Reports")
                    + " that this container writes programs, jobs and accounts, which it may read."
                    + " A folder in which the model writes a file is not in the policy.")
            .comments("Not allowed, because it is unconfirmed:", files.unconfirmed())
            .object("security.kubearmor.com/v1", "KubeArmorPolicy", name, workload.namespace())
            .line(1, "severity: 5")
            .line(1, "message: \"Protected file not in the model of the workload\"")
            .line(1, "selector:")
            .matchLabels(2, labels(request, workload))
            .line(1, "file:");
    if (!files.files().isEmpty()) {
      text.line(2, "matchPaths:");
      files
          .files()
          .forEach(
              path -> text.line(3, "- path: " + PolicyText.quoted(path)).line(4, "readOnly: true"));
    }
    if (!files.folders().isEmpty()) {
      text.line(2, "matchDirectories:");
      files
          .folders()
          .forEach(
              folder ->
                  text.line(3, "- dir: " + PolicyText.quoted(folder))
                      .line(4, "recursive: true")
                      .line(4, "readOnly: true"));
    }
    text.line(1, "action: " + (request.enforce() ? "Block" : "Audit"));
    return new ExportedPolicy(
        name, text.toString(), Set.of(workload), List.of(), files.unconfirmed(), files::effect);
  }

  private static ExportedPolicy programs(ExportRequest request, Model model) {
    Workload workload = model.workload();
    AllowedPrograms programs = AllowedPrograms.of(model, true);
    String name = PolicyText.name(workload, false);
    String posture = request.enforce() ? "block" : "audit";
    PolicyText text =
        new PolicyText()
            .comment("Written by cattleguard model export, from the model of " + workload + ".")
            .comment(
                "Set what KubeArmor does with other programs BEFORE you apply the policy. Without"
                    + " the annotation it does what its own configuration says, which may be to"
                    + " block:")
            .comment(
                "  kubectl annotate namespace "
                    + workload.namespace()
                    + " kubearmor-file-posture="
                    + posture
                    + " --overwrite")
            .comment(
                "The annotation is for all containers of the namespace that have an allowing"
                    + " policy.")
            .comment(
                "The kernel's path has no links: /bin/sh may be /usr/bin/dash, and a script also"
                    + " runs its interpreter. Begin with the posture audit.")
            .comment(
                "A probe of the kubelet that runs a program needs that program in the model; other"
                    + " probes are not affected.")
            .comments("Not enforced:", NOT_ENFORCED)
            .comments("Not allowed, although the model has it:", programs.inexpressible())
            .comments("Not allowed, because it is unconfirmed:", programs.unconfirmed())
            .object("security.kubearmor.com/v1", "KubeArmorPolicy", name, workload.namespace())
            .line(1, "severity: 5")
            .line(1, "message: \"Program not in the model of the workload\"")
            .line(1, "selector:")
            .matchLabels(2, labels(request, workload))
            .line(1, "process:");
    if (!programs.paths().isEmpty()) {
      text.line(2, "matchPaths:");
      programs.paths().forEach(path -> text.line(3, "- path: " + PolicyText.quoted(path)));
    }
    if (!programs.starts().isEmpty()) {
      text.line(2, "matchDirectories:");
      programs
          .starts()
          .forEach(
              folder ->
                  text.line(3, "- dir: " + PolicyText.quoted(folder)).line(4, "recursive: true"));
    }
    text.line(1, "file:")
        .line(2, "matchDirectories:")
        .line(3, "- dir: \"/\"")
        .line(4, "recursive: true")
        .line(1, "action: Allow");
    return new ExportedPolicy(
        name,
        text.toString(),
        Set.of(workload),
        programs.inexpressible(),
        programs.unconfirmed(),
        programs::effect);
  }
}
