package io.cattleguard.respond;

import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Ledger.Claim;
import io.cattleguard.respond.Ledger.Containment;
import io.cattleguard.respond.Ledger.Settlement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Carries decisions out: the only class that acts, and one exact object at a time. */
public final class Responder {
  private final Playbooks playbooks;
  private final Cluster cluster;
  private final Facts facts;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final Verification verification;
  private final Quarantine quarantine;
  private final Revocation revocation;

  /** Over a cluster and a ledger, and no cloud account. */
  public Responder(
      Playbooks playbooks,
      Cluster cluster,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Pause pause) {
    this(playbooks, cluster, new NoNetwork(), ledger, settings, clock, pause);
  }

  /**
   * Over a cluster, a cloud account and a ledger.
   *
   * @param clock only for waiting until an action shows its effect
   * @param pause waits between two looks
   */
  public Responder(
      Playbooks playbooks,
      Cluster cluster,
      Network network,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Pause pause) {
    this.playbooks = playbooks;
    this.cluster = cluster;
    this.facts = new Facts(cluster, network, ledger, settings);
    this.ledger = ledger;
    this.settings = settings;
    this.verification = new Verification(cluster, clock, pause, settings.verifyWithin());
    this.quarantine = new Quarantine(network, ledger, clock, pause, settings.verifyWithin());
    this.revocation = new Revocation(network, ledger, clock, pause, settings.verifyWithin());
  }

  /** The names of the guard-rails, every one of which is asked before a pod is touched. */
  public static List<String> guardRails() {
    return List.copyOf(Guards.BY_NAME.keySet());
  }

  /** Waits a moment. */
  @FunctionalInterface
  public interface Pause {
    /** Waits that many milliseconds. */
    void millis(long millis);
  }

  /**
   * Answers a scored alert by every playbook that matches it, step by step.
   *
   * @return what was done, or why not, for each step
   * @throws Unavailable where another attempt may do better: another one holds the action, or the
   *     ledger does not answer; nothing was left half recorded
   */
  public List<ResponseDecided> respond(ScoredAlert scored, Instant now, boolean replayed) {
    List<ResponseDecided> decided = new ArrayList<>();
    respond(scored, now, replayed, decided::add);
    return decided;
  }

  /**
   * Answers as {@link #respond(ScoredAlert, Instant, boolean)} does, and says what became of each
   * step before it takes the next: nobody waits for a deletion to hear that a pod is cut off.
   */
  public void respond(
      ScoredAlert scored, Instant now, boolean replayed, Consumer<ResponseDecided> hear) {
    for (Playbook playbook : playbooks.answering(scored)) {
      for (Step step : playbook.steps()) {
        hear.accept(take(scored, playbook, step, now, replayed));
      }
    }
  }

  private ResponseDecided take(
      ScoredAlert scored, Playbook playbook, Step step, Instant now, boolean replayed) {
    Situation situation = facts.gather(scored, playbook, step, now, replayed);
    Decision decision = Decision.decide(situation);
    if (playbook.mode() == Mode.ENFORCE && !(decision instanceof Decision.Act)) {
      Optional<ResponseDecided> before = answeredBefore(situation);
      if (before.isPresent()) {
        return before.get();
      }
      Optional<ResponseDecided> interrupted = interruptedBefore(situation);
      if (interrupted.isPresent()) {
        return interrupted.get();
      }
    }
    return switch (decision) {
      case Decision.Observe observe ->
          outcome(
              situation,
              ResponseOutcome.OBSERVED,
              observe.objections(),
              observed(observe, settings));
      case Decision.Refuse refuse -> refused(situation, refuse.objections());
      case Decision.AwaitApproval approval ->
          outcome(
              situation,
              ResponseOutcome.AWAITING_APPROVAL,
              List.of(),
              "waits for a person to approve it");
      case Decision.Act act -> act(situation, act.subject());
    };
  }

