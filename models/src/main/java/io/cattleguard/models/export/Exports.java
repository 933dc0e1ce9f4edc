package io.cattleguard.models.export;

import io.cattleguard.events.HostileText;
import io.cattleguard.models.CallRecord;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.models.review.Readiness;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** Writes models as policies, or says why it should not or cannot. */
public final class Exports {
  /** A DNS label, as namespaces and containers are named. */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

  private static final int SHOWN = 80;

  private Exports() {}

  /**
   * Why the engine cannot enforce the models at all; empty if it can.
   *
   * @param readiness what a complete record of system calls needs
   */
  public static List<String> impossible(Engine engine, ExportRequest request, Readiness readiness) {
    List<String> reasons = new ArrayList<>();
    for (Model model : request.models()) {
      Workload workload = model.workload();
      if (!ExportRequest.isSamePod(workload, request.workload())) {
        reasons.add(workload + ": one selector is for the pods of one workload");
      }
      if (!LABEL.matcher(workload.namespace()).matches()) {
        reasons.add(workload + ": it is in no namespace, so no policy can select its pods");
      }
      if (!engine.isForWholePods()) {
        container(workload, reasons);
      }
      if (engine == Engine.SECCOMP) {
        new CallRecord(model)
            .objections(readiness.starts(), readiness.stable())
            .forEach(reason -> reasons.add(workload + ": " + reason));
      } else if (!engine.isForWholePods()) {
        programs(engine, model, reasons);
      }
    }
    if (engine.isForWholePods() && !request.covers(Kind.LISTENER) && !request.covers(Kind.PEER)) {
      reasons.add(
          "no source told of listeners or peers of every container, so the policy would allow"
              + " everything");
    }
    return reasons;
  }

  /** A policy for another name would select no container, or several. */
  private static void container(Workload workload, List<String> reasons) {
    String name = workload.container();
    if (name.isEmpty()) {
      reasons.add(workload + ": the container's name is not known");
    } else if (!LABEL.matcher(name).matches()) {
      reasons.add(
          workload
              + ": '"
              + HostileText.visible(name, SHOWN)
              + "' cannot be the name of a container in Kubernetes, which has only lower-case"
              + " letters, digits and -, and no dot");
    }
  }

  private static void programs(Engine engine, Model model, List<String> reasons) {
    AllowedPrograms programs = AllowedPrograms.of(model, engine == Engine.KUBEARMOR);
    if (!model.covers().contains(Kind.EXECUTABLE) || programs.isEmpty()) {
      reasons.add(
          model.workload()
              + ": it has no program that the policy could allow, so nothing could run");
    }
  }

  /** Why the models should not be enforced; a person may overrule it. */
  public static List<String> objections(
      Engine engine, ExportRequest request, Collection<Workload> known, Readiness readiness) {
    List<String> objections = new ArrayList<>();
    for (Model model : request.models()) {
      if (model.mode() == Mode.LEARNING) {
        objections.add(model.workload() + ": it is learning");
      }
      readiness
          .objections(model)
          .forEach(reason -> objections.add(model.workload() + ": " + reason));
    }
    if (engine.isForWholePods()) {
      List<Workload> given = request.models().stream().map(Model::workload).toList();
      known.stream()
          .filter(other -> ExportRequest.isSamePod(other, request.workload()))
          .filter(other -> !given.contains(other))
          .forEach(
              other ->
                  objections.add(
                      other
                          + ": the policy is for the whole pod, so name the model of this container"
                          + " too"));
    }
    if (request.enforce() || !engine.canObserve()) {
      of(engine, request)
          .forEach(
              policy ->
                  policy
                      .inexpressible()
                      .forEach(
                          entry -> objections.add("it would block what the model has: " + entry)));
    }
    return objections;
  }

  /** The policies: one for the pod, or one or two per container. */
  public static List<ExportedPolicy> of(Engine engine, ExportRequest request) {
    return switch (engine) {
      case NETWORKPOLICY -> List.of(NetworkPolicyExport.of(request));
      case CILIUMNETWORKPOLICY -> List.of(CiliumExport.of(request));
      case TETRAGON ->
          request.models().stream().map(model -> TetragonExport.of(request, model)).toList();
      case KUBEARMOR ->
          request.models().stream()
              .flatMap(model -> KubeArmorExport.of(request, model).stream())
              .toList();
      case SECCOMP -> request.models().stream().map(model -> SeccompExport.of(model)).toList();
    };
  }
}
