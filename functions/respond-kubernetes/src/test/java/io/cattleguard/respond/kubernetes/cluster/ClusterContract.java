package io.cattleguard.respond.kubernetes.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.SensorSource;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tests that every cluster must pass, simulated or real. */
public abstract class ClusterContract {

  /** The cluster under test. */
  protected abstract Cluster cluster();

  /** Runs a workload of that kind and waits until its pods are ready. */
  protected abstract List<Pod> run(String kind, String name, int replicas);

  /** Runs a pod without a controller and waits until it is ready. */
  protected abstract Pod runBare(String name);

  /** Lets none of a workload's pods be disrupted, and waits until the cluster says so. */
  protected abstract void allowNoDisruptionOf(Pod pod);

  /** Adds a worker node and waits until it is ready. */
  protected abstract Node runNode(String name);

  /** Removes the node, and adds another one of that name. */
  protected abstract Node replaceNode(String name);

  /** From now on, the network plugin denies pods of their nodes together. */
  protected abstract void denyTogether(List<Pod> pods);

  /** A person cordons a node, or ends its cordon. */
  protected abstract void cordonByHand(String name, boolean unschedulable);

  /** A person denies a pod of a StatefulSet all connections, by its name. */
  protected abstract void restrictEgressByHand(Pod pod);

  /** A person scales the workload of a pod. */
  protected abstract void scaleByHand(Pod pod, int replicas);

  /** A person revokes the tokens of a pod. */
  protected abstract void revokeByHand(Pod pod);

  /** The cluster no longer denies the tokens of revoked pods. */
  protected abstract void removeRevocationPolicy();

  /** Waits until the condition is true, for a limited time. */
  protected abstract void await(java.util.function.BooleanSupplier condition);

  private Optional<Pod> now(Pod pod) {
    return cluster().pod(pod.namespace(), pod.name());
  }

  @Test
  void aPodIsFoundWithItsIdentityItsNodeAndTheTopOfItsOwners() {
    Pod pod = run("Deployment", "web", 2).get(0);

    Pod found = now(pod).orElseThrow();

    assertEquals(pod.uid(), found.uid());
    assertTrue(found.node().isPresent());
    assertEquals(Optional.of(new Pod.Owner("Deployment", "web")), found.owner());
    assertTrue(found.ready());
    assertFalse(found.terminating());
    assertFalse(found.mirror());
  }

  @Test
  void theNodeOfASensorIsKnownWhileExactlyItsPodExists() {
    Pod pod = runBare("sensor");
    SensorSource.Pod sensor = new SensorSource.Pod(pod.namespace(), pod.uid(), pod.name());

    assertEquals(now(pod).orElseThrow().node(), cluster().nodeOf(sensor));
    assertTrue(cluster().nodeOf(sensor).isPresent());
    assertEquals(
        Optional.empty(),
        cluster().nodeOf(new SensorSource.Pod(pod.namespace(), "another-uid", pod.name())));
    assertEquals(
        Optional.empty(),
        cluster().nodeOf(new SensorSource.Pod(pod.namespace(), pod.uid(), "nobody")));
  }

  @Test
  void aPodThatNobodyKnowsIsAbsent() {
    Pod pod = runBare("alone");

    assertEquals(Optional.empty(), cluster().pod(pod.namespace(), "nobody"));
    assertEquals(Optional.empty(), now(pod).orElseThrow().owner());
  }

  @Test
  void deletingByUidTakesThatPodAndItsControllerBringsAnother() {
    List<Pod> pods = run("Deployment", "web", 2);
    Pod victim = pods.get(0);
    Set<String> before = cluster().peers(victim);
    assertEquals(Set.of(pods.get(1).uid()), before);
    assertEquals(
        Optional.empty(),
        cluster().readyReplacement(victim, before),
        "a neighbour of the same age is no replacement");

    assertEquals(Change.MADE, cluster().delete(victim, Duration.ZERO));

    await(() -> now(victim).isEmpty());
    await(() -> cluster().readyReplacement(victim, before).isPresent());
    assertFalse(before.contains(cluster().readyReplacement(victim, before).orElseThrow().uid()));
    assertTrue(now(pods.get(1)).isPresent(), "its neighbour stays");
  }