  private ResponseDecided act(Situation situation, Subject subject) {
    if (!(situation.step() instanceof Step.DeletePod) || !(subject instanceof Pod pod)) {
      return claimAndAct(situation, subject);
    }
    String room = "deleting/" + pod.workload();
    if (!ledger.spend(room, pod.uid(), situation.now(), settings.hold(), readyPeers(situation))) {
      throw new Unavailable(
          "so many pods of " + pod.workload() + " are being deleted that none would be left");
    }
    try {
      return claimAndAct(situation, pod);
    } finally {
      ledger.giveBack(room, pod.uid());
    }
  }

  /**
   * As many deletions of one workload may be under way as other pods of it were ready: two that
   * look at the same moment each count the other's pod as one that stays.
   */
  private static int readyPeers(Situation situation) {
    return situation.peers() instanceof Fact.Known<Cluster.Peers> known ? known.value().ready() : 0;
  }

  private ResponseDecided claimAndAct(Situation situation, Subject subject) {
    Ledger.Key key = new Ledger.Key(situation.step().action(), subject.uid());
    String alertId = situation.scored().alert().id();
    return switch (ledger.claim(key, alertId, situation.now(), settings.hold())) {
      case Claim.Held held ->
          throw new Unavailable(
              key.action() + " on " + subject.uid() + " is in other hands until " + held.until());
      case Claim.Settled settled -> settledBefore(situation, subject, settled.settlement());
      case Claim.Granted granted -> actAsHolder(situation, subject, key);
    };
  }

  /**
   * An alert that did its work and is delivered again finds its pod gone, or itself old; it must
   * not tell people that nothing was done.
   */
  private Optional<ResponseDecided> answeredBefore(Situation situation) {
    Optional<Ledger.Answer> answer;
    try {
      answer = ledger.answered(situation.scored().alert().id(), situation.step().action());
    } catch (Unavailable e) {
      return Optional.empty();
    }
    return answer.map(
        one ->
            decided(
                situation,
                inWords(situation, one.uid()),
                one.settlement(),
                objections(one.settlement())));
  }

  /** The object with that UID, which may be gone, as the alert names it. */
  private static String inWords(Situation situation, String uid) {
    Target target = situation.scored().alert().target();
    return switch (situation.step()) {
      case Step.QuarantineInstance quarantine -> Instance.inWords(uid);
      case Step.RevokeIngress revoke -> IngressRule.inWords(uid);
      case Step.IsolatePod isolate ->
          Pod.inWords(String.valueOf(target.namespace()), String.valueOf(target.pod()), uid);
      case Step.DeletePod delete ->
          Pod.inWords(String.valueOf(target.namespace()), String.valueOf(target.pod()), uid);
    };
  }

  /**
   * Whoever was killed between an action and its settlement finds the pod gone, or the rule closed,
   * and must not tell people that nothing was done.
   */
  private Optional<ResponseDecided> interruptedBefore(Situation situation) {
    try {
      Optional<String> uid =
          ledger.begun(situation.scored().alert().id(), situation.step().action());
      return switch (situation.step()) {
        case Step.IsolatePod isolate -> Optional.empty();
        case Step.DeletePod delete -> interruptedDeletion(situation, uid);
        case Step.OnNetwork network -> uid.flatMap(one -> interruptedOnNetwork(situation, one));
      };
    } catch (Unavailable e) {
      return Optional.empty();
    }
  }

  private Optional<ResponseDecided> interruptedOnNetwork(Situation situation, String uid) {
    Ledger.Key key = new Ledger.Key(situation.step().action(), uid);
    return ledger
        .remembered(key)
        .map(
            containment -> {
              Settlement settlement =
                  switch (containment.subject()) {
                    case Instance instance -> quarantine.interrupted(situation, containment);
                    case IngressRule rule -> revocation.interrupted(situation, containment);
                    case Pod pod -> throw new IllegalStateException(key + " is about a pod");
                  };
              ledger.settle(key, settlement);
              return decided(situation, containment.subject().inWords(), settlement, List.of());
            });
  }

