package io.cattleguard.app.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.replay.PolicyResult.Answer;
import io.cattleguard.app.replay.PolicyResult.Deed;
import io.cattleguard.app.replay.PolicyResult.Effect;
import io.cattleguard.app.replay.PolicyResult.Problem;
import io.cattleguard.events.Points;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The results of two policies on the same recording: their differences in scores, messages,
 * actions.
 */
final class Comparison {
  private final PolicyResult before;
  private final PolicyResult after;
  private final List<PlaybookChanges.Change> playbooks;
  private final List<Difference> problems;

  /** The difference in one action on one object. */
  record ActionDifference(Deed deed, Answer before, Answer after) {
    String words() {
      String objection =
          after.objections().isEmpty() ? "" : " (" + String.join("; ", after.objections()) + ")";
      Set<String> names = new LinkedHashSet<>(after.playbooks());
      names.addAll(before.playbooks());
      return deed.action()
          + " on "
          + deed.target()
          + ": "
          + before.effect().words()
          + " -> "
          + after.effect().words()
          + objection
          + ", playbook "
          + String.join(", ", names);
    }
  }

  /**
   * A problem with different results under the two policies.
   *
   * @param before absent if only the policy after shows the problem, for example because the policy
   *     before suppressed it
   * @param after absent if only the policy before shows it
   */
  record Difference(
      String fingerprint,
      @Nullable Problem before,
      @Nullable Problem after,
      List<ActionDifference> actions) {

    Incident incident() {
      return after != null ? after.incident() : known(before).incident();
    }

    String score() {
      if (before == null) {
        return "new -> " + known(after).score();
      }
      if (after == null) {
        return before.score() + " -> gone";
      }
      return before.score() == after.score()
          ? Integer.toString(after.score())
          : before.score() + " -> " + after.score();
    }

    int highestScore() {
      return Math.max(before == null ? 0 : before.score(), after == null ? 0 : after.score());
    }

    /**
     * The destinations that only one of the policies notifies; those of the policy after the change
     * come first.
     */
    List<String> added() {
      return without(destinations(after), destinations(before));
    }

    List<String> removed() {
      return without(destinations(before), destinations(after));
    }

    /** Reasons of the score that the policy before does not have. */
    List<Points> reasonsAdded() {
      List<Points> reasons = new ArrayList<>(after == null ? List.of() : after.reasons());
      reasons.removeAll(before == null ? List.of() : before.reasons());
      return before == null || after == null ? List.of() : reasons;
    }

    List<Points> reasonsRemoved() {
      List<Points> reasons = new ArrayList<>(before == null ? List.of() : before.reasons());
      reasons.removeAll(after == null ? List.of() : after.reasons());
      return before == null || after == null ? List.of() : reasons;
    }

    boolean isHidden() {
      return before != null && before.isTold() && (after == null || !after.isTold());
    }

    private boolean isNone() {
      return before != null
          && after != null
          && before.score() == after.score()
          && before.reasons().equals(after.reasons())
          && before.destinations().equals(after.destinations())
          && actions.isEmpty();
    }

    private static TreeSet<String> destinations(@Nullable Problem problem) {
      return problem == null ? new TreeSet<>() : problem.destinations();
    }

    private static List<String> without(TreeSet<String> all, TreeSet<String> removed) {
      return all.stream().filter(one -> !removed.contains(one)).toList();
    }

    private static Problem known(@Nullable Problem problem) {
      if (problem == null) {
        throw new IllegalStateException("a difference without a problem");
      }
      return problem;
    }
  }

  Comparison(Policy oldPolicy, Replay oldReplay, Policy newPolicy, Replay newReplay) {
    before = new PolicyResult(oldPolicy, oldReplay);
    after = new PolicyResult(newPolicy, newReplay);
    playbooks = PlaybookChanges.between(oldPolicy, newPolicy);
    problems =
        after.fingerprintsWith(before).stream()
            .map(this::difference)
            .filter(one -> !one.isNone())
            .sorted(
                Comparator.comparing(Comparison::strongest)
                    .thenComparingInt(Difference::highestScore)
                    .reversed())
            .toList();
  }