  @Test
  void promise5ANamesakeWithAnotherUidIsNeverDeleted() {
    Pod old = run("StatefulSet", "db", 2).get(0);
    assertEquals(Change.MADE, cluster().delete(old, Duration.ZERO));
    await(() -> now(old).filter(pod -> !pod.uid().equals(old.uid())).isPresent());
    Pod namesake = now(old).orElseThrow();
    assertEquals(old.name(), namesake.name());
    assertNotEquals(old.uid(), namesake.uid());

    assertEquals(Change.REPLACED, cluster().delete(old, Duration.ZERO));

    assertEquals(namesake.uid(), now(old).orElseThrow().uid());
    assertFalse(now(old).orElseThrow().terminating());
  }

  @Test
  void deletingAPodThatIsGoneChangesNothing() {
    Pod pod = runBare("short");
    assertEquals(Change.MADE, cluster().delete(pod, Duration.ZERO));
    await(() -> now(pod).isEmpty());

    assertEquals(Change.GONE, cluster().delete(pod, Duration.ZERO));
  }

  @Test
  void isolationIsInForceOnceAndTwiceAndItsUndoToo() {
    Pod pod = run("Deployment", "web", 1).get(0);
    assertFalse(cluster().isolation(pod).inForce());

    assertEquals(Change.MADE, cluster().isolate(pod));
    assertEquals(Change.MADE, cluster().isolate(pod));
    assertTrue(cluster().isolation(pod).inForce());
    assertEquals(List.of(), cluster().isolation(pod).caveats());
    assertEquals(pod.uid(), now(pod).orElseThrow().uid(), "it runs on");

    assertEquals(Change.MADE, cluster().release(pod));
    assertEquals(Change.MADE, cluster().release(pod));
    assertFalse(cluster().isolation(pod).inForce());
  }

  @Test
  void promise5ANamesakeWithAnotherUidIsNeverIsolated() {
    Pod old = run("StatefulSet", "db", 2).get(0);
    assertEquals(Change.MADE, cluster().delete(old, Duration.ZERO));
    await(() -> now(old).filter(pod -> !pod.uid().equals(old.uid())).isPresent());
    Pod namesake = now(old).orElseThrow();

    assertEquals(Change.REPLACED, cluster().isolate(old));

    assertFalse(cluster().isolation(namesake).inForce());
    assertFalse(cluster().isolation(old).inForce());
  }

  @Test
  void isolatingAPodThatIsGoneChangesNothing() {
    Pod pod = runBare("short");
    assertEquals(Change.MADE, cluster().delete(pod, Duration.ZERO));
    await(() -> now(pod).isEmpty());

    assertEquals(Change.GONE, cluster().isolate(pod));
    assertEquals(Change.GONE, cluster().release(pod));
  }

  @Test
  void onlyOtherReadyPodsOfTheSameControllerArePeers() {
    List<Pod> web = run("Deployment", "web", 3);
    run("Deployment", "api", 2);
    Pod single = run("StatefulSet", "single", 1).get(0);

    assertEquals(2, cluster().readyPeers(web.get(0)));
    assertEquals(0, cluster().readyPeers(single));
  }

