package io.cattleguard.app.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import java.util.List;
import java.util.Locale;

/**
 * What each playbook could do in a cluster now.
 *
 * @param cluster the name
 * @param pods how many pods were listed
 * @param enforcement whether NetworkPolicies are enforced
 * @param missing permissions that the asker lacks, as sentences
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
  record Steps(String playbook, String mode, List<String> actions) {}

  /**
   * A workload, of which one pod was asked about, or a node.
   *
   * @param name {@code shop/Deployment/web} or {@code node node-a}
   * @param asked the pod or node that was asked about
   * @param pods how many pods of it were listed; none of a node
   */
  record Place(String name, String asked, int pods, boolean isNode, List<Answer> answers) {}

  /**
   * What a step would come to if the playbook enforced it and an alert named the object now.
   *
   * @param objections of the guards; none if the action would be taken
   */
  record Answer(String playbook, String action, String subject, List<Objection> objections) {
    Answer of(String otherPlaybook) {
      return new Answer(otherPlaybook, action, subject, objections);
    }

    boolean acts() {
      return objections.isEmpty();
    }
  }

  /** A guard and its sentence. */
  record Objection(String guard, String because) {}

  /** What is printed with {@code --json}. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("cluster", cluster);
    out.put("pods", pods);
    out.putObject("networkPolicies")
        .put("enforced", enforcement.answer().name().toLowerCase(Locale.ROOT))
        .put("because", enforcement.reason());
    missing.forEach(out.putArray("missingPermissions")::add);
    ArrayNode books = out.putArray("playbooks");
    for (Steps steps : playbooks) {
      ObjectNode one = books.addObject().put("name", steps.playbook).put("mode", steps.mode);
      steps.actions.forEach(one.putArray("actions")::add);
    }
    ArrayNode all = out.putArray("objects");
    for (Place place : places) {
      ObjectNode one = all.addObject();
      one.put("name", place.name).put("kind", place.isNode ? "node" : "workload");
      one.put("asked", place.asked);
      if (!place.isNode) {
        one.put("pods", place.pods);
      }
      ArrayNode answers = one.putArray("answers");
      place.answers.forEach(answer -> answers.add(json(answer)));
    }
    return out;
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
