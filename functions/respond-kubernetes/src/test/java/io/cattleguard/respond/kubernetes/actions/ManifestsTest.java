package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Playbooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shipped manifests grant exactly the permissions that the actions need. */
final class ManifestsTest {
  @TempDir private Path directory;

  private static String made(String name, List<Grant> grants) {
    return switch (name) {
      case "rbac" -> Manifests.rbac(grants);
      case "respond" -> Manifests.respond(grants);
      default -> Manifests.admission(grants, protectedByPolicy());
    };
  }

  private static Set<String> protectedByPolicy() {
    return Limits.read(new PolicyFiles(ContractFiles.root().resolve("policy")))
        .protectedNamespaces();
  }

  @ParameterizedTest
  @CsvSource({"rbac", "respond", "admission"})
  void aManifestThatShipsIsMadeFromTheActions(String name) throws IOException {
    String shipped =
        Files.readString(ContractFiles.root().resolve("infra/kubernetes/" + name + ".yaml"));

    assertEquals(
        made(name, Grants.needed()),
        shipped,
        () -> "write it anew: ./cattleguard permissions --as " + name);
  }

  @ParameterizedTest
  @CsvSource({"rbac", "respond", "admission"})
  void withoutAnyActionAManifestIsAnother(String name) {
    List<Action<?, ?>> all = Actions.registered().here();
    assertTrue(all.size() >= 2);
    for (Action<?, ?> left : all) {
      // The admission policy does not concern an action that only reads.
      boolean changes = left.permissions().stream().anyMatch(Permission::changes);
      List<Action<?, ?>> others = new ArrayList<>(all);
      others.remove(left);
      assertEquals(
          !changes && name.equals("admission"),
          made(name, Grants.of(others)).equals(made(name, Grants.needed())),
          left.name());
    }
  }

  @Test
  void theAdmissionPolicyNarrowsEveryVerbThatChangesSomething() {
    String policy = Manifests.admission(Grants.needed(), Set.of());
    for (Grant grant : Grants.needed()) {
      boolean looks = List.of("get", "list", "watch").contains(grant.verb());
      assertEquals(!looks, grant.changes(), grant.inWords());
      grant.only().ifPresent(only -> assertTrue(policy.contains(only.message()), grant.inWords()));
    }
  }

  @Test
  void theAdmissionPolicyProtectsTheNamespacesOfTheSettings() {
    String policy = Manifests.admission(Grants.needed(), Set.of("shop", "x'] || true"));

    assertTrue(policy.contains("request.namespace in ['shop'])"), policy);
    assertTrue(policy.contains("'kube-system', 'tetragon'])"), policy);
    assertFalse(policy.contains("|| true"), policy);
  }

  /** infra/kubernetes/test checks it with an API server. */
  @Test
  void promise10WhatEndsAContainmentIsAllowedInANamespaceThatBecameProtected() {
    String rule =
        Manifests.admission(Grants.needed(), Set.of("shop"))
            .split("may only end a containment in this namespace", 2)[1]
            .split("- message:", 2)[0];
    List<String> ended =
        Grants.needed().stream()
            .filter(grant -> grant.only().filter(only -> only.undo().isPresent()).isPresent())
            .map(Grant::inWords)
            .toList();

    assertEquals(
        List.of(
            "pods: patch",
            "networkpolicies.networking.k8s.io: delete",
            "deployments/scale.apps: patch",
            "statefulsets/scale.apps: patch",
            "replicasets/scale.apps: patch",
            "jobs.batch: patch",
            "cronjobs.batch: patch"),
        ended);
    Grants.needed().stream()
        .flatMap(grant -> grant.only().stream())
        .flatMap(only -> only.undo().stream())
        .forEach(undo -> assertTrue(rule.contains("|| (" + undo + ")"), undo));
    assertFalse(
        Manifests.admission(Grants.needed(), Set.of("kube-system"))
            .contains("may only end a containment"),
        "nothing was ever contained there");
  }

  private Playbooks policy(String mode, String steps, String budget) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/one.yaml"),
        """
        name: one
        when: { alert: { class: [runtime] } }
        mode: %s
        steps: %s
        budget: { per: workload, max: 3, window: 10m%s }
        """
            .formatted(mode, steps, budget));
    return Playbooks.read(new PolicyFiles(directory));
  }

  private static List<String> changes(Playbooks playbooks) {
    return Grants.of(playbooks).stream().filter(Grant::changes).map(Grant::inWords).toList();
  }

  @Test
  void aPolicyMayChangeOnlyWhatItsPlaybooksDo() throws IOException {
    assertEquals(
        List.of(
            "pods: patch",
            "networkpolicies.networking.k8s.io: create",
            "networkpolicies.networking.k8s.io: delete"),
        changes(policy("enforce", "[{ isolate-pod: {} }]", "")));
    assertEquals(List.of("nodes: patch"), changes(policy("enforce", "[{ cordon-node: {} }]", "")));
    assertEquals(List.of(), changes(policy("observe", "[{ cordon-node: {} }]", "")));
  }

  @Test
  void whatFollowsABudgetAndTheStrongerActionAreAllowedToo() throws IOException {
    assertTrue(
        changes(
                policy(
                    "enforce",
                    "[{ isolate-pod: {} }]",
                    ", then: { pause-workload: { outage: accepted } }"))
            .contains("deployments/scale.apps: patch"));
    assertTrue(
        changes(policy("enforce", "[{ delete-pod: {} }]", ""))
            .contains("networkpolicies.networking.k8s.io: create"),
        "a repeat offender is isolated");
  }

  @Test
  void aPolicyThatOnlyObservesMayReadAndTheAdmissionPolicyDeniesEveryChange() throws IOException {
    Playbooks observing = policy("observe", "[{ cordon-node: {} }]", "");

    assertTrue(Grants.of(observing).stream().anyMatch(one -> one.inWords().equals("nodes: list")));
    String admission = Manifests.admission(Grants.of(observing), Set.of());
    assertTrue(
        admission.contains(
            "Cattleguard may not change anything\n      expression: >-\n        false"));
    assertTrue(admission.contains("resources: [nodes, nodes/*]"), admission);
    assertTrue(
        Manifests.respond(Grants.of(observing))
            .contains("name: cattleguard-respond\nrules:\n  []\n"));
  }
}