  @Test
  void promise12PodsOfOtherControllersWhoseNamesBeginAlikeAreFound() {
    List<Pod> web = run("Deployment", "web", 2);
    Pod tool = runBare("tool");
    Pod alike = runBare(web.get(0).beginning() + "-mine");
    assertFalse(cluster().sharesRules(alike), "each has its own rules");

    Set<Cluster.Alike> found = Set.copyOf(cluster().alike(alike));
    web.forEach(
        pod -> assertTrue(found.contains(new Cluster.Alike(pod.name(), false)), found::toString));
    assertEquals(
        Set.of(new Cluster.Alike(alike.name(), false), new Cluster.Alike(web.get(1).name(), true)),
        podsOf(cluster().alike(web.get(0))));
    assertEquals(List.of(), cluster().alike(tool));
    denyTogether(web);
    assertTrue(cluster().sharesRules(web.get(0)));
    assertFalse(cluster().hasIsolation(web.get(0)));
    assertEquals(Change.MADE, cluster().isolate(web.get(0)));
    assertTrue(cluster().hasIsolation(web.get(0)));
    assertFalse(cluster().hasIsolation(web.get(1)));
  }

  /** Without controllers, which this cluster may not have as objects. */
  private static Set<Cluster.Alike> podsOf(List<Cluster.Alike> all) {
    return all.stream().filter(one -> !one.what().contains(" ")).collect(Collectors.toSet());
  }

  @Test
  void aDisruptionBudgetIsFoundWithWhatItAllows() {
    Pod guarded = run("Deployment", "web", 2).get(0);
    Pod free = run("Deployment", "api", 2).get(0);

    allowNoDisruptionOf(guarded);

    List<DisruptionBudget> budgets = cluster().disruptionBudgets(guarded);
    assertEquals(1, budgets.size());
    assertEquals(0, budgets.get(0).allowed());
    assertEquals(List.of(), cluster().disruptionBudgets(free));
  }

  private Pod detach(Pod pod) {
    Cluster.Detachment detachment = cluster().detachment(pod);
    assertTrue(detachment.leavesController());
    assertEquals(Change.MADE, cluster().isolate(pod, detachment.labels()));
    await(() -> now(pod).filter(Pod::detached).isPresent());
    return now(pod).orElseThrow();
  }

  @Test
  void aDetachedPodIsReplacedAtOnceAndStaysAsEvidence() {
    Pod pod = run("Deployment", "web", 2).get(0);
    Set<String> before = cluster().peers(pod);

    Pod detached = detach(pod);

    await(() -> cluster().readyReplacement(detached, before).isPresent());
    assertEquals(pod.uid(), detached.uid());
    assertFalse(detached.terminating());
    assertEquals(pod.owner(), detached.owner(), "its former controller is known");
    assertTrue(cluster().isolation(detached).inForce());
    assertFalse(cluster().isolation(detached).controlled());
    assertEquals(List.of(), cluster().isolation(detached).services());
  }

  @Test
  void promise12AnIsolatedPodDoesNotServeWhetherItIsDetachedOrNot() {
    List<Pod> web = run("Deployment", "web", 2);
    assertEquals(Change.MADE, cluster().isolate(web.get(0)));
    assertEquals(0, cluster().readyPeers(web.get(1)));
    assertEquals(0, cluster().look(web.get(1)).ready());
    assertEquals(Optional.empty(), cluster().readyReplacement(web.get(1), Set.of()));
    List<Pod> api = run("Deployment", "api", 2);
    Set<String> before = Set.of(api.get(0).uid(), api.get(1).uid());
    detach(api.get(0));
    await(() -> cluster().readyReplacement(api.get(1), before).isPresent());
    assertEquals(1, cluster().readyPeers(api.get(1)), "its replacement, and not the pod itself");
    assertFalse(cluster().peers(api.get(1)).contains(api.get(0).uid()));
  }

  @Test
  void aReleasedPodIsAsItWasAndItsControllerHasAsManyPodsAsBefore() {
    List<Pod> web = run("Deployment", "web", 2);
    Pod pod = web.get(0);
    Cluster.Detachment detachment = cluster().detachment(pod);
    detach(pod);
    Cluster.Detachment second = cluster().detachment(pod);
    Map<String, String> known = new HashMap<>(second.labels());
    known.putAll(second.noted());
    assertEquals(
        detachment.labels(), known, "a second isolation still knows what the first one removed");
    await(() -> cluster().readyPeers(web.get(1)) == 1);

    assertEquals(Change.MADE, cluster().release(pod, detachment.labels()));

    assertFalse(cluster().isolation(pod).inForce());
    await(() -> cluster().readyPeers(web.get(1)) == 1);
    await(() -> now(pod).filter(one -> !one.detached()).isPresent() || now(pod).isEmpty());
  }

