package io.cattleguard.respond;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds out what a decision rests on: asks cluster, account and ledger, and changes nothing. */
final class Facts {
  private final Cluster cluster;
  private final Network network;
  private final Ledger ledger;
  private final ResponderSettings settings;

  Facts(Cluster cluster, Network network, Ledger ledger, ResponderSettings settings) {
    this.cluster = cluster;
    this.network = network;
    this.ledger = ledger;
    this.settings = settings;
  }

  /** All that can be found out; what cannot is told as such. */
  Situation gather(
      ScoredAlert scored, Playbook playbook, Step step, Instant now, boolean replayed) {
    return switch (step) {
      case Step.IsolatePod isolate -> onPod(scored, playbook, step, now, replayed);
      case Step.DeletePod delete -> onPod(scored, playbook, step, now, replayed);
      case Step.OnNetwork network -> onNetwork(scored, playbook, network, now, replayed);
    };
  }

  private Situation onPod(
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
        new Fact.Unknown<>("not asked"),
        new Fact.Unknown<>("not asked"),
        spent(playbook, found, now),
        Fact.ask(ledger::halted),
        now,
        replayed);
  }

  private Situation onNetwork(
      ScoredAlert scored, Playbook playbook, Step.OnNetwork step, Instant now, boolean replayed) {
    Target target = scored.alert().target();
    Fact<Optional<Instance>> instance =
        step instanceof Step.QuarantineInstance
            ? asked(target.instance(), network::instance)
            : new Fact.Unknown<>("not asked");
    Fact<Optional<SecurityGroup>> group =
        step instanceof Step.RevokeIngress
            ? asked(target.securityGroup(), network::group)
            : quarantineGroup(instance);
    Situation situation =
        new Situation(
            scored,
            playbook,
            step,
            settings,
            new Fact.Unknown<>("not asked"),
            new Fact.Unknown<>("not asked"),
            new Fact.Unknown<>("not asked"),
            instance,
            group,
            new Fact.Known<>(0),
            Fact.ask(ledger::halted),
            now,
            replayed);
    return situation.withSpent(spent(playbook, situation.subject(), now));
  }

  private Fact<Optional<SecurityGroup>> quarantineGroup(Fact<Optional<Instance>> instance) {
    return switch (instance) {
      case Fact.Unknown<Optional<Instance>> unknown -> new Fact.Unknown<>(unknown.reason());
      case Fact.Known<Optional<Instance>> known ->
          Fact.ask(
              () ->
                  known
                      .value()
                      .flatMap(one -> network.quarantineGroup(one.vpc()))
                      .flatMap(network::group));
    };
  }

  private static <T> Fact<Optional<T>> asked(
      @Nullable String id, Function<String, Optional<T>> question) {
    return id == null ? new Fact.Known<>(Optional.empty()) : Fact.ask(() -> question.apply(id));
  }

  private Fact<Integer> spent(Playbook playbook, Optional<? extends Subject> subject, Instant now) {
    return Fact.ask(
        () -> ledger.spent(playbook.budgetOf(subject), now.minus(playbook.budget().window())));
  }
}
