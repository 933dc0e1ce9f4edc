package io.cattleguard.respond.aws.actions.address;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Permission;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.address.ObservedAddress.Listed;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.Blocklist;
import io.cattleguard.respond.aws.blocklist.Blocklists;
import io.cattleguard.respond.aws.blocklist.ListArn;
import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Adds the address from which an inbound attack came to the listed IP sets of AWS WAF and managed
 * prefix lists, which web ACLs and firewalls of the account block.
 *
 * @param leaseTime after which the entries are removed
 * @param ipv4 length of the prefix around an IPv4 address that is blocked; 32 is the address alone
 * @param ipv6 length of the prefix around an IPv6 address that is blocked
 * @param entries maximum number of entries of a list
 */
public record BlockAddress(Duration leaseTime, int ipv4, int ipv6, int entries)
    implements Action.Leased<AwsScope, ObservedAddress> {
  /** The prefix of the note on an entry of a prefix list. */
  static final String NOTE = "cattleguard until ";

  private static final Duration DEFAULT_LEASE = Duration.ofHours(24);
  private static final Duration LONGEST_LEASE = Duration.ofDays(30);

  /** An attacker usually has a whole IPv6 network, but only one IPv4 address. */
  private static final int ONE_SITE_OF_IPV6 = 64;

  private static final int DEFAULT_ENTRIES = 100;
  private static final int LONGEST_PEER = 60;

  private static final String CAVEAT =
      "everyone behind this address is blocked too; the attacker may come from another one; AWS WAF"
          + " sees only web requests to load balancers and APIs, and may need a minute to use the"
          + " list";

  /** With a lease of one day, one IPv4 address or a /64 of IPv6, and at most 100 entries. */
  public BlockAddress() {
    this(DEFAULT_LEASE, Integer.SIZE, ONE_SITE_OF_IPV6, DEFAULT_ENTRIES);
  }

  @Override
  public String name() {
    return "block-address";
  }

  /** The attacker may come from another address. */
  @Override
  public Effect effect() {
    return Effect.LIMITS;
  }

  @Override
  public Class<AwsScope> place() {
    return AwsScope.class;
  }

  @Override
  public BlockAddress with(PolicyNode settings) {
    PolicyNode.Mapping keys = settings.mapping("lease", "ipv4", "ipv6", "entries");
    Optional<PolicyNode> lease = keys.optional("lease");
    lease
        .filter(node -> node.duration().compareTo(LONGEST_LEASE) > 0)
        .ifPresent(
            node -> {
              throw node.wrong("an address is blocked for at most 30d; its owner changes");
            });
    return new BlockAddress(
        lease.map(PolicyNode::duration).orElse(leaseTime),
        keys.optional("ipv4").map(node -> node.wholeNumber(24, Integer.SIZE)).orElse(ipv4),
        keys.optional("ipv6").map(node -> node.wholeNumber(48, 2 * Long.SIZE)).orElse(ipv6),
        keys.optional("entries").map(most -> most.wholeNumber(1, 10_000)).orElse(entries));
  }

  @Override
  public ObservedAddress look(AwsScope scope, ScoredAlert scored) {
    return ObservedAddress.of(scope, scored.alert(), this);
  }

  @Override
  public List<Guard<ObservedAddress>> guards() {
    return AddressGuards.all(this);
  }

  @Override
  public Progress take(AwsScope scope, ObservedAddress observed, UndoRecord undo) {
    AddressBlock all = observed.subject().orElseThrow();
    Optional<AddressBlock> begun = undo.remembered().map(AddressBlock::read);
    List<Blocklist> missing =
        observed.read().stream()
            .map(Listed::list)
            .filter(list -> !list.covers(all.network()))
            .toList();
    if (missing.isEmpty() && begun.isEmpty()) {
      // Reads the lists again: a list that had the entry may lose it now, because its lease ended.
      return pending(all.in(List.of()), all.lists(), Map.of(), observed);
    }
    List<ListArn> lists = new ArrayList<>(begun.map(AddressBlock::lists).orElse(List.of()));
    missing.stream().map(Blocklist::arn).filter(one -> !lists.contains(one)).forEach(lists::add);
    AddressBlock block = all.in(lists);
    undo.remember(block);
    Map<ListArn, String> denied = new LinkedHashMap<>();
    for (Blocklist list : missing) {
      denied(scope, list, block, undo).ifPresent(why -> denied.put(list.arn(), why));
    }
    if (denied.size() == missing.size() && begun.isEmpty()) {
      undo.forget();
      return new Progress.Done(
          ResponseOutcome.FAILED, "not taken: " + PendingBlock.inWords(denied));
    }
    return pending(block, all.lists(), denied, observed);
  }

  private static Progress pending(
      AddressBlock block,
      List<ListArn> lists,
      Map<ListArn, String> denied,
      ObservedAddress observed) {
    return new PendingBlock(
            block,
            lists,
            denied,
            observed.leftOut().stream()
                .map(ObservedAddress.LeftOut::why)
                .collect(Collectors.joining("; ")),
            observed.unseen().orElse(""))
        .progress();
  }

  /** Adds the entry. A call whose outcome is unknown is verified like any other. */
  private static Optional<String> denied(
      AwsScope scope, Blocklist list, AddressBlock block, UndoRecord undo) {
    undo.checkMayChange();
    try {
      return switch (scope
          .addresses()
          .blocklists()
          .add(list, block.network(), NOTE + undo.until())) {
        case Change.Made made -> Optional.empty();
        case Change.Denied no -> Optional.of(no.reason());
        case Change.Gone gone -> Optional.of("the list is gone");
      };
    } catch (Unavailable e) {
      return Optional.empty();
    }
  }

  /**
   * Done when every list shows the entry. A list that was changed meanwhile is retried, unless it
   * is full now. The entry is removed from a list that would allow the address.
   */
  @Override
  public Progress verify(AwsScope scope, JsonNode state, UndoRecord undo, Duration since) {
    PendingBlock before = PendingBlock.read(state);
    AddressBlock block = before.block();
    Map<ListArn, String> denied = new LinkedHashMap<>(before.denied());
    List<String> shown = new ArrayList<>();
    Effects effects = new Effects(before.unseen());
    boolean waits = false;
    for (ListArn arn : before.lists()) {
      if (denied.containsKey(arn)) {
        continue;
      }
      Optional<Blocklist> list = scope.addresses().blocklists().list(arn);
      if (list.isEmpty()) {
        denied.put(arn, "the list is gone");
        continue;
      }
      Blocklists.Uses uses = scope.addresses().blocklists().uses(arn, block.network());
      if (!uses.allowing().isEmpty()) {
        if (isWithdrawn(scope, list.get(), block, undo)) {
          denied.put(arn, "it would let the address in: " + String.join(", ", uses.allowing()));
        } else {
          waits = true;
        }
      } else if (list.get().covers(block.network())) {
        shown.add(arn.inWords() + " (" + list.get().entries().size() + " entries)");
        effects.add(arn, uses);
      } else if (ObservedAddress.isFull(list.get(), entries)) {
        denied.put(arn, "it " + ObservedAddress.full(list.get(), entries));
      } else {
        // The stored record may belong to a later block than this state. It must name every list
        // that gets the entry, or the entry would never be removed.
        List<ListArn> remembered =
            undo.remembered().map(AddressBlock::read).map(AddressBlock::lists).orElse(List.of());
        if (!remembered.contains(arn)) {
          for (ListArn known : remembered) {
            block = block.lists().contains(known) ? block : block.with(known);
          }
          block = block.lists().contains(arn) ? block : block.with(arn);
          undo.remember(block);
        }
        denied(scope, list.get(), block, undo).ifPresent(why -> denied.put(arn, why));
        waits = true;
      }
    }
    if (waits) {
      return new PendingBlock(block, before.lists(), denied, before.leftOut(), before.unseen())
          .progress();
    }
    String leftOut = before.leftOut().isEmpty() ? "" : "; left out: " + before.leftOut();
    if (block.lists().isEmpty() && denied.isEmpty()) {
      return new Progress.Done(
          effects.outcome(),
          "nothing to do: "
              + said(block)
              + " was before in "
              + String.join(", ", shown)
              + leftOut
              + effects.inWords());
    }
    if (shown.isEmpty() && isIn(scope, block, undo)) {
      // An earlier attempt added it, so it is still to be removed.
      return new Progress.Done(
          ResponseOutcome.FAILED, "not taken: " + PendingBlock.inWords(denied), true);
    }
    return done(block, undo, shown, denied, effects, leftOut);
  }

  /** Whether a list to which this action added the entry has it. */
  private static boolean isIn(AwsScope scope, AddressBlock block, UndoRecord undo) {
    List<ListArn> lists = new ArrayList<>(block.lists());
    undo.remembered().map(AddressBlock::read).ifPresent(one -> lists.addAll(one.lists()));
    return lists.stream()
        .flatMap(arn -> scope.addresses().blocklists().list(arn).stream())
        .anyMatch(list -> list.entry(block.network()).isPresent());
  }

  /** Whether every list that allows its addresses is free of this action's entry. */
  private static boolean isWithdrawn(
      AwsScope scope, Blocklist list, AddressBlock block, UndoRecord undo) {
    if (!block.lists().contains(list.arn()) || list.entry(block.network()).isEmpty()) {
      return true;
    }
    undo.checkMayChange();
    return scope.addresses().blocklists().remove(list, block.network()) instanceof Change.Made;
  }

  private static Progress.Done done(
      AddressBlock block,
      UndoRecord undo,
      List<String> shown,
      Map<ListArn, String> denied,
      Effects effects,
      String leftOut) {
    if (shown.isEmpty()) {
      undo.forget();
      return new Progress.Done(
          ResponseOutcome.FAILED, "not taken: " + PendingBlock.inWords(denied));
    }
    String what =
        said(block) + " is in " + String.join(", ", shown) + " until " + undo.until() + leftOut;
    if (!denied.isEmpty()) {
      return new Progress.Done(
          ResponseOutcome.FAILED,
          "not in every list: "
              + what
              + "; not in "
              + PendingBlock.inWords(denied)
              + effects.inWords(),
          true);
    }
    return new Progress.Done(effects.outcome(), what + effects.inWords() + "; " + CAVEAT, true);
  }

  static String said(AddressBlock block) {
    Cidr network = block.network();
    return network.isOneAddress() ? network.first().toString() : network.inWords();
  }

  @Override
  public boolean repeatsChanges() {
    return true;
  }

  @Override
  public Duration longestPause() {
    return Duration.ofSeconds(5);
  }

  /** False if a list has lost the entry, would allow the address, or no longer blocks. */
  @Override
  public boolean holds(AwsScope scope, JsonNode subject) {
    AddressBlock block = AddressBlock.read(subject);
    Blocklists blocklists = scope.addresses().blocklists();
    boolean blocks = block.lists().isEmpty();
    for (ListArn arn : block.lists()) {
      if (blocklists.list(arn).filter(one -> one.covers(block.network())).isEmpty()) {
        return false;
      }
      Blocklists.Uses uses = blocklists.uses(arn, block.network());
      if (!uses.allowing().isEmpty()) {
        return false;
      }
      blocks |= !uses.isIdle();
    }
    return blocks;
  }

  /** Determines what the killed attempt has changed, from the stored state. */
  @Override
  public Optional<Progress.Done> interrupted(
      AwsScope scope, ObservedAddress observed, String uid, UndoRecord undo) {
    return undo.remembered()
        .map(AddressBlock::read)
        .map(
            block -> {
              List<String> shown =
                  block.lists().stream()
                      .map(arn -> scope.addresses().blocklists().list(arn))
                      .flatMap(Optional::stream)
                      .filter(list -> list.covers(block.network()))
                      .map(list -> list.arn().inWords())
                      .toList();
              if (shown.isEmpty()) {
                undo.forget();
                return new Progress.Done(
                    ResponseOutcome.FAILED,
                    "not taken: the attempt was interrupted, and no list has the entry");
              }
              return new Progress.Done(
                  shown.size() == block.lists().size()
                      ? ResponseOutcome.REQUESTED
                      : ResponseOutcome.FAILED,
                  "the attempt was interrupted; "
                      + said(block)
                      + " is in "
                      + String.join(", ", shown)
                      + " until "
                      + undo.until()
                      + "; it was not checked whether that blocks it; "
                      + CAVEAT,
                  true);
            });
  }

  @Override
  public Progress.Done release(AwsScope scope, JsonNode subject) {
    return AddressRelease.of(scope.addresses().blocklists(), AddressBlock.read(subject));
  }

  @Override
  public List<Permission> permissions() {
    return AddressStatements.ALL;
  }

  @Override
  public String named(Target target) {
    return "an address";
  }

  /** The peer; all findings about an instance have the same target. */
  @Override
  public String named(Alert alert) {
    String peer = alert.network().peer();
    return peer == null ? "no address" : "address " + HostileText.visible(peer, LONGEST_PEER);
  }

  @Override
  public String inWords(Target target, String uid) {
    return AddressBlock.inWords(uid);
  }
}