  @Test
  void aPodOfAStatefulSetStaysInItsController() {
    Pod pod = run("StatefulSet", "db", 2).get(0);

    Cluster.Detachment detachment = cluster().detachment(pod);
    assertFalse(detachment.leavesController());
    assertEquals(Change.MADE, cluster().isolate(pod, detachment.labels()));

    assertTrue(cluster().isolation(pod).inForce());
    assertTrue(cluster().isolation(pod).controlled());
    assertFalse(now(pod).orElseThrow().detached());
  }

  /** Without its labels no budget selects it, so guards allowed what they would refuse now. */
  @Test
  void promise6APodThatWasReleasedSinceItWasReadIsNotDeleted() {
    Pod pod = run("StatefulSet", "db", 2).get(0);
    Cluster.Detachment detachment = cluster().detachment(pod);
    assertEquals(Change.MADE, cluster().isolate(pod, detachment.labels()));
    Pod isolated = now(pod).orElseThrow();
    assertEquals(Change.MADE, cluster().release(pod, detachment.labels()));

    assertThrows(Unavailable.class, () -> cluster().delete(isolated, Duration.ofSeconds(1)));

    Pod free = now(pod).orElseThrow();
    assertFalse(free.terminating());
    assertEquals(Change.MADE, cluster().delete(free, Duration.ofSeconds(1)));
    await(
        () -> now(pod).filter(one -> one.uid().equals(pod.uid()) && !one.terminating()).isEmpty());
  }

  private boolean isIsolated(Pod pod, Map<String, String> without) {
    try {
      return cluster().isolate(pod, without) == Change.MADE;
    } catch (Unavailable e) {
      return false;
    }
  }

  /** While it was isolated it was no replica, and no budget selected it, so it took no slot. */
  @Test
  void promise7APodThatWasReleasedSinceItWasReadIsNotIsolated() {
    for (String kind : List.of("StatefulSet", "Deployment")) {
      Pod pod = run(kind, kind.equals("StatefulSet") ? "db" : "web", 2).get(0);
      Cluster.Detachment detachment = cluster().detachment(pod);
      assertEquals(Change.MADE, cluster().isolate(pod, detachment.labels()));
      // Its controller may release it at any moment; then the next read decides.
      await(() -> isIsolated(now(pod).orElseThrow(), detachment.labels()));
      Pod isolated = now(pod).orElseThrow();
      assertEquals(Change.MADE, cluster().release(pod, detachment.labels()));
      Pod asRead = isolated;

      assertThrows(
          Unavailable.class, () -> cluster().isolate(asRead, detachment.labels()), pod.workload());

      assertFalse(cluster().isolation(pod).inForce());
    }
  }

  @Test
  void aDetachedPodThatIsDeletedNeedsNoOtherReplacement() {
    Pod pod = run("Deployment", "web", 1).get(0);
    Set<String> before = cluster().peers(pod);
    Pod detached = detach(pod);
    await(() -> cluster().readyReplacement(detached, before).isPresent());
    Pod replacement = cluster().readyReplacement(detached, before).orElseThrow();

    assertEquals(Change.MADE, cluster().delete(detached, Duration.ZERO));

    await(() -> now(pod).isEmpty());
    assertEquals(Set.of(replacement.uid()), cluster().peers(detached));
  }

  @Test
  void whetherPoliciesAreEnforcedIsSaidWithAReason() {
    Pod pod = run("Deployment", "web", 1).get(0);

    assertFalse(cluster().enforcement(pod).reason().isEmpty());
  }

