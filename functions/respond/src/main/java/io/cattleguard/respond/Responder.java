package io.cattleguard.respond;

import io.cattleguard.events.Alert;
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
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Carries decisions out: the only class that acts, and one exact object at a time. */
public final class Responder {
  private final Playbooks playbooks;
  private final Cluster cluster;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final Verification verification;

  /**
   * Over a cluster and a ledger.
   *
   * @param clock only for waiting until an action shows its effect
   * @param pause waits between two looks
   */
  public Responder(
      Playbooks playbooks,
      Cluster cluster,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Pause pause) {
    this.playbooks = playbooks;
    this.cluster = cluster;
    this.ledger = ledger;
    this.settings = settings;
    this.verification = new Verification(cluster, clock, pause, settings.verifyWithin());
  }

  /** The names of the guard-rails, every one of which is asked before an action. */
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
    Situation situation = situation(scored, playbook, step, now, replayed);
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
      case Decision.Act act -> act(situation, act.pod());
    };
  }

  private Situation situation(
      ScoredAlert scored, Playbook playbook, Step step, Instant now, boolean replayed) {
    Target target = scored.alert().target();
    String namespace = target.namespace();
    String name = target.pod();
    Fact<Optional<Pod>> pod =
        namespace == null || name == null
            ? new Fact.Known<>(Optional.empty())
            : Fact.ask(() -> cluster.pod(namespace, name));
    Optional<Pod> found =
        pod instanceof Fact.Known<Optional<Pod>> known ? known.value() : Optional.empty();
    boolean deletes = step instanceof Step.DeletePod && found.isPresent();
    // Each question is a journey to the API server and back; these two go together.
    CompletableFuture<Fact<List<DisruptionBudget>>> budgets =
        deletes
            ? CompletableFuture.supplyAsync(
                () -> Fact.ask(() -> cluster.disruptionBudgets(found.orElseThrow())),
                Thread::startVirtualThread)
            : CompletableFuture.completedFuture(new Fact.Unknown<>("not asked"));
    Fact<Cluster.Peers> peers =
        deletes
            ? Fact.ask(() -> cluster.look(found.orElseThrow()))
            : new Fact.Unknown<>("not asked");
    return new Situation(
        scored,
        playbook,
        step,
        settings,
        pod,
        peers,
        budgets.join(),
        Fact.ask(
            () -> ledger.spent(budgetKey(playbook, found), now.minus(playbook.budget().window()))),
        Fact.ask(ledger::halted),
        now,
        replayed);
  }

  private ResponseDecided act(Situation situation, Pod pod) {
    if (!(situation.step() instanceof Step.DeletePod)) {
      return claimAndAct(situation, pod);
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

  private ResponseDecided claimAndAct(Situation situation, Pod pod) {
    Ledger.Key key = new Ledger.Key(situation.step().action(), pod.uid());
    String alertId = situation.scored().alert().id();
    return switch (ledger.claim(key, alertId, situation.now(), settings.hold())) {
      case Claim.Held held ->
          throw new Unavailable(
              key.action() + " on " + pod.uid() + " is in other hands until " + held.until());
      case Claim.Settled settled -> settledBefore(situation, pod, settled.settlement());
      case Claim.Granted granted -> actAsHolder(situation, pod, key);
    };
  }

  /**
   * An alert that did its work and is delivered again finds its pod gone, or itself old; it must
   * not tell people that nothing was done.
   */
  private Optional<ResponseDecided> answeredBefore(Situation situation) {
    Target target = situation.scored().alert().target();
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
                Pod.inWords(
                    String.valueOf(target.namespace()), String.valueOf(target.pod()), one.uid()),
                one.settlement(),
                objections(one.settlement())));
  }

  /**
   * Whoever was killed between a deletion and its settlement finds the pod gone, and must not tell
   * people that nothing was done.
   */
  private Optional<ResponseDecided> interruptedBefore(Situation situation) {
    Target target = situation.scored().alert().target();
    if (!(situation.step() instanceof Step.DeletePod)
        || !(situation.pod() instanceof Fact.Known<Optional<Pod>> known)) {
      return Optional.empty();
    }
    Optional<String> uid;
    try {
      uid = ledger.begun(situation.scored().alert().id(), situation.step().action());
    } catch (Unavailable e) {
      return Optional.empty();
    }
    return uid.filter(deleted -> known.value().filter(pod -> pod.uid().equals(deleted)).isEmpty())
        .map(
            deleted -> {
              Settlement settlement =
                  settlement(
                      situation,
                      ResponseOutcome.TAKEN,
                      "that pod is gone; whoever deleted it was interrupted before a replacement"
                          + " was seen",
                      Optional.empty());
              ledger.settle(new Ledger.Key(situation.step().action(), deleted), settlement);
              return decided(
                  situation,
                  Pod.inWords(
                      String.valueOf(target.namespace()), String.valueOf(target.pod()), deleted),
                  settlement,
                  List.of());
            });
  }

  private static List<String> objections(Settlement settlement) {
    return settlement.outcome() == ResponseOutcome.REFUSED
        ? List.of(settlement.explanation())
        : List.of();
  }

  /** The same alert, delivered again, is told the same; another learns that it was done. */
  private ResponseDecided settledBefore(Situation situation, Pod pod, Settlement settlement) {
    if (settlement.alertId().equals(situation.scored().alert().id())) {
      return decided(situation, pod.inWords(), settlement, objections(settlement));
    }
    return refused(
        situation,
        List.of(
            situation.step().action()
                + " was "
                + settlement.outcome().jsonName()
                + " on this pod at "
                + settlement.at()
                + " for alert "
                + settlement.alertId()));
  }

  private ResponseDecided actAsHolder(Situation situation, Pod pod, Ledger.Key key) {
    Playbook playbook = situation.playbook();
    Optional<String> stop = lastLook(situation, pod, playbook, key);
    Settlement settlement;
    if (stop.isPresent()) {
      settlement = settlement(situation, ResponseOutcome.REFUSED, stop.get(), Optional.empty());
    } else {
      settlement = execute(situation, pod);
    }
    ledger.settle(key, settlement);
    return decided(situation, pod.inWords(), settlement, objections(settlement));
  }

  /** Right before acting: the kill switch once more, and the budget taken for good. */
  private Optional<String> lastLook(
      Situation situation, Pod pod, Playbook playbook, Ledger.Key key) {
    if (ledger.halted()) {
      return Optional.of("the kill switch is on: nothing acts");
    }
    Budget budget = playbook.budget();
    boolean spent =
        ledger.spend(
            budgetKey(playbook, Optional.of(pod)),
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

  private Settlement execute(Situation situation, Pod pod) {
    try {
      return switch (situation.step()) {
        case Step.DeletePod delete -> delete(situation, pod, delete);
        case Step.IsolatePod isolate -> isolate(situation, pod, isolate);
      };
    } catch (Unavailable e) {
      return settlement(
          situation,
          ResponseOutcome.FAILED,
          "not seen to be done: " + e.getMessage(),
          Optional.empty());
    }
  }

  private Settlement delete(Situation situation, Pod pod, Step.DeletePod step) {
    Set<String> before =
        situation.peers() instanceof Fact.Known<Cluster.Peers> known
            ? known.value().uids()
            : cluster.peers(pod);
    return switch (cluster.delete(pod, step.grace())) {
      case MADE -> verified(situation, verification.deleted(pod, before), Optional.empty());
      case GONE, REPLACED ->
          settlement(
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
        yield settlement(
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
    return settlement(
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
      ResponseDecided decided = Release.of(containment, cluster, now);
      hear.accept(decided);
      if (decided.outcome() == ResponseOutcome.RELEASED) {
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

  private static Settlement settlement(
      Situation situation,
      ResponseOutcome outcome,
      String explanation,
      Optional<Instant> leaseUntil) {
    return new Settlement(
        situation.scored().alert().id(), outcome, explanation, situation.now(), leaseUntil);
  }

  private static String targetInWords(Situation situation) {
    if (situation.pod() instanceof Fact.Known<Optional<Pod>> known && known.value().isPresent()) {
      return known.value().get().inWords();
    }
    Alert alert = situation.scored().alert();
    return alert.target().pod() == null
        ? "no pod"
        : "pod " + alert.target().namespace() + "/" + alert.target().pod();
  }

  private static String budgetKey(Playbook playbook, Optional<Pod> pod) {
    String share =
        switch (playbook.budget().per()) {
          case WORKLOAD -> pod.map(Pod::workload).orElse("unknown");
          case NAMESPACE -> pod.map(Pod::namespace).orElse("unknown");
          case CLUSTER -> "cluster";
        };
    return playbook.name() + "/" + share;
  }
}
