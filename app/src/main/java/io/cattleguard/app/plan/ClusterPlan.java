package io.cattleguard.app.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What each playbook could do in a cluster now.
 *
 * @param cluster the name
 * @param pods how many pods were listed
 * @param enforcement whether NetworkPolicies are enforced
 * @param missing the caller's missing permissions, as sentences
 * @param playbooks with the steps of this cluster
 * @param places workloads, or bare pods, and nodes, with the answer of each step
 */
record ClusterPlan(
    String cluster,
    int pods,
    Cluster.Enforcement enforcement,
    List<String> missing,
    List<Steps> playbooks,
    List<Place> places) {

  /** A playbook's steps, by the name of their action. */
  record Steps(String playbook, String mode, List<String> actions) {
    /** The steps that act in places of that type. */
    static Steps of(Playbook playbook, Class<?> type) {
      return new Steps(
          playbook.name(),
          playbook.modes().inWords(),
          playbook.steps().stream()
              .filter(step -> Asking.in(type, step).isPresent())
              .<String>map(Action::name)
              .distinct()
              .toList());
    }

    ObjectNode toJson() {
      ObjectNode one =
          JsonNodeFactory.instance.objectNode().put("name", playbook).put("mode", mode);
      actions.forEach(one.putArray("actions")::add);
      return one;
    }
  }

  /**
   * A workload, represented by one pod; a node; or an object of an account.
   *
   * @param name {@code shop/Deployment/web} or {@code node node-a}
   * @param asked the pod or node for which the guards were evaluated
   * @param pods how many pods of it were listed; none of anything but a workload
   * @param kind {@code workload}, {@code node}, {@code instance}
   */
  record Place(String name, String asked, int pods, String kind, List<Answer> answers) {
    static final String NODE = "node";
    static final String WORKLOAD = "workload";

    ObjectNode toJson() {
      ObjectNode one = JsonNodeFactory.instance.objectNode().put("name", name).put("kind", kind);
      one.put("asked", asked);
      if (kind.equals(WORKLOAD)) {
        one.put("pods", pods);
      }
      ArrayNode all = one.putArray("answers");
      answers.forEach(answer -> all.add(json(answer)));
      return one;
    }
  }

  /**
   * The result of a step if the playbook enforced it and an alert named the object now.
   *
   * @param objections of the guards; none if the action would be taken
   */
  record Answer(String playbook, String action, String subject, List<Objection> objections) {
    Answer of(String otherPlaybook) {
      return new Answer(otherPlaybook, action, subject, objections);
    }

    /** With one more objection. */
    Answer and(Objection more) {
      return new Answer(
          playbook, action, subject, Stream.concat(objections.stream(), Stream.of(more)).toList());
    }

    boolean acts() {
      return objections.isEmpty();
    }
  }

  /** A guard and its sentence. */
  record Objection(String guard, String because) {}

  /** The output of {@code --json}. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("cluster", cluster);
    out.put("pods", pods);
    out.putObject("networkPolicies")
        .put("enforced", enforcement.answer().name().toLowerCase(Locale.ROOT))
        .put("because", enforcement.reason());
    missing.forEach(out.putArray("missingPermissions")::add);
    ArrayNode books = out.putArray("playbooks");
    playbooks.forEach(one -> books.add(one.toJson()));
    ArrayNode all = out.putArray("objects");
    places.forEach(one -> all.add(one.toJson()));
    return out;
  }

  PlanView view() {
    long nodes = places.stream().filter(one -> one.kind.equals(Place.NODE)).count();
    List<PlanView.Remark> remarks = new ArrayList<>();
    remarks.add(
        switch (enforcement.answer()) {
          case YES ->
              new PlanView.Remark(
                  PlanView.Kind.GOOD, "NetworkPolicies are enforced: " + enforcement.reason());
          case NO ->
              new PlanView.Remark(
                  PlanView.Kind.ALARM,
                  "NetworkPolicies are not enforced, so an isolation has no effect: "
                      + enforcement.reason());
          case UNKNOWN ->
              new PlanView.Remark(
                  PlanView.Kind.WARNING,
                  "It is unknown whether NetworkPolicies are enforced, so an isolation is only"
                      + " requested: "
                      + enforcement.reason());
        });
    remarks.add(
        missing.isEmpty()
            ? new PlanView.Remark(
                PlanView.Kind.GOOD, "This account has every permission that the actions need.")
            : new PlanView.Remark(
                PlanView.Kind.WARNING,
                Screen.format(
                    "This account lacks %,d permissions that the actions need:", missing.size())));
    missing.forEach(one -> remarks.add(new PlanView.Remark(PlanView.Kind.PLAIN, "  " + one)));
    return new PlanView(
        Screen.format(
            "%s: %,d pods of %,d workloads, %,d nodes",
            cluster, pods, places.size() - nodes, nodes),
        remarks,
        playbooks,
        places,
        "a cluster",
        "The guards were evaluated for one pod of each workload, as if an alert named it now."
            + " Budgets, hourly caps and the kill switch are not included. --json prints each"
            + " object.");
  }

  private static ObjectNode json(Answer answer) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("playbook", answer.playbook);
    out.put("action", answer.action);
    out.put("subject", answer.subject);
    out.put("acts", answer.acts());
    ArrayNode objections = out.putArray("objections");
    for (Objection one : answer.objections) {
      objections.addObject().put("guard", one.guard).put("because", one.because);
    }
    return out;
  }
}