  @Test
  void anEvictionIsADeletionUnlessABudgetObjects() {
    Pod guarded = run("Deployment", "web", 2).get(0);
    Pod free = run("Deployment", "api", 2).get(0);
    Pod db = run("StatefulSet", "db", 1).get(0);
    allowNoDisruptionOf(guarded);

    assertEquals(Change.REFUSED_BY_BUDGET, cluster().evict(guarded, Duration.ofSeconds(1)));
    assertFalse(now(guarded).orElseThrow().terminating());
    assertEquals(Change.MADE, cluster().evict(free, Duration.ofSeconds(1)));
    await(() -> now(free).isEmpty());
    assertEquals(Change.GONE, cluster().evict(free, Duration.ofSeconds(1)));
    assertEquals(Change.MADE, cluster().evict(db, Duration.ofSeconds(1)));
    await(() -> now(db).filter(pod -> !pod.uid().equals(db.uid())).isPresent());
    assertEquals(Change.REPLACED, cluster().evict(db, Duration.ofSeconds(1)));
  }

  private Node now(Node node) {
    return cluster().node(node.name()).orElseThrow();
  }

  @Test
  void aNodeIsCordonedOnceAndTwiceAndItsUndoToo() {
    Node node = runNode("worker");
    Node other = runNode("other");
    assertTrue(node.ready() && !node.unschedulable() && !node.controlPlane());
    assertTrue(node.canMoveTo(other));

    assertEquals(Change.MADE, cluster().cordon(node, false));
    assertEquals(Change.MADE, cluster().cordon(node, false));

    assertTrue(now(node).unschedulable() && now(node).cordonedByUs());
    assertFalse(now(node).taintedByUs());
    assertFalse(now(other).unschedulable());
    assertFalse(other.canMoveTo(now(node)));
    assertTrue(cluster().nodes().stream().anyMatch(one -> one.uid().equals(other.uid())));

    assertEquals(Change.MADE, cluster().uncordon(node));
    assertEquals(Change.MADE, cluster().uncordon(node));
    assertFalse(now(node).unschedulable());
    assertFalse(now(node).cordonedByUs());
  }

  @Test
  void aTaintComesAndGoesWithTheCordonAndOtherTaintsStay() {
    Node node = runNode("worker");

    assertEquals(Change.MADE, cluster().cordon(node, true));
    assertEquals(Change.MADE, cluster().cordon(node, true));
    assertTrue(now(node).unschedulable() && now(node).taintedByUs());

    assertEquals(Change.MADE, cluster().uncordon(node));
    assertFalse(now(node).unschedulable());
    await(() -> now(node).taints().equals(node.taints()));
  }

  @Test
  void aPersonsCordonStays() {
    Node node = runNode("worker");
    cordonByHand(node.name(), true);

    assertEquals(Change.MADE, cluster().cordon(node, true));
    assertTrue(now(node).unschedulable());
    assertFalse(now(node).cordonedByUs());
    assertTrue(now(node).taintedByUs());

    assertEquals(Change.MADE, cluster().uncordon(node));
    assertTrue(now(node).unschedulable(), "nobody but the person ends it");
    assertFalse(now(node).taintedByUs());
  }

  @Test
  void aNodeThatAPersonCordonedAgainIsNotOursAnyMore() {
    Node node = runNode("worker");
    assertEquals(Change.MADE, cluster().cordon(node, false));
    cordonByHand(node.name(), false);
    cordonByHand(node.name(), true);
    assertFalse(now(node).cordonedByUs());

    assertEquals(Change.MADE, cluster().uncordon(node));

    assertTrue(now(node).unschedulable());
  }

  @Test
  void promise5ANamesakeOfANodeIsNeverCordoned() {
    Node old = runNode("worker");
    Node namesake = replaceNode("worker");
    assertNotEquals(old.uid(), namesake.uid());

    assertEquals(Change.REPLACED, cluster().cordon(old, true));
    assertEquals(Change.REPLACED, cluster().uncordon(old));
    Node nobody =
        new Node("nobody", "uid", Instant.EPOCH, false, true, false, false, Set.<String>of());
    assertEquals(Change.GONE, cluster().cordon(nobody, true));
    assertEquals(Optional.empty(), cluster().node("nobody"));
    assertFalse(now(namesake).unschedulable());
  }

