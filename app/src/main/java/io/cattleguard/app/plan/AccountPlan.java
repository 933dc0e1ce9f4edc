package io.cattleguard.app.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.AccountObject;
import io.cattleguard.respond.aws.actions.AwsScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What each playbook could do in an AWS account now.
 *
 * @param name of the account and region, {@code 111122223333 eu-central-1}
 * @param deployed what the deployment allows its responder to do
 * @param playbooks with the steps of an account
 * @param places the objects, with the answer of each step
 */
record AccountPlan(
    String name,
    DeployedActions deployed,
    List<ClusterPlan.Steps> playbooks,
    List<ClusterPlan.Place> places) {
  /** The source of findings that may act in an account. */
  private static final String SOURCE = "guardduty";

  static AccountPlan of(
      String region,
      DeployedActions deployed,
      AwsScope scope,
      List<AccountObject> objects,
      Playbooks playbooks,
      Instant now) {
    Asking<AwsScope> asking = new Asking<>(AwsScope.class, scope, playbooks, now);
    List<ClusterPlan.Place> places = new ArrayList<>();
    for (AccountObject one : objects) {
      places.add(
          new ClusterPlan.Place(
              one.kind() + " " + one.name(),
              one.name(),
              0,
              one.kind(),
              asking
                  .answers(
                      asking.alert(SOURCE, one.target(), one.connection()), Optional::isPresent)
                  .stream()
                  .map(
                      answer -> deployed.objection(answer.action()).map(answer::and).orElse(answer))
                  .toList()));
    }
    String account =
        objects.stream()
            .map(one -> Optional.ofNullable(one.target().account()))
            .flatMap(Optional::stream)
            .findFirst()
            .orElse("");
    return new AccountPlan(
        account + " " + region,
        deployed,
        playbooks.all().stream()
            .map(playbook -> ClusterPlan.Steps.of(playbook, AwsScope.class))
            .toList(),
        places);
  }

  /** The output of {@code --json}. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("account", name);
    out.put("settings", deployed.settings());
    deployed.unknown().ifPresent(text -> out.put("unknown", text));
    ArrayNode books = out.putArray("playbooks");
    playbooks.forEach(one -> books.add(one.toJson()));
    ArrayNode all = out.putArray("objects");
    places.forEach(one -> all.add(one.toJson()));
    return out;
  }

  PlanView view() {
    return new PlanView(
        Screen.format("%s: %,d objects", name, places.size()),
        Stream.concat(
                Stream.of(new PlanView.Remark(PlanView.Kind.PLAIN, deployed.settings())),
                deployed.unknown().stream()
                    .map(text -> new PlanView.Remark(PlanView.Kind.WARNING, text)))
            .toList(),
        playbooks,
        places,
        "an account",
        "The guards were evaluated for each object as if a GuardDuty finding named it now, with"
            + " your credentials: a call that they may not make is an objection. Budgets, hourly"
            + " caps and the kill switch are not included. --json prints each object.");
  }
}