  private Optional<ResponseDecided> interruptedDeletion(Situation situation, Optional<String> uid) {
    if (!(situation.pod() instanceof Fact.Known<Optional<Pod>> known)) {
      return Optional.empty();
    }
    return uid.filter(deleted -> known.value().filter(pod -> pod.uid().equals(deleted)).isEmpty())
        .map(
            deleted -> {
              Settlement settlement =
                  Settlement.of(
                      situation,
                      ResponseOutcome.TAKEN,
                      "that pod is gone; whoever deleted it was interrupted before a replacement"
                          + " was seen",
                      Optional.empty());
              ledger.settle(new Ledger.Key(situation.step().action(), deleted), settlement);
              return decided(situation, inWords(situation, deleted), settlement, List.of());
            });
  }

  private static List<String> objections(Settlement settlement) {
    return settlement.outcome() == ResponseOutcome.REFUSED
        ? List.of(settlement.explanation())
        : List.of();
  }

  /** The same alert, delivered again, is told the same; another learns that it was done. */
  private ResponseDecided settledBefore(
      Situation situation, Subject subject, Settlement settlement) {
    if (settlement.alertId().equals(situation.scored().alert().id())) {
      return decided(situation, subject.inWords(), settlement, objections(settlement));
    }
    return refused(
        situation,
        List.of(
            situation.step().action()
                + " was "
                + settlement.outcome().jsonName()
                + (subject instanceof Pod
                    ? " on this pod at "
                    : " on " + subject.inWords() + " at ")
                + settlement.at()
                + " for alert "
                + settlement.alertId()));
  }

  private ResponseDecided actAsHolder(Situation situation, Subject subject, Ledger.Key key) {
    Playbook playbook = situation.playbook();
    Optional<String> stop = lastLook(situation, subject, playbook, key);
    Settlement settlement;
    if (stop.isPresent()) {
      settlement = Settlement.of(situation, ResponseOutcome.REFUSED, stop.get(), Optional.empty());
    } else {
      settlement = execute(situation, subject);
    }
    ledger.settle(key, settlement);
    return decided(situation, subject.inWords(), settlement, objections(settlement));
  }

  /** Right before acting: the kill switch once more, and the budget taken for good. */
  private Optional<String> lastLook(
      Situation situation, Subject subject, Playbook playbook, Ledger.Key key) {
    if (ledger.halted()) {
      return Optional.of("the kill switch is on: nothing acts");
    }
    Budget budget = playbook.budget();
    boolean spent =
        ledger.spend(
            playbook.budgetOf(Optional.of(subject)),
            key.action() + "/" + key.uid(),
            situation.now(),
            budget.window(),
            budget.max());
    return spent
        ? Optional.empty()
        : Optional.of(
            "the playbook's budget of "
                + budget.max()
                + " actions within "
                + Guards.words(budget.window())
                + " was spent a moment ago");
  }

  private Settlement execute(Situation situation, Subject subject) {
    try {
      return switch (subject) {
        case Pod pod -> execute(situation, pod);
        case Instance instance ->
            quarantine.take(situation, instance, situation.knownGroup().orElseThrow());
        case IngressRule rule -> revocation.take(situation, rule);
      };
    } catch (Unavailable e) {
      return Settlement.of(
          situation,
          ResponseOutcome.FAILED,
          "not seen to be done: " + e.getMessage(),
          Optional.empty());
    }
  }

  private Settlement execute(Situation situation, Pod pod) {
    return switch (situation.step()) {
      case Step.DeletePod delete -> delete(situation, pod, delete);
      case Step.IsolatePod isolate -> isolate(situation, pod, isolate);
      case Step.OnNetwork network ->
          throw new IllegalStateException(network.action() + " is not about a pod");
    };
  }

  private Settlement delete(Situation situation, Pod pod, Step.DeletePod step) {
    Set<String> before =
        situation.peers() instanceof Fact.Known<Cluster.Peers> known
            ? known.value().uids()
            : cluster.peers(pod);
    return switch (cluster.delete(pod, step.grace())) {
      case MADE -> verified(situation, verification.deleted(pod, before), Optional.empty());
      case GONE, REPLACED ->
          Settlement.of(
              situation,
              ResponseOutcome.TAKEN,
              "nothing left to do: that pod was gone already",
              Optional.empty());
    };
  }

