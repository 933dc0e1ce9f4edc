package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Membership;
import io.cattleguard.respond.aws.network.Network;
import java.util.Optional;
import java.util.Set;

/**
 * The standby of an instance in its Auto Scaling group during a quarantine. The group checks the
 * health of an instance in service, and would terminate a quarantined one.
 *
 * <p>A standby that fails never stops the quarantine; the outcome says that it failed.
 *
 * @param wanted whether the step puts instances into standby
 */
record Standby(boolean wanted) {
  /** The tag that Auto Scaling sets on the instances of its groups. */
  static final String GROUP = "aws:autoscaling:groupName";

  /**
   * An attempt to put an instance into standby.
   *
   * @param problem why it is not in standby; empty if it is, or if nothing was attempted
   * @param again whether another attempt may succeed
   */
  record Attempt(String problem, boolean again) {
    static final Attempt NONE = new Attempt("", false);

    /** Auto Scaling shows the instance in standby, which may be an older state. */
    static final Attempt SHOWN = new Attempt("", true);

    boolean isOnlyShown() {
      return equals(SHOWN);
    }

    ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("problem", problem).put("again", again);
    }

    static Attempt read(JsonNode in) {
      return new Attempt(in.path("problem").asText(), in.path("again").asBoolean());
    }
  }

  private boolean isFor(Instance instance) {
    return wanted && instance.tags().containsKey(GROUP);
  }

  /**
   * Puts the instance into standby, unless it is there. The state before the quarantine, with the
   * standby, is stored first.
   *
   * @param isolated the interfaces that EC2 has just accepted to isolate
   */
  Attempt enter(
      Network network, Instance seen, String quarantine, Set<String> isolated, UndoRecord undo) {
    if (!isFor(seen)) {
      return Attempt.NONE;
    }
    Optional<Membership> member;
    try {
      member = network.membership(seen.id());
    } catch (Unavailable e) {
      return new Attempt(String.valueOf(e.getMessage()), true);
    }
    if (member.isEmpty()) {
      return new Attempt("the group does not have the instance", false);
    }
    if (inStandby(member.get())) {
      return Attempt.SHOWN;
    }
    if (!member.get().isInService()) {
      return new Attempt("the instance is " + member.get().state() + " in the group", true);
    }
    Instance before = seen.before(quarantine, stored(undo), isolated);
    undo.remember(before.withStandby(Optional.of(member.get().group())));
    try {
      return switch (network.enterStandby(member.get())) {
        case Network.Change.Made made -> Attempt.NONE;
        case Network.Change.Gone gone -> notOurs(before, undo, "the group is gone");
        case Network.Change.Denied no -> notOurs(before, undo, no.reason());
      };
    } catch (Unavailable e) {
      return new Attempt(String.valueOf(e.getMessage()), true);
    }
  }

  /** An earlier attempt may have succeeded without a response; then its standby stays stored. */
  private static Attempt notOurs(Instance before, UndoRecord undo, String problem) {
    undo.remember(before);
    return new Attempt(problem, false);
  }

  private static boolean inStandby(Membership member) {
    return member.isInStandby() || member.isEnteringStandby();
  }

  private static Optional<Instance> stored(UndoRecord undo) {
    return undo.remembered().map(Instance::read);
  }

  /** Whether a standby is stored, which the release must end. */
  static boolean isOurs(UndoRecord undo) {
    return stored(undo).flatMap(Instance::standby).isPresent();
  }

  /** Reads the lifecycle state again and describes it; empty for an instance of no group. */
  String seen(Network network, Instance now, UndoRecord undo, Attempt attempt) {
    if (!isFor(now)) {
      return mayTerminate(now, Attempt.NONE);
    }
    try {
      return network
          .membership(now.id())
          .filter(Standby::inStandby)
          .map(
              member ->
                  isOurs(undo)
                      ? put(member.group())
                      : "; the instance was already in standby in Auto Scaling group "
                          + member.group()
                          + ", and the release leaves it there")
          .orElseGet(() -> mayTerminate(now, attempt));
    } catch (Unavailable e) {
      return mayTerminate(
          now,
          attempt.problem().isEmpty()
              ? new Attempt(String.valueOf(e.getMessage()), false)
              : attempt);
    }
  }

  /** Describes the attempt without reading the lifecycle state. */
  String said(Instance now, UndoRecord undo, Attempt attempt) {
    if (!isFor(now) || (attempt.problem().isEmpty() && !isOurs(undo))) {
      return "";
    }
    return attempt.problem().isEmpty() ? put(group(now)) : mayTerminate(now, attempt);
  }

  private static String group(Instance instance) {
    return instance.tags().getOrDefault(GROUP, "");
  }

  private static String put(String group) {
    return "; the instance was put into standby in Auto Scaling group "
        + group
        + ", which launches a replacement";
  }

  private static String mayTerminate(Instance instance, Attempt attempt) {
    return instance.tags().containsKey(GROUP)
        ? "; Auto Scaling group "
            + group(instance)
            + QuarantineInstance.MAY_TERMINATE
            + (attempt.problem().isEmpty()
                ? ""
                : ": it was not put into standby (" + attempt.problem() + ")")
        : "";
  }

  /** Ends the standby that a quarantine started, after its security groups were restored. */
  static Progress.Done leave(Network network, Instance before, Progress.Done restored) {
    if (before.standby().isEmpty()) {
      return restored;
    }
    String group = before.standby().get();
    Optional<Membership> member = member(network, before, group);
    if (member.isEmpty() || member.get().isEnteringStandby()) {
      return notIn(member, group, restored);
    }
    // Auto Scaling may still show the state before the standby, so it is ended also where it does
    // not show; it denies that if there is none.
    Network.Change change = network.exitStandby(member.get());
    Optional<Membership> now = member(network, before, group);
    if (change instanceof Network.Change.Denied
        && !member.get().isInStandby()
        && now.filter(Standby::inStandby).isEmpty()) {
      return notIn(member, group, restored);
    }
    if (now.filter(Standby::inStandby).isEmpty()) {
      return saying(restored, "; the instance left standby in Auto Scaling group " + group);
    }
    String still =
        "security groups were restored, but the instance is still in standby in Auto Scaling group "
            + group
            + ": ";
    if (change instanceof Network.Change.Denied no) {
      return new Progress.Done(ResponseOutcome.FAILED, still + no.reason());
    }
    throw new NotVisibleYet(still + "EC2 Auto Scaling accepted the call, but does not show it yet");
  }

  private static Optional<Membership> member(Network network, Instance before, String group) {
    return network.membership(before.id()).filter(one -> one.group().equals(group));
  }

  private static Progress.Done notIn(
      Optional<Membership> member, String group, Progress.Done restored) {
    if (member.isEmpty()) {
      return saying(restored, "; the instance is no longer in Auto Scaling group " + group);
    }
    if (member.get().isEnteringStandby()) {
      throw new NotVisibleYet(
          "security groups were restored, but the instance is still entering standby in Auto"
              + " Scaling group "
              + group);
    }
    return saying(
        restored,
        "; the instance is not in standby in Auto Scaling group "
            + group
            + ", but "
            + member.get().state());
  }

  private static Progress.Done saying(Progress.Done done, String after) {
    return new Progress.Done(done.outcome(), done.explanation() + after, done.leased());
  }

  /** The state that a release without changes leaves, as text. */
  static String left(Instance before) {
    return before
        .standby()
        .map(group -> "; the instance stays in standby in Auto Scaling group " + group)
        .orElse("");
  }
}
