package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Replaces the security groups of every interface of an instance with a group without rules, and
 * leaves the instance running. The previous groups are stored before the first change, and a
 * repeated attempt never overwrites them.
 *
 * <p>An instance of an Auto Scaling group is put into standby first, so that the group replaces it
 * and does not terminate it.
 *
 * @param leaseTime after which each interface gets its previous groups back
 * @param standby whether an instance of an Auto Scaling group is put into standby
 */
public record QuarantineInstance(Duration leaseTime, boolean standby)
    implements Action.Leased<AwsScope, ObservedInstance> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  /**
   * EC2 tracks established connections until they time out, so a new security group does not end
   * them.
   *
   * @see <a href="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html">What
   *     security groups do not filter</a>
   */
  private static final String CAVEAT =
      "connections that were already open may persist, and security groups do not filter DNS"
          + " through Amazon's resolver or instance metadata";

  private static final String NODE_OF = "kubernetes.io/cluster/";

  private static final String KARPENTER = "karpenter.sh/nodepool";

  static final String MAY_TERMINATE =
      " may terminate the instance when its health checks fail, and with it the evidence";

  /** Creates the action with a lease of four hours, and standby. */
  public QuarantineInstance() {
    this(DEFAULT_LEASE);
  }

  /** Creates the action with that lease, and standby. */
  public QuarantineInstance(Duration leaseTime) {
    this(leaseTime, true);
  }

  @Override
  public String name() {
    return "quarantine-instance";
  }

  @Override
  public Class<AwsScope> place() {
    return AwsScope.class;
  }

  @Override
  public QuarantineInstance with(PolicyNode settings) {
    PolicyNode.Mapping keys = settings.mapping("lease", "standby");
    return new QuarantineInstance(
        keys.optional("lease").map(PolicyNode::duration).orElse(leaseTime),
        keys.optional("standby").map(PolicyNode::flag).orElse(standby));
  }

  @Override
  public Effect effect() {
    return Effect.CONTAINS;
  }

  @Override
  public ObservedInstance look(AwsScope scope, ScoredAlert scored) {
    return ObservedInstance.of(scope, scored.alert().target().instance());
  }

  @Override
  public List<Guard<ObservedInstance>> guards() {
    return InstanceGuards.ALL;
  }

  /**
   * Puts the instance into standby and replaces the security groups of every interface. They may
   * have changed since the decision, so only a check shows what is isolated.
   */
  @Override
  public Progress take(AwsScope scope, ObservedInstance observed, UndoRecord undo) {
    Instance seen = observed.subject().orElseThrow();
    String group = Fact.found(observed.quarantine()).orElseThrow().id();
    Standby.Attempt attempt = inGroup().enter(scope.network(), seen, group, Set.of(), undo);
    Swap swap = Swap.make(scope, seen, group, undo).after(attempt);
    return new Progress.Pending(swap.toJson(), partly(seen, swap, undo));
  }

  private Standby inGroup() {
    return new Standby(standby);
  }

  /**
   * Checks the interfaces and repeats the change on those that are still open, including newly
   * attached ones.
   */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    Swap swap = Swap.read(state);
    try {
      Optional<Instance> now = scope.network().instance(swap.instance());
      Optional<Instance> before = stored(undo);
      if (before.isEmpty() && now.isPresent()) {
        // Another check or a release has ended it and reports the outcome.
        return new Progress.Pending(
            swap.toJson(),
            new Progress.Done(ResponseOutcome.FAILED, "the quarantine has ended already"));
      }
      if (now.filter(one -> isRestarted(one, before)).isPresent()) {
        return seen(scope, now, swap.notAfterRestart(now.get()), undo, since);
      }
      Standby.Attempt attempt =
          swap.standby().again() && now.isPresent()
              ? second(scope, now.get(), swap, undo, since)
              : swap.standby();
      if (swap.again() && now.filter(one -> !one.openTo(swap.group()).isEmpty()).isPresent()) {
        Swap next = swap.repeated(scope, now.get(), undo, since).after(attempt);
        return seen(scope, scope.network().instance(swap.instance()), next, undo, since);
      }
      return seen(scope, now, swap.after(attempt), undo, since);
    } catch (Unavailable e) {
      return new Progress.Pending(
          swap.toJson(),
          new Progress.Done(
              ResponseOutcome.FAILED, "the result could not be verified: " + e.getMessage(), true));
    }
  }

  /** A restarted instance is not the one that the alert saw, so it is not changed any further. */
  private static boolean isRestarted(Instance now, Optional<Instance> before) {
    return before.filter(one -> one.launchedAt().isBefore(now.launchedAt())).isPresent();
  }

  /**
   * Uses the last attempt, because a group that does not answer must not delay the check. A standby
   * that is only displayed is read again.
   */
  private Standby.Attempt second(
      AwsScope scope, Instance now, Swap swap, UndoRecord undo, Duration since) {
    Standby.Attempt attempt =
        inGroup().enter(scope.network(), now, swap.group(), swap.unseen(since), undo);
    return attempt.isOnlyShown() ? attempt : new Standby.Attempt(attempt.problem(), false);
  }

  private Progress seen(
      AwsScope scope, Optional<Instance> seen, Swap swap, UndoRecord undo, Duration since) {
    if (seen.isEmpty()) {
      undo.forget();
      return new Progress.Done(
          ResponseOutcome.TAKEN, "nothing to do: the instance was already gone");
    }
    Instance now = seen.get();
    boolean isClosed = now.openTo(swap.group()).isEmpty();
    boolean isEarly =
        since.compareTo(AwsScope.SETTLED) < 0
            && (swap.hasFailed()
                || swap.standby().isOnlyShown()
                || stored(undo).filter(before -> wasClosed(before, swap.group())).isPresent());
    if (isClosed && !isEarly) {
      return cutOff(scope, now, swap.group(), undo, swap.standby());
    }
    Progress.Done partly = partly(now, swap, undo);
    if (swap.hopeless() && !isClosed) {
      return ended(partly, undo);
    }
    Swap next =
        new Swap(
            swap.instance(),
            swap.group(),
            true,
            false,
            swap.reasons(),
            swap.changed(),
            swap.standby());
    return new Progress.Pending(next.toJson(), partly);
  }

  /**
   * Whether an interface was in quarantine before, as it was read. EC2 may show a quarantine that
   * has ended just now.
   */
  private static boolean wasClosed(Instance before, String group) {
    return before.interfaces().stream().anyMatch(one -> one.ours() && one.isOnlyIn(group));
  }

  private static Progress.Done ended(Progress.Done done, UndoRecord undo) {
    if (!done.leased()) {
      undo.forget();
    }
    return done;
  }

  @Override
  public Duration settling() {
    return AwsScope.SETTLING;
  }

  @Override
  public Duration settled() {
    return AwsScope.SETTLED;
  }

  @Override
  public boolean repeatsChanges() {
    return true;
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  private static Optional<Instance> stored(UndoRecord undo) {
    return undo.remembered().map(Instance::read);
  }

  private Progress.Done cutOff(
      AwsScope scope, Instance now, String group, UndoRecord undo, Standby.Attempt attempt) {
    Instance before = now.before(group, stored(undo));
    undo.remember(before);
    String inWords =
        "all interfaces ("
            + (now.interfaces().size() - now.foreign().size())
            + ") have only security group "
            + group
            + "; "
            + CAVEAT
            + "; security groups before: "
            + before.groupsInWords()
            + nodeOf(now)
            + inGroup().seen(scope.network(), now, undo, attempt)
            + replacedBy(now);
    List<String> notCovered = new ArrayList<>();
    for (Interface one : now.foreign()) {
      notCovered.add(one.id() + " cannot be changed by this account and was left as it is");
    }
    trunk(now)
        .ifPresent(
            one ->
                notCovered.add(
                    "pods with security groups of their own are not isolated (trunk interface "
                        + one.id()
                        + ")"));
    return notCovered.isEmpty()
        ? new Progress.Done(ResponseOutcome.TAKEN, inWords, true)
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "partly taken: " + String.join("; ", notCovered) + "; of the others, " + inWords,
            true);
  }

  /**
   * Branch interfaces on it belong to pods and have security groups of their own. They are not
   * attached to the instance, and root on the instance can use them.
   */
  private static Optional<Interface> trunk(Instance instance) {
    return instance.interfaces().stream().filter(Interface::trunk).findFirst();
  }

  private static String nodeOf(Instance instance) {
    return instance.tags().keySet().stream()
        .filter(tag -> tag.startsWith(NODE_OF))
        .findFirst()
        .map(
            tag ->
                "; the instance is a node of cluster "
                    + tag.substring(NODE_OF.length())
                    + (trunk(instance).isPresent()
                        ? ", and the pods that share its security groups are isolated too"
                        : ", and all pods on it are isolated too"))
        .orElse("");
  }

  private static String replacedBy(Instance instance) {
    return Optional.ofNullable(instance.tags().get(KARPENTER))
        .map(pool -> "; Karpenter node pool " + pool + MAY_TERMINATE)
        .orElse("");
  }

  private Progress.Done partly(Instance now, Swap swap, UndoRecord undo) {
    List<Interface> open = now.openTo(swap.group());
    int ours = now.interfaces().size() - now.foreign().size();
    if (open.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "not verified: EC2 shows the interfaces isolated, which may be an older state",
          true);
    }
    String left =
        open.stream()
                .map(
                    one ->
                        one.id()
                            + ": "
                            + swap.reasons().getOrDefault(one.id(), "attached just now"))
                .collect(Collectors.joining("; "))
            + inGroup().said(now, undo, swap.standby());
    return open.size() < ours
        ? new Progress.Done(
            ResponseOutcome.FAILED,
            "partly taken: "
                + (ours - open.size())
                + " of "
                + ours
                + " interfaces are isolated; not isolated: "
                + left,
            true)
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "not taken: " + left,
            swap.mayBeInEffect() || Standby.isOurs(undo));
  }

  /** Without a stored quarantine group, the release has deleted the quarantine's state. */
  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    Instance before = Instance.read(subject);
    return before
        .quarantine()
        .filter(
            group ->
                scope
                    .network()
                    .instance(before.id())
                    .filter(now -> !now.openTo(group).isEmpty())
                    .isEmpty())
        .isPresent();
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  public Optional<Progress.Done> interrupted(
      AwsScope scope, ObservedInstance observed, String uid, UndoRecord undo) {
    return undo.remembered().map(before -> interrupted(scope, Instance.read(before), undo));
  }

  private Progress.Done interrupted(AwsScope scope, Instance before, UndoRecord undo) {
    String group = before.quarantine().orElseThrow();
    Optional<Instance> now = scope.network().instance(before.id());
    if (now.isEmpty()) {
      return new Progress.Done(ResponseOutcome.TAKEN, "the instance is gone");
    }
    return now.get().openTo(group).isEmpty()
        ? cutOff(scope, now.get(), group, undo, Standby.Attempt.NONE)
        : ended(partly(now.get(), Swap.interrupted(before, group), undo), undo);
  }

  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    return QuarantineRelease.release(scope.network(), Instance.read(subject));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statements.SEE_GROUPS,
        Statements.SEE_INSTANCES,
        Statement.toChange(
            "SwapTheGroupsOfTaggedInterfaces",
            "network-interface",
            Statement.Bound.TAG,
            "ec2:ModifyNetworkInterfaceAttribute"),
        Statement.toChange(
            "SwapTheGroupsOfInterfacesAddedByTheVpcCni",
            "network-interface",
            Statement.Bound.NODE,
            "ec2:ModifyNetworkInterfaceAttribute"),
        // EC2 checks the permission for each group that an interface gets, too.
        Statement.toChange(
            "PutInterfacesIntoTheQuarantineGroup",
            "security-group",
            Statement.Bound.QUARANTINE,
            "ec2:ModifyNetworkInterfaceAttribute"),
        Statement.toChange(
            "GiveInterfacesTheirTaggedGroupsBack",
            "security-group",
            Statement.Bound.RESTORE,
            "ec2:ModifyNetworkInterfaceAttribute"),
        Statement.toLook(
            "SeeTheLifecycleStateOfTheInstance", "autoscaling:DescribeAutoScalingInstances"),
        Statement.toChange(
            "PutInstancesOfTaggedGroupsIntoStandbyAndBack",
            "autoScalingGroup:*:autoScalingGroupName",
            Statement.Bound.TAG,
            "autoscaling:EnterStandby",
            "autoscaling:ExitStandby"));
  }

  @Override
  public String named(Target target) {
    return target.instance() == null ? "no instance" : "instance " + target.instance();
  }

  @Override
  public String inWords(Target target, String uid) {
    return Instance.inWords(uid);
  }
}