  private static Effect strongest(Difference difference) {
    return difference.actions.stream()
        .flatMap(one -> Stream.of(one.before.effect(), one.after.effect()))
        .max(Comparator.naturalOrder())
        .orElse(Effect.NONE);
  }

  private Difference difference(String fingerprint) {
    Problem old = before.problems().get(fingerprint);
    Problem now = after.problems().get(fingerprint);
    Map<Deed, Answer> was = old == null ? Map.of() : old.answers();
    Map<Deed, Answer> is = now == null ? Map.of() : now.answers();
    Set<Deed> deeds = new LinkedHashSet<>(is.keySet());
    deeds.addAll(was.keySet());
    List<ActionDifference> actions = new ArrayList<>();
    for (Deed deed : deeds) {
      Answer one = was.getOrDefault(deed, Answer.NONE);
      Answer other = is.getOrDefault(deed, Answer.NONE);
      if (one.effect() != other.effect()) {
        actions.add(new ActionDifference(deed, one, other));
      }
    }
    return new Difference(fingerprint, old, now, actions);
  }

  PolicyResult before() {
    return before;
  }

  PolicyResult after() {
    return after;
  }

  List<PlaybookChanges.Change> playbooks() {
    return playbooks;
  }

  /** Those with the strongest action first, then by score. */
  List<Difference> problems() {
    return problems;
  }

  boolean isEmpty() {
    return problems.isEmpty() && playbooks.isEmpty();
  }

  /** The output of {@code --json}. */
  ObjectNode toJson(long received, List<FailOn.Failure> failures) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("received", received);
    out.set("before", summary(before));
    out.set("after", summary(after));
    ArrayNode changed = out.putArray("policy");
    for (PlaybookChanges.Change change : playbooks) {
      changed.addObject().put("subject", change.subject()).put("change", change.words());
    }
    ArrayNode list = out.putArray("problems");
    problems.forEach(one -> list.add(json(one)));
    ArrayNode failed = out.putArray("failed");
    failures.forEach(
        one -> failed.addObject().put("rule", one.rule()).put("because", one.because()));
    return out;
  }

  private static ObjectNode summary(PolicyResult result) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("problems", result.problems().size());
    out.put("told", result.told());
    ObjectNode actions = out.putObject("actions");
    for (Effect effect : Effect.values()) {
      if (effect != Effect.NONE) {
        actions.put(effect.words(), result.actions(effect));
      }
    }
    return out;
  }

  private static ObjectNode json(Difference difference) {
    ObjectNode out = difference.incident().identity();
    Integer old = difference.before == null ? null : difference.before.score();
    Integer now = difference.after == null ? null : difference.after.score();
    out.putObject("score").put("before", old).put("after", now);
    ObjectNode reasons = out.putObject("reasons");
    write(reasons.putArray("added"), difference.reasonsAdded());
    write(reasons.putArray("removed"), difference.reasonsRemoved());
    ObjectNode destinations = out.putObject("destinations");
    difference.added().forEach(destinations.putArray("added")::add);
    difference.removed().forEach(destinations.putArray("removed")::add);
    ArrayNode actions = out.putArray("actions");
    for (ActionDifference action : difference.actions) {
      ObjectNode one = actions.addObject();
      one.put("action", action.deed.action());
      one.put("target", action.deed.target());
      one.put("before", action.before.effect().words());
      one.put("after", action.after.effect().words());
      Set<String> names = new LinkedHashSet<>(action.after.playbooks());
      names.addAll(action.before.playbooks());
      names.forEach(one.putArray("playbooks")::add);
      action.after.objections().forEach(one.putArray("objections")::add);
    }
    return out;
  }

  private static void write(ArrayNode out, List<Points> reasons) {
    reasons.forEach(one -> out.addObject().put("points", one.value()).put("why", one.reason()));
  }
}
