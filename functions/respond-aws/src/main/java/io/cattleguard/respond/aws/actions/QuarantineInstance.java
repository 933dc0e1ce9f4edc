package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Memo;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import io.cattleguard.respond.aws.network.Network;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Replaces the security groups of every interface of an instance with a group without rules, and
 * leaves the instance running. The previous groups are stored before the first change, and a
 * repeated attempt never overwrites them.
 *
 * @param leaseTime after which each interface gets its previous groups back
 */
public record QuarantineInstance(Duration leaseTime) implements Action<AwsScope, InstanceSight> {
  private static final Duration DEFAULT_LEASE = Duration.ofHours(4);

  /**
   * EC2 tracks established connections until they time out, so a new security group does not end
   * them.
   */
  private static final String CAVEAT = "connections that were already open may persist";

  private static final String NODE_OF = "kubernetes.io/cluster/";

  /** What replaces an instance that fails its health checks, by the tag that it sets. */
  private static final Map<String, String> OWNERS =
      new TreeMap<>(
          Map.of(
              "aws:autoscaling:groupName", "Auto Scaling group",
              "karpenter.sh/nodepool", "Karpenter node pool"));

  /** With a lease of four hours. */
  public QuarantineInstance() {
    this(DEFAULT_LEASE);
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
    return new QuarantineInstance(
        settings.mapping("lease").optional("lease").map(PolicyNode::duration).orElse(leaseTime));
  }

  @Override
  public Optional<Duration> lease() {
    return Optional.of(leaseTime);
  }

  @Override
  public InstanceSight look(AwsScope scope, ScoredAlert scored) {
    return InstanceSight.of(scope, scored.alert().target().instance());
  }

  @Override
  public List<Guard<InstanceSight>> guards() {
    return InstanceGuards.ALL;
  }

  /**
   * The state of the attempt.
   *
   * @param again whether a check has shown that the change had no effect, so that it is repeated
   */
  private record Swap(
      String instance, String group, boolean again, boolean hopeless, Map<String, String> reasons) {

    private ObjectNode toJson() {
      ObjectNode out = JsonNodeFactory.instance.objectNode();
      out.put("instance", instance).put("group", group);
      out.put("again", again).put("hopeless", hopeless);
      reasons.forEach(out.putObject("reasons")::put);
      return out;
    }

    private static Swap read(JsonNode in) {
      Map<String, String> reasons = new LinkedHashMap<>();
      in.path("reasons")
          .properties()
          .forEach(one -> reasons.put(one.getKey(), one.getValue().asText()));
      return new Swap(
          in.path("instance").asText(),
          in.path("group").asText(),
          in.path("again").asBoolean(),
          in.path("hopeless").asBoolean(),
          reasons);
    }
  }

  /** Replaces the security groups of every interface. */
  @Override
  public Progress take(AwsScope scope, InstanceSight sight, Memo memo) {
    Instance seen = sight.subject().orElseThrow();
    String group = Fact.found(sight.quarantine()).orElseThrow().id();
    if (seen.openTo(group).isEmpty()) {
      return cutOff(seen, group, memo);
    }
    Swap swap = swap(scope, seen, group, memo, false);
    return new Progress.Pending(swap.toJson(), partly(seen, swap));
  }