  @Test
  void thePodsOfANamespaceOnANodeAreNamed() {
    Pod pod = runBare("alone");

    assertEquals(List.of("alone"), cluster().podsOn(pod.node().orElseThrow(), pod.namespace()));
    assertEquals(List.of(), cluster().podsOn("nobody", pod.namespace()));
  }

  private Workload workload(Pod pod) {
    return cluster().workload(pod).orElseThrow();
  }

  @Test
  void aWorkloadIsPausedAndResumedWithAsManyPodsAsBefore() {
    for (String kind : List.of("Deployment", "StatefulSet")) {
      Pod pod = run(kind, kind.toLowerCase(Locale.ROOT), 2).get(0);
      Pod other = run(kind, "other-" + kind.toLowerCase(Locale.ROOT), 1).get(0);
      Workload before = workload(pod);
      assertEquals(2, before.replicas());
      assertFalse(before.isPaused() || before.pausedByUs());
      assertEquals(pod.workload(), before.workload());

      assertEquals(Change.MADE, cluster().pause(before));
      assertEquals(Change.MADE, cluster().pause(before));

      await(() -> workload(pod).pods() == 0 && now(pod).isEmpty());
      assertTrue(workload(pod).isPaused() && workload(pod).pausedByUs());
      assertTrue(now(other).isPresent());
      assertFalse(workload(other).isPaused());

      assertEquals(Change.MADE, cluster().resume(before));
      assertEquals(Change.MADE, cluster().resume(before));
      assertEquals(2, workload(pod).replicas());
      assertFalse(workload(pod).pausedByUs());
      await(() -> workload(pod).pods() == 2);
    }
  }

  /** Its release would restore the number of pods from before. */
  @Test
  void promise10AWorkloadThatAPersonScaledSinceItWasReadIsNotPaused() {
    Pod pod = run("Deployment", "web", 2).get(0);
    Workload read = cluster().workload(pod).orElseThrow();
    scaleByHand(pod, 3);
    await(() -> cluster().workload(pod).orElseThrow().replicas() == 3);

    assertThrows(Unavailable.class, () -> cluster().pause(read));

    Workload now = cluster().workload(pod).orElseThrow();
    assertEquals(3, now.replicas());
    assertEquals(Change.MADE, cluster().pause(now));
    assertEquals(0, cluster().workload(pod).orElseThrow().replicas());
    assertEquals(Change.MADE, cluster().pause(now), "paused already");
  }

  @Test
  void aWorkloadThatAPersonScaledSinceIsNotResumed() {
    Pod pod = run("Deployment", "web", 2).get(0);
    Workload before = workload(pod);
    assertEquals(Change.MADE, cluster().pause(before));
    scaleByHand(pod, 1);
    assertFalse(workload(pod).pausedByUs());
    assertFalse(workload(pod).isPaused());
    assertTrue(workload(pod).changedBy().isPresent());

    assertEquals(Change.MADE, cluster().resume(before));
    assertEquals(1, workload(pod).replicas());

    scaleByHand(pod, 0);
    assertEquals(Change.MADE, cluster().resume(before));
    assertEquals(0, workload(pod).replicas(), "this zero is the person's");
  }

  @Test
  void thePodsThatWereDetachedFromAWorkloadAreFoundWhileTheyAreThere() {
    Pod pod = run("Deployment", "web", 2).get(0);
    Pod other = run("Deployment", "api", 2).get(0);
    assertEquals(List.of(), cluster().detachedFrom(workload(pod)));
    Cluster.Detachment detachment = cluster().detachment(pod);
    detach(pod);
    detach(other);
    Workload web = workload(pod);

    assertEquals(List.of(pod.name()), cluster().detachedFrom(web));
    assertEquals(Change.MADE, cluster().pause(web));
    await(() -> workload(pod).pods() == 0);
    assertEquals(List.of(pod.name()), cluster().detachedFrom(web));
    assertEquals(Change.MADE, cluster().release(pod, detachment.labels()));
    await(() -> cluster().detachedFrom(web).isEmpty());
  }

