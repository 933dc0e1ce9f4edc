package io.cattleguard.respond.aws.actions;

import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.Instance.Interface;
import io.cattleguard.respond.Ledger.Containment;
import io.cattleguard.respond.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Cuts an instance off and puts it back. What its interfaces had is written down before the first
 * of them is touched, and never over what was written down before.
 */
final class Quarantine {
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  /** Security groups do not cut what they have let through: EC2 tracks it until it times out. */
  private static final String CAVEAT = "connections made before may persist";

  private static final String NODE_OF = "kubernetes.io/cluster/";

  private final Network network;
  private final Ledger ledger;
  private final InstantSource clock;
  private final Responder.Pause pause;
  private final Duration deadline;

  Quarantine(
      Network network,
      Ledger ledger,
      InstantSource clock,
      Responder.Pause pause,
      Duration deadline) {
    this.network = network;
    this.ledger = ledger;
    this.clock = clock;
    this.pause = pause;
    this.deadline = deadline;
  }

  /**
   * Swaps the groups of every interface, looks, and tries again what did not take, also what was
   * attached meanwhile, until time is up.
   */
  Settlement take(Situation situation, Instance seen, SecurityGroup into) {
    String group = into.id();
    Instant started = clock.instant();
    List<Interface> writtenDown =
        ledger
            .remembered(Ledger.Key.containing(seen))
            .map(containment -> ((Instance) containment.subject()).interfaces())
            .orElse(List.of());
    Instance now = seen;
    for (long wait = FIRST_PAUSE_MILLIS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MILLIS)) {
      Containment containment = containment(situation, now.before(group, writtenDown));
      writtenDown = ((Instance) containment.subject()).interfaces();
      List<Interface> open = now.openTo(group);
      if (open.isEmpty()) {
        return cutOff(situation, now, containment);
      }
      ledger.remember(containment);
      Map<String, String> reasons = new LinkedHashMap<>();
      boolean hopeless = swap(situation, open, group, reasons);
      Optional<Instance> after;
      try {
        after = network.instance(seen.id());
      } catch (Unavailable e) {
        if (isOver(started)) {
          return failed(
              situation, "not seen to be done: " + e.getMessage(), Optional.of(containment));
        }
        pause.millis(wait);
        continue;
      }
      if (after.isEmpty()) {
        ledger.forget(containment);
        return Settlement.of(
            situation,
            ResponseOutcome.TAKEN,
            "nothing left to do: the instance was gone already",
            Optional.empty());
      }
      now = after.get();
      if (!now.openTo(group).isEmpty() && (hopeless || isOver(started))) {
        return partly(situation, now, group, reasons, containment);
      }
      if (!now.openTo(group).isEmpty()) {
        pause.millis(wait);
      }
    }
  }

  /** Whether nothing of it can ever be done. */
  private boolean swap(
      Situation situation, List<Interface> open, String group, Map<String, String> reasons) {
    int denied = 0;
    for (Interface one : open) {
      // One that was attached since the guard-rails looked has not been judged by them.
      if (!NetworkGuards.mayBeTouched(situation, one.tags())) {
        denied++;
        reasons.put(one.id(), "not tagged " + NetworkGuards.tag(situation));
        continue;
      }
      try {
        switch (network.setGroups(one, List.of(group))) {
          case Network.Change.Made made -> reasons.put(one.id(), "taken, but not seen to hold");
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
    return denied == open.size();
  }

  private static Containment containment(Situation situation, Instance before) {
    return new Containment(
        before,
        situation.playbook().name(),
        situation.now(),
        situation.now().plus(situation.lease()),
        AlertJson.write(situation.scored()).toString());
  }

  private Settlement cutOff(Situation situation, Instance now, Containment containment) {
    Instance before = (Instance) containment.subject();
    ledger.remember(containment);
    int ours = now.interfaces().size() - now.foreign().size();
    String inWords =
        "every interface ("
            + ours
            + ") has "
            + before.quarantine().orElseThrow()
            + " alone; "
            + CAVEAT
            + "; before: "
            + before.groupsInWords()
            + nodeOf(now);
    if (now.foreign().isEmpty()) {
      return Settlement.of(
          situation, ResponseOutcome.TAKEN, inWords, Optional.of(containment.until()));
    }
    return failed(
        situation,
        "partly taken: "
            + now.foreign().stream().map(Interface::id).collect(Collectors.joining(", "))
            + " is not the account's to change and was left; of its own, "
            + inWords,
        Optional.of(containment));
  }

  private static String nodeOf(Instance instance) {
    return instance.tags().keySet().stream()
        .filter(tag -> tag.startsWith(NODE_OF))
        .findFirst()
        .map(
            tag ->
                "; it is a node of cluster "
                    + tag.substring(NODE_OF.length())
                    + ", all of whose pods there are cut off with it")
        .orElse("");
  }

  private Settlement partly(
      Situation situation,
      Instance now,
      String group,
      Map<String, String> reasons,
      Containment containment) {
    List<Interface> open = now.openTo(group);
    int ours = now.interfaces().size() - now.foreign().size();
    String left =
        open.stream()
            .map(one -> one.id() + ": " + reasons.getOrDefault(one.id(), "attached a moment ago"))
            .collect(Collectors.joining("; "));
    if (open.size() < ours) {
      return failed(
          situation,
          "partly taken: "
              + (ours - open.size())
              + " of "
              + ours
              + " interfaces are cut off; left open: "
              + left,
          Optional.of(containment));
    }
    ledger.forget(containment);
    return failed(situation, "not taken: " + left, Optional.empty());
  }

  private static Settlement failed(
      Situation situation, String explanation, Optional<Containment> containment) {
    return Settlement.of(
        situation, ResponseOutcome.FAILED, explanation, containment.map(Containment::until));
  }

  private boolean isOver(Instant started) {
    return Duration.between(started, clock.instant()).compareTo(deadline) >= 0;
  }

  /** What a quarantine came to whose maker was interrupted, where nobody may go on with it. */
  Settlement interrupted(Situation situation, Containment containment) {
    Instance before = (Instance) containment.subject();
    String group = before.quarantine().orElseThrow();
    Optional<Instance> now = network.instance(before.id());
    if (now.isEmpty()) {
      return Settlement.of(
          situation, ResponseOutcome.TAKEN, "the instance is gone", Optional.empty());
    }
    return now.get().openTo(group).isEmpty()
        ? cutOff(situation, now.get(), containment)
        : partly(situation, now.get(), group, Map.of(), containment);
  }

  /**
   * Gives each interface exactly what it had. Where somebody has changed one meanwhile, nothing is
   * touched: whoever did knows more than the ledger.
   */
  Undone release(Instance before) {
    String group = before.quarantine().orElseThrow();
    Optional<Instance> seen = network.instance(before.id());
    if (seen.isEmpty()) {
      return new Undone(ResponseOutcome.RELEASED, "the instance is gone");
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
      return new Undone(
          ResponseOutcome.REFUSED,
          "somebody has changed the groups meanwhile, so none was put back; now "
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
        ? seenToBeBack(before, group)
        : new Undone(
            ResponseOutcome.REFUSED, "could not be put back: " + String.join("; ", denied));
  }

  private Undone seenToBeBack(Instance before, String group) {
    List<Interface> still =
        network.instance(before.id()).map(Instance::interfaces).orElse(List.of()).stream()
            .filter(
                has ->
                    has.isOnlyIn(group)
                        && before.interfaces().stream()
                            .anyMatch(
                                had ->
                                    had.id().equals(has.id())
                                        && had.ours()
                                        && !had.isOnlyIn(group)))
            .toList();
    return still.isEmpty()
        ? new Undone(
            ResponseOutcome.RELEASED, "every interface has what it had: " + before.groupsInWords())
        : new Undone(ResponseOutcome.FAILED, "put back, but not seen to hold: " + inWords(still));
  }

  private static String inWords(List<Interface> interfaces) {
    return interfaces.stream().map(Interface::inWords).collect(Collectors.joining("; "));
  }
}
