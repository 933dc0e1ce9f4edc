package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.pattern.PatternSet;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.fields.AlertFields;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The playbooks of a policy, by file name. */
public final class Playbooks {
  /** The folder of the policy directory that holds them. */
  public static final String FOLDER = "playbooks";

  private static final Duration DEFAULT_FRESHNESS = Duration.ofMinutes(10);

  private final List<Playbook> all;
  private final PatternSet<Playbook> patterns;
  private final Actions actions;
  private final Limits limits;

  /**
   * Takes playbooks and actions.
   *
   * @param actions which also undo containments of actions that no playbook names any more
   */
  public Playbooks(List<Playbook> all, Actions actions) {
    this(all, actions, Limits.DEFAULT);
  }

  /** Takes playbooks, actions and the limits for all playbooks together. */
  public Playbooks(List<Playbook> all, Actions actions, Limits limits) {
    this.all = List.copyOf(all);
    this.patterns = new PatternSet<>(this.all, Playbook::when);
    this.actions = actions;
    this.limits = limits;
  }

  /**
   * Reads {@code playbooks/*.yaml}, one playbook per file, and {@code settings.yaml}. A policy
   * without the folder has no playbooks.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static Playbooks read(PolicyFiles policy) {
    return read(policy, Actions.registered());
  }

  /** Reads playbooks as {@link #read(PolicyFiles)} does, with the given actions. */
  static Playbooks read(PolicyFiles policy, Actions actions) {
    Set<String> names = new HashSet<>();
    return new Playbooks(
        policy.folder(FOLDER, file -> playbook(file, names, actions)),
        actions,
        Limits.read(policy));
  }

  private static Playbook playbook(PolicyNode file, Set<String> names, Actions actions) {
    PolicyNode.Mapping keys =
        file.mapping(
            "name",
            "when",
            "mode",
            "modes",
            "freshness",
            "steps",
            "budget",
            "approval",
            "runbook",
            "tests");
    PolicyNode name = keys.required("name");
    if (!names.add(name.text())) {
      throw name.wrong("duplicate playbook name '" + name.text() + "'");
    }
    Parts parts = new Parts(keys, actions);
    try {
      return parts.playbook(name.text());
    } catch (PolicyException first) {
      throw parts.allErrors(first);
    }
  }

  /** The parts of a playbook's file. */
  private record Parts(PolicyNode.Mapping keys, Actions actions) {
    private Playbook playbook(String name) {
      keys.optional("runbook").ifPresent(PolicyNode::httpsLink);
      return new Playbook(
          name, when(), modes(), freshness(), steps(), budget(), then(), approval());
    }

    /** The errors of all parts, because reading ends at the first one. */
    private PolicyException allErrors(PolicyException first) {
      List<Supplier<?>> parts =
          List.of(
              () -> keys.optional("runbook").map(PolicyNode::httpsLink),
              this::when,
              this::modes,
              this::freshness,
              this::steps,
              this::budget,
              this::then,
              this::approval);
      try {
        List<Object> unused = PolicyFiles.eachCollectingErrors(parts, Supplier::get);
        return first;
      } catch (PolicyException all) {
        return new PolicyException(
            all.errors().stream()
                .distinct()
                .sorted(Comparator.comparingInt(PolicyError::line))
                .toList());
      }
    }

    private EventPattern when() {
      return pattern(keys.required("when"));
    }

    private Modes modes() {
      return new Modes(
          keys.optional("mode").map(node -> node.oneOf(Mode.class)).orElse(Mode.OBSERVE),
          keys.optional("modes").map(Modes::read).orElse(List.of()));
    }

    private Duration freshness() {
      return keys.optional("freshness").map(PolicyNode::duration).orElse(DEFAULT_FRESHNESS);
    }

    private List<Action<?, ?>> steps() {
      PolicyNode steps = keys.required("steps");
      if (steps.items().isEmpty()) {
        throw steps.wrong("a playbook needs at least one step");
      }
      return PolicyFiles.eachCollectingErrors(steps.items(), actions::step).stream()
          .<Action<?, ?>>flatMap(Optional::stream)
          .toList();
    }

    private Budget budget() {
      return keys.optional("budget").map(Playbooks::budget).orElse(Budget.DEFAULT);
    }