  @Test
  void promise5ANamesakeOfAWorkloadIsNeverPaused() {
    Pod pod = run("Deployment", "web", 1).get(0);
    Workload is = workload(pod);
    Workload another =
        new Workload(
            is.namespace(),
            is.kind(),
            is.name(),
            "0b3f2c1e-0000-4000-8000-000000000000",
            1,
            1,
            false,
            Optional.empty(),
            Optional.empty(),
            List.of());
    assertEquals(Change.REPLACED, cluster().pause(another));
    assertEquals(Change.REPLACED, cluster().resume(another));
    assertEquals(1, workload(pod).replicas());
    assertEquals(
        Optional.empty(),
        cluster().workload(pod.namespace(), new Pod.Owner("Deployment", "nobody")));
    assertEquals(Optional.empty(), cluster().workload(runBare("alone")));
  }

  private EgressBlock block(Pod pod, String peer) {
    return new EgressBlock(workload(pod), pod, peer);
  }

  @Test
  void aWorkloadIsDeniedOnePeerOnceAndTwiceAndItsUndoToo() {
    for (String peer : List.of("203.0.113.7", "2001:db8::7")) {
      Pod pod = run("Deployment", peer.contains(":") ? "six" : "four", 2).get(0);
      EgressBlock block = block(pod, peer);
      Cluster.Egress before = cluster().egress(block);
      assertEquals(Optional.empty(), before.blocked());
      assertEquals(List.of(), before.governing());

      assertEquals(Change.MADE, cluster().blockEgress(block));
      assertEquals(Change.MADE, cluster().blockEgress(block));

      assertEquals(Optional.of(peer), cluster().egress(block).blocked());
      assertEquals(List.of(), cluster().egress(block).governing());
      assertEquals(Change.MADE, cluster().allowEgress(block));
      assertEquals(Change.GONE, cluster().allowEgress(block));
      assertEquals(Optional.empty(), cluster().egress(block).blocked());
    }
  }

  @Test
  void aSecondPeerOfAWorkloadIsDeniedNothingAndTheFirstStays() {
    Pod pod = run("StatefulSet", "db", 1).get(0);
    EgressBlock first = block(pod, "203.0.113.7");
    EgressBlock second = block(pod, "198.51.100.9");
    assertEquals(Change.MADE, cluster().blockEgress(first));

    assertThrows(Denied.class, () -> cluster().blockEgress(second));
    assertEquals(Change.REPLACED, cluster().allowEgress(second));

    assertEquals(Optional.of("203.0.113.7"), cluster().egress(second).blocked());
    assertEquals(Change.MADE, cluster().allowEgress(first));
  }

  /** The policy selects the pods of the whole workload and would allow this one everything else. */
  @Test
  void promise6APolicyThatRestrictsAnotherPodOfTheWorkloadDecidesOnItsEgress() {
    List<Pod> pods = run("StatefulSet", "db", 2);
    EgressBlock block = block(pods.get(1), "203.0.113.7");
    assertEquals(List.of(), cluster().egress(block).governing());
    Pod other = run("StatefulSet", "cache", 1).get(0);

    restrictEgressByHand(pods.get(0));

    assertEquals(1, cluster().egress(block).governing().size());
    assertEquals(List.of(), cluster().egress(block(other, "203.0.113.7")).governing());
    assertEquals(Change.MADE, cluster().blockEgress(block));
    assertEquals(1, cluster().egress(block).governing().size(), "seen also while it is verified");
  }

