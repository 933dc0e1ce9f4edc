package io.cattleguard.respond.aws.actions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Instance.Interface;
import io.cattleguard.respond.aws.network.Network;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An attempt to isolate each interface of an instance, and its state between two checks.
 *
 * @param again whether a check has shown that the change had no effect, so that it is repeated
 * @param changed the interfaces that EC2 accepted to isolate, in this attempt or an earlier one, or
 *     may have, without an answer: that may take effect later
 * @param standby the last attempt to put the instance into standby
 */
record Swap(
    String instance,
    String group,
    boolean again,
    boolean hopeless,
    Map<String, String> reasons,
    Set<String> changed,
    Standby.Attempt standby) {
  private static final String ACCEPTED = "accepted by EC2, but not in effect yet";

  /** Whether an interface still needs the change. */
  boolean hasFailed() {
    return reasons.values().stream().anyMatch(reason -> !reason.equals(ACCEPTED));
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("instance", instance).put("group", group);
    out.put("again", again).put("hopeless", hopeless);
    changed.forEach(out.putArray("changed")::add);
    reasons.forEach(out.putObject("reasons")::put);
    out.set("standby", standby.toJson());
    return out;
  }

  static Swap read(JsonNode in) {
    Map<String, String> reasons = new LinkedHashMap<>();
    in.path("reasons")
        .properties()
        .forEach(one -> reasons.put(one.getKey(), one.getValue().asText()));
    Set<String> changed = new LinkedHashSet<>();
    in.path("changed").forEach(one -> changed.add(one.asText()));
    if (!in.has("changed")) {
      // A version that did not store it wrote this state: any interface may have been changed.
      changed.addAll(reasons.keySet());
    }
    return new Swap(
        in.path("instance").asText(),
        in.path("group").asText(),
        in.path("again").asBoolean(),
        in.path("hopeless").asBoolean(),
        reasons,
        changed,
        Standby.Attempt.read(in.path("standby")));
  }

  Swap after(Standby.Attempt last) {
    return new Swap(instance, group, again, hopeless, reasons, changed, last);
  }

  /** Isolates each interface that is open, after the previous groups are stored. */
  static Swap make(AwsScope scope, Instance seen, String group, UndoRecord undo) {
    return make(scope, seen, group, undo, false, Set.of(), Set.of());
  }

  /** Repeats the change on the interfaces that are open according to a check. */
  Swap repeated(AwsScope scope, Instance seen, UndoRecord undo, Duration since) {
    return make(scope, seen, group, undo, true, changed, unseen(since));
  }

  /**
   * The interfaces that are isolated, or may be, and that may not show it yet.
   *
   * @param since time since the first attempt; later, other groups were set by a person
   */
  Set<String> unseen(Duration since) {
    return since.compareTo(AwsScope.SETTLING) < 0 ? changed : Set.of();
  }

  /** Whether an interface may be isolated, so that the undo is needed. */
  boolean mayBeInEffect() {
    return !changed.isEmpty();
  }

  private static Swap make(
      AwsScope scope,
      Instance seen,
      String group,
      UndoRecord undo,
      boolean again,
      Set<String> changedBefore,
      Set<String> unseen) {
    undo.remember(seen.before(group, undo.remembered().map(Instance::read), unseen));
    List<Interface> open = seen.openTo(group);
    Map<String, String> reasons = new LinkedHashMap<>();
    int denied = 0;
    Set<String> changed = new LinkedHashSet<>(changedBefore);
    for (Interface one : open) {
      boolean begun = false;
      try {
        // An interface that was attached after the guards ran has not been checked by them.
        Optional<String> objection = objection(scope, seen, one, again);
        if (objection.isPresent()) {
          denied++;
          reasons.put(one.id(), objection.get());
          continue;
        }
        undo.checkMayChange();
        begun = true;
        switch (scope.network().setGroups(one, List.of(group))) {
          case Network.Change.Made made -> {
            changed.add(one.id());
            reasons.put(one.id(), ACCEPTED);
          }
          case Network.Change.Gone gone -> reasons.put(one.id(), "gone");
          case Network.Change.Denied no -> {
            denied++;
            reasons.put(one.id(), no.reason());
          }
        }
      } catch (Unavailable e) {
        if (begun) {
          changed.add(one.id());
        }
        reasons.put(one.id(), String.valueOf(e.getMessage()));
      }
    }
    boolean hopeless = !open.isEmpty() && denied == open.size();
    return new Swap(seen.id(), group, again, hopeless, reasons, changed, Standby.Attempt.NONE);
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

  /**
   * The end of an attempt on an instance that was started again meanwhile. What EC2 accepted before
   * may still take effect.
   */
  Swap notAfterRestart(Instance now) {
    String reason =
        "the instance was started again at "
            + now.launchedAt()
            + ", so it is no longer what the alert saw";
    Map<String, String> left = new LinkedHashMap<>();
    now.openTo(group).forEach(one -> left.put(one.id(), reason));
    return new Swap(instance, group, again, false, left, changed, standby);
  }

  /** The state of an attempt of which only the start is known. */
  static Swap interrupted(Instance before, String group) {
    Map<String, String> reasons = new LinkedHashMap<>();
    before.interfaces().forEach(one -> reasons.put(one.id(), "the attempt was interrupted"));
    return new Swap(
        before.id(), group, false, false, reasons, reasons.keySet(), Standby.Attempt.NONE);
  }
}