    private Optional<Action<?, ?>> then() {
      return keys.optional("budget")
          .flatMap(node -> budgetKeys(node).optional("then"))
          .flatMap(actions::step);
    }

    private ApprovalRules approval() {
      Optional<PolicyNode> approval = keys.optional("approval");
      if (approval.isPresent() && modes().equals(Modes.everywhere(Mode.ENFORCE))) {
        throw approval.get().wrong("mode enforce asks no person; use mode: approve");
      }
      return approval.map(ApprovalRules::read).orElse(ApprovalRules.DEFAULT);
    }
  }

  /** Rejects an empty pattern, because it would act on every alert. */
  private static EventPattern pattern(PolicyNode when) {
    if (when.anyMapping().keys().isEmpty()) {
      throw when.wrong("an empty pattern would match every alert; name at least one condition");
    }
    return when.pattern(AlertFields.notChosenByThePod(AlertFields.SCORED), AlertFields.VALUES);
  }

  private static Budget budget(PolicyNode node) {
    PolicyNode.Mapping keys = budgetKeys(node);
    return new Budget(
        keys.required("per").oneOf(Budget.Per.class),
        keys.required("max").wholeNumber(1, 1_000),
        keys.required("window").duration());
  }

  private static PolicyNode.Mapping budgetKeys(PolicyNode node) {
    return node.mapping("per", "max", "window", "then");
  }

  /** A copy in which every playbook only observes. */
  public Playbooks observing() {
    return in(Mode.OBSERVE);
  }

  /** A copy in which every playbook has that mode. */
  public Playbooks in(Mode mode) {
    return new Playbooks(all.stream().map(one -> one.in(mode)).toList(), actions, limits);
  }

  /** The limits for all playbooks together. */
  public Limits limits() {
    return limits;
  }

  /** The registry of actions. */
  public Actions actions() {
    return actions;
  }

  /** All playbooks. */
  public List<Playbook> all() {
    return all;
  }

  /**
   * The actions that these playbooks may take: their steps, the actions that follow a used-up
   * budget, and the stronger actions that replace those. In the order of the registry, without
   * those of other responders.
   */
  public List<Action<?, ?>> used(Predicate<Playbook> of) {
    Set<String> names = new HashSet<>();
    all.stream()
        .filter(of)
        .forEach(
            playbook -> {
              Deque<Action<?, ?>> next = new ArrayDeque<>(playbook.steps());
              playbook.then().ifPresent(next::add);
              while (!next.isEmpty()) {
                Action<?, ?> action = next.remove();
                if (names.add(action.name())) {
                  playbook.escalation(action).flatMap(actions::named).ifPresent(next::add);
                }
              }
            });
    return actions.here().stream().filter(action -> names.contains(action.name())).toList();
  }

  /** The action as the playbook configures it, or with its default settings. */
  public Action<?, ?> configured(String action, String playbook) {
    return all.stream()
        .filter(one -> one.name().equals(playbook))
        .flatMap(one -> Stream.concat(one.steps().stream(), one.then().stream()))
        .filter(step -> step.name().equals(action))
        .<Action<?, ?>>map(step -> step)
        .findFirst()
        .or(() -> actions.named(action))
        .orElseThrow(() -> new IllegalStateException("no action " + action + " is registered"));
  }

  /**
   * The JSON that the patterns of playbooks match. An audit event that several detections name has
   * their names and each of them as its rule, so a playbook for one of them answers it too.
   */
  public static ObjectNode event(ScoredAlert scored) {
    ObjectNode event = AlertJson.matchable(scored);
    String rule = scored.alert().rule();
    if (rule != null
        && scored.alert().alertClass() == AlertClass.AUDIT
        && rule.contains("+")
        && event.get("alert") instanceof ObjectNode alert) {
      ArrayNode rules = alert.putArray("rule").add(rule);
      for (String one : rule.split("\\+", -1)) {
        rules.add(one);
      }
    }
    return event;
  }

  /** The playbooks that match a scored alert, each in its mode for the alert's target. */
  public List<Playbook> answering(ScoredAlert scored) {
    return all.isEmpty()
        ? List.of()
        : patterns.matching(event(scored)).stream()
            .map(one -> one.at(scored.alert().target()))
            .toList();
  }
}