  private Settlement isolate(Situation situation, Pod pod, Step.IsolatePod step) {
    Instant until = situation.now().plus(step.lease());
    Containment containment =
        new Containment(
            pod,
            situation.playbook().name(),
            situation.now(),
            until,
            AlertJson.write(situation.scored()).toString());
    ledger.remember(containment);
    return switch (cluster.isolate(pod)) {
      case MADE -> verified(situation, verification.isolated(pod), Optional.of(until));
      case GONE, REPLACED -> {
        ledger.forget(containment);
        yield Settlement.of(
            situation,
            ResponseOutcome.REFUSED,
            "that pod is gone; nothing was isolated",
            Optional.empty());
      }
    };
  }

  private Settlement verified(
      Situation situation, Verification.Look look, Optional<Instant> leaseUntil) {
    Verification.Finding finding = look.untilDeadline();
    return Settlement.of(
        situation,
        finding.confirmed() ? ResponseOutcome.TAKEN : ResponseOutcome.FAILED,
        finding.inWords(),
        leaseUntil);
  }

  /**
   * Puts back what was cut off for long enough.
   *
   * @return a {@code released} or {@code failed} event for each containment whose lease has ended
   */
  public List<ResponseDecided> releaseEnded(Instant now) {
    List<ResponseDecided> decided = new ArrayList<>();
    releaseEnded(now, decided::add);
    return decided;
  }

  /**
   * Releases as {@link #releaseEnded(Instant)} does, and says so of each before it is forgotten:
   * whoever dies in between releases it again, and says the same.
   */
  public void releaseEnded(Instant now, Consumer<ResponseDecided> hear) {
    for (Containment containment : ledger.endedBy(now)) {
      ResponseDecided decided = new Release(cluster, quarantine, revocation).of(containment, now);
      hear.accept(decided);
      if (decided.outcome() != ResponseOutcome.FAILED) {
        ledger.forget(containment);
      }
    }
  }

  private static String observed(Decision.Observe observe, ResponderSettings settings) {
    int objections = observe.objections().size();
    if (objections > 0) {
      return "would not have been done: "
          + (objections == 1 ? "a guard-rail objects" : objections + " guard-rails object");
    }
    return settings.rehearsal()
        ? "would have been done, if the guard-rails that ask the live cluster had agreed"
        : "would have been done: every guard-rail agrees";
  }

  private static ResponseDecided refused(Situation situation, List<String> objections) {
    return outcome(
        situation,
        ResponseOutcome.REFUSED,
        objections,
        "not done: " + String.join("; ", objections));
  }

  private static ResponseDecided outcome(
      Situation situation, ResponseOutcome outcome, List<String> objections, String explanation) {
    return new ResponseDecided(
        situation.scored(),
        situation.playbook().name(),
        situation.step().action(),
        targetInWords(situation),
        outcome,
        objections,
        explanation,
        situation.now(),
        null);
  }

  private static ResponseDecided decided(
      Situation situation, String target, Settlement settlement, List<String> objections) {
    return new ResponseDecided(
        situation.scored(),
        situation.playbook().name(),
        situation.step().action(),
        target,
        settlement.outcome(),
        objections,
        settlement.explanation(),
        settlement.at(),
        settlement.leaseUntil().orElse(null));
  }

  private static String targetInWords(Situation situation) {
    Optional<? extends Subject> subject = situation.subject();
    if (subject.isPresent()) {
      return subject.get().inWords();
    }
    Target target = situation.scored().alert().target();
    return switch (situation.step()) {
      case Step.QuarantineInstance quarantine -> named("instance", target.instance());
      case Step.RevokeIngress revoke -> named("security group", target.securityGroup());
      case Step.IsolatePod isolate -> podInWords(target);
      case Step.DeletePod delete -> podInWords(target);
    };
  }

  private static String podInWords(Target target) {
    return target.pod() == null ? "no pod" : "pod " + target.namespace() + "/" + target.pod();
  }

  private static String named(String kind, @Nullable String name) {
    return name == null ? "no " + kind : kind + " " + name;
  }
}