  /**
   * Checks the interfaces and repeats the change on those that are still open, including newly
   * attached ones.
   */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, Memo memo, Duration since) {
    Swap swap = Swap.read(state);
    try {
      Optional<Instance> now = scope.network().instance(swap.instance());
      if (swap.again() && now.filter(one -> !one.openTo(swap.group()).isEmpty()).isPresent()) {
        Swap next = swap(scope, now.get(), swap.group(), memo, true);
        return seen(scope.network().instance(swap.instance()), next, memo);
      }
      return seen(now, swap, memo);
    } catch (Unavailable e) {
      return new Progress.Pending(
          swap.toJson(),
          new Progress.Done(
              ResponseOutcome.FAILED, "the result could not be verified: " + e.getMessage(), true));
    }
  }

  private static Progress seen(Optional<Instance> seen, Swap swap, Memo memo) {
    if (seen.isEmpty()) {
      memo.forget();
      return new Progress.Done(
          ResponseOutcome.TAKEN, "nothing to do: the instance was already gone");
    }
    Instance now = seen.get();
    if (now.openTo(swap.group()).isEmpty()) {
      return cutOff(now, swap.group(), memo);
    }
    Progress.Done partly = partly(now, swap);
    if (swap.hopeless()) {
      return ended(partly, memo);
    }
    Swap next = new Swap(swap.instance(), swap.group(), true, false, swap.reasons());
    return new Progress.Pending(next.toJson(), partly);
  }

  private static Progress.Done ended(Progress.Done done, Memo memo) {
    if (!done.leased()) {
      memo.forget();
    }
    return done;
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  private static Swap swap(AwsScope scope, Instance seen, String group, Memo memo, boolean again) {
    memo.remember(seen.before(group, writtenDown(memo)));
    List<Interface> open = seen.openTo(group);
    Map<String, String> reasons = new LinkedHashMap<>();
    int denied = 0;
    for (Interface one : open) {
      try {
        // An interface that was attached after the guards ran has not been checked by them.
        Optional<String> objection = objection(scope, seen, one, again);
        if (objection.isPresent()) {
          denied++;
          reasons.put(one.id(), objection.get());
          continue;
        }
        switch (scope.network().setGroups(one, List.of(group))) {
          case Network.Change.Made made ->
              reasons.put(one.id(), "accepted by EC2, but not in effect yet");
          case Network.Change.Gone gone -> reasons.put(one.id(), "gone");
          case Network.Change.Denied no -> {
            denied++;
            reasons.put(one.id(), no.reason());
          }
        }
      } catch (Unavailable e) {
        reasons.put(one.id(), String.valueOf(e.getMessage()));
      }
    }
    return new Swap(seen.id(), group, again, denied == open.size(), reasons);
  }

  private static Optional<String> objection(
      AwsScope scope, Instance seen, Interface one, boolean again) {
    if (!scope.mayBeTouched(seen, one)) {
      return Optional.of("missing tag " + scope.responseTag());
    }
    List<String> lost = again ? scope.notRestorable(one.groups()) : List.of();
    return lost.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the release could not restore "
                + String.join(", ", lost)
                + ": missing tag "
                + scope.responseTag());
  }

  private static List<Interface> writtenDown(Memo memo) {
    return memo.remembered().map(one -> Instance.read(one).interfaces()).orElse(List.of());
  }

  private static Progress.Done cutOff(Instance now, String group, Memo memo) {
    Instance before = now.before(group, writtenDown(memo));
    memo.remember(before);
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
    return OWNERS.entrySet().stream()
        .filter(owner -> instance.tags().containsKey(owner.getKey()))
        .map(
            owner ->
                "; "
                    + owner.getValue()
                    + " "
                    + instance.tags().get(owner.getKey())
                    + " may terminate the instance when its health checks fail, and with it the"
                    + " evidence")
        .collect(Collectors.joining());
  }

  private static Progress.Done partly(Instance now, Swap swap) {
    List<Interface> open = now.openTo(swap.group());
    int ours = now.interfaces().size() - now.foreign().size();
    String left =
        open.stream()
            .map(
                one -> one.id() + ": " + swap.reasons().getOrDefault(one.id(), "attached just now"))
            .collect(Collectors.joining("; "));
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
        : new Progress.Done(ResponseOutcome.FAILED, "not taken: " + left);
  }

  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    Instance before = Instance.read(subject);
    String group = before.quarantine().orElseThrow();
    return scope
        .network()
        .instance(before.id())
        .filter(now -> !now.openTo(group).isEmpty())
        .isEmpty();
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  public Optional<Progress.Done> interrupted(
      AwsScope scope, InstanceSight sight, String uid, Memo memo) {
    return memo.remembered().map(before -> interrupted(scope, Instance.read(before), memo));
  }

  private static Progress.Done interrupted(AwsScope scope, Instance before, Memo memo) {
    String group = before.quarantine().orElseThrow();
    Optional<Instance> now = scope.network().instance(before.id());
    if (now.isEmpty()) {
      return new Progress.Done(ResponseOutcome.TAKEN, "the instance is gone");
    }
    return now.get().openTo(group).isEmpty()
        ? cutOff(now.get(), group, memo)
        : ended(partly(now.get(), new Swap(before.id(), group, false, false, Map.of())), memo);
  }

  /**
   * Restores the previous groups of each interface. If a person has changed the groups during the
   * quarantine, nothing is changed, because that change is newer than the ledger.
   */
  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    Instance before = Instance.read(subject);
    Network network = scope.network();
    String group = before.quarantine().orElseThrow();
    Optional<Instance> seen = network.instance(before.id());
    if (seen.isEmpty()) {
      return new Progress.Done(ResponseOutcome.RELEASED, "the instance is gone");
    }
    List<Interface> changed = new ArrayList<>();
    List<Interface> toPutBack = new ArrayList<>();
    for (Interface had : before.interfaces()) {
      for (Interface has : seen.get().interfaces()) {
        if (has.id().equals(had.id()) && had.ours() && !has.groups().equals(had.groups())) {
          (has.isOnlyIn(group) ? toPutBack : changed).add(has.isOnlyIn(group) ? had : has);
        }
      }
    }
    if (!changed.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.REFUSED,
          "the security groups were changed during the quarantine, so none was restored; now "
              + inWords(changed)
              + "; before the quarantine "
              + before.groupsInWords());
    }
    List<String> denied = new ArrayList<>();
    for (Interface one : toPutBack) {
      if (network.setGroups(one, one.groups()) instanceof Network.Change.Denied no) {
        denied.add(one.inWords() + " (" + no.reason() + ")");
      }
    }
    return denied.isEmpty()
        ? seenToBeBack(network, before, group)
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "security groups could not be restored: " + String.join("; ", denied));
  }

  private static Progress.Done seenToBeBack(Network network, Instance before, String group) {
    List<Interface> still =
        network.instance(before.id()).map(Instance::interfaces).orElse(List.of()).stream()
            .filter(has -> has.isOnlyIn(group) && hadOthers(before, has, group))
            .toList();
    return still.isEmpty()
        ? new Progress.Done(
            ResponseOutcome.RELEASED,
            "all interfaces have their previous security groups: " + before.groupsInWords())
        : new Progress.Done(
            ResponseOutcome.FAILED,
            "security groups were restored, but EC2 does not show it yet: " + inWords(still));
  }

  private static boolean hadOthers(Instance before, Interface has, String group) {
    return before.interfaces().stream()
        .anyMatch(had -> had.id().equals(has.id()) && had.ours() && !had.isOnlyIn(group));
  }

  private static String inWords(List<Interface> interfaces) {
    return interfaces.stream().map(Interface::inWords).collect(Collectors.joining("; "));
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        Statements.SEE_GROUPS,
        Statement.toLook("SeeTheInstance", "ec2:DescribeInstances"),
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
        // EC2 also checks the call against each group that an interface gets.
        Statement.toChange(
            "PutInterfacesIntoTheQuarantineGroup",
            "security-group",
            Statement.Bound.QUARANTINE,
            "ec2:ModifyNetworkInterfaceAttribute"),
        Statement.toChange(
            "GiveInterfacesTheirTaggedGroupsBack",
            "security-group",
            Statement.Bound.RESTORE,
            "ec2:ModifyNetworkInterfaceAttribute"));
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