  @Test
  void promise5ANamesakeOfAWorkloadIsDeniedNothing() {
    Pod pod = run("Deployment", "web", 1).get(0);
    Workload is = workload(pod);
    Workload another =
        new Workload(
            is.namespace(),
            is.kind(),
            is.name(),
            "0b3f2c1e-0000-4000-8000-000000000000",
            1,
            1,
            false,
            Optional.empty(),
            Optional.empty(),
            List.of());

    assertEquals(
        Change.REPLACED, cluster().blockEgress(new EgressBlock(another, pod, "203.0.113.7")));
    assertEquals(Optional.empty(), cluster().egress(block(pod, "203.0.113.7")).blocked());
  }

  @Test
  void theTokensOfOnePodAreRevokedOnceAndTwiceAndTheirUndoToo() {
    List<Pod> pods = run("Deployment", "web", 2);
    Pod pod = pods.get(0);
    assertFalse(cluster().revocation(pod).recorded());

    assertEquals(Change.MADE, cluster().revokeTokens(pod));
    assertEquals(Change.MADE, cluster().revokeTokens(pod));
    await(() -> cluster().revocation(pod).inForce());
    assertTrue(cluster().revocation(pod).ours());
    assertTrue(cluster().revocations() > 0);
    assertFalse(cluster().revocation(pods.get(1)).recorded(), "its neighbour is not revoked");
    assertEquals(pod.uid(), now(pod).orElseThrow().uid(), "it runs on");

    assertEquals(Change.MADE, cluster().restoreTokens(pod));
    assertEquals(Change.GONE, cluster().restoreTokens(pod));
    assertFalse(cluster().revocation(pod).recorded());
  }

  @Test
  void promise5TheTokensOfANamesakeAreNeverRevoked() {
    Pod old = run("StatefulSet", "db", 2).get(0);
    assertEquals(Change.MADE, cluster().delete(old, Duration.ZERO));
    await(() -> now(old).filter(pod -> !pod.uid().equals(old.uid())).isPresent());
    Pod namesake = now(old).orElseThrow();

    assertEquals(Change.REPLACED, cluster().revokeTokens(old));

    assertFalse(cluster().revocation(namesake).recorded());
    assertFalse(cluster().revocation(old).recorded());
  }

  @Test
  void promise10ARevocationEndsAlsoWhenItsPodIsGone() {
    Pod pod = runBare("short");
    Pod revoked = runBare("revoked");
    assertEquals(Change.MADE, cluster().revokeTokens(revoked));
    for (Pod one : List.of(pod, revoked)) {
      assertEquals(Change.MADE, cluster().delete(one, Duration.ZERO));
      await(() -> now(one).isEmpty());
    }

    assertEquals(Change.GONE, cluster().revokeTokens(pod));
    assertEquals(Change.GONE, cluster().restoreTokens(pod));
    assertEquals(Change.MADE, cluster().restoreTokens(revoked));
    assertFalse(cluster().revocation(revoked).recorded());
  }

  @Test
  void whatAPersonRevokedIsNotUndone() {
    Pod pod = runBare("byhand");
    revokeByHand(pod);

    assertTrue(cluster().revocation(pod).recorded());
    assertFalse(cluster().revocation(pod).ours());
    assertEquals(Change.MADE, cluster().revokeTokens(pod));
    assertEquals(Change.REPLACED, cluster().restoreTokens(pod));
    assertTrue(cluster().revocation(pod).recorded());
  }

  @Test
  void promise11WithoutItsPolicyARevocationIsNotInForceAndAReasonSaysSo() {
    Pod pod = runBare("alone");
    assertEquals(Change.MADE, cluster().revokeTokens(pod));

    removeRevocationPolicy();

    assertTrue(cluster().revocation(pod).recorded());
    assertFalse(cluster().revocation(pod).inForce());
    assertTrue(cluster().revocation(pod).unenforced().isPresent());
    assertEquals(Change.MADE, cluster().restoreTokens(pod));
  }
}
