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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An attempt to isolate each interface of an instance, and its state between two checks.
 *
 * @param again whether a check has shown that the change had no effect, so that it is repeated
 * @param accepted whether EC2 accepted to isolate an interface, in this attempt or an earlier one,
 *     or may have, without an answer: that may take effect later
 * @param standby the last attempt to put the instance into standby
 */
record Swap(
    String instance,
    String group,
    boolean again,
    boolean hopeless,
    Map<String, String> reasons,
    boolean accepted,
    Standby.Attempt standby) {
  private static final String ACCEPTED = "accepted by EC2, but not in effect yet";

  /** Whether an interface was not changed that should have been. */
  boolean hasFailed() {
    return reasons.values().stream().anyMatch(reason -> !reason.equals(ACCEPTED));
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("instance", instance).put("group", group);
    out.put("again", again).put("hopeless", hopeless).put("accepted", accepted);
    reasons.forEach(out.putObject("reasons")::put);
    out.set("standby", standby.toJson());
    return out;
  }

  static Swap read(JsonNode in) {
    Map<String, String> reasons = new LinkedHashMap<>();
    in.path("reasons")
        .properties()
        .forEach(one -> reasons.put(one.getKey(), one.getValue().asText()));
    return new Swap(
        in.path("instance").asText(),
        in.path("group").asText(),
        in.path("again").asBoolean(),
        in.path("hopeless").asBoolean(),
        reasons,
        in.path("accepted").asBoolean(true),
        Standby.Attempt.read(in.path("standby")));
  }

  Swap after(Standby.Attempt last) {
    return new Swap(instance, group, again, hopeless, reasons, accepted, last);
  }

  /** Isolates each interface that is open, after the previous groups are stored. */
  static Swap make(AwsScope scope, Instance seen, String group, UndoRecord undo) {
    return make(scope, seen, group, undo, false, false, Set.of());
  }

  /** The same once more, of the interfaces that are open as a check has shown. */
  Swap repeated(AwsScope scope, Instance seen, UndoRecord undo, Duration since) {
    return make(scope, seen, group, undo, true, accepted, unseen(since));
  }

  /**
   * The interfaces that EC2 accepted to isolate, and that may not show it yet.
   *
   * @param since time since the first attempt; later, other groups are those of a person
   */
  Set<String> unseen(Duration since) {
    if (since.compareTo(AwsScope.SETTLING) >= 0) {
      return Set.of();
    }
    return reasons.entrySet().stream()
        .filter(one -> one.getValue().equals(ACCEPTED))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static Swap make(
      AwsScope scope,
      Instance seen,
      String group,
      UndoRecord undo,
      boolean again,
      boolean acceptedBefore,
      Set<String> unseen) {
    undo.remember(seen.before(group, undo.remembered().map(Instance::read), unseen));
    List<Interface> open = seen.openTo(group);
    Map<String, String> reasons = new LinkedHashMap<>();
    int denied = 0;
    boolean accepted = acceptedBefore;
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
          case Network.Change.Made made -> {
            accepted = true;
            reasons.put(one.id(), ACCEPTED);
          }
          case Network.Change.Gone gone -> reasons.put(one.id(), "gone");
          case Network.Change.Denied no -> {
            denied++;
            reasons.put(one.id(), no.reason());
          }
        }
      } catch (Unavailable e) {
        accepted = true;
        reasons.put(one.id(), String.valueOf(e.getMessage()));
      }
    }
    boolean hopeless = !open.isEmpty() && denied == open.size();
    return new Swap(seen.id(), group, again, hopeless, reasons, accepted, Standby.Attempt.NONE);
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
    return new Swap(instance, group, again, false, left, accepted, standby);
  }

  /** The state of an attempt of which nothing but its beginning is known. */
  static Swap interrupted(String instance, String group) {
    return new Swap(instance, group, false, false, Map.of(), true, Standby.Attempt.NONE);
  }
}
