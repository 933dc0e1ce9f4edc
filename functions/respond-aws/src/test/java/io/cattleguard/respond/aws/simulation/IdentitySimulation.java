package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.DeactivateAccessKey;
import io.cattleguard.respond.aws.actions.RevokeRoleSessions;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.Role;
import io.cattleguard.respond.aws.identity.RoleSessions;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Simulates a random account, findings about access keys and sessions that are forged, replayed,
 * outdated, duplicated or about the root user, and people who change users, keys, roles and
 * policies.
 */
final class IdentitySimulation extends AwsSimulation implements IdentityWorld.Observer {
  private static final String DEACTIVATE = "deactivate-access-key";
  private static final String REVOKE = "revoke-role-sessions";
  private static final Set<String> CHANGES = Set.of("setActive", "deny", "allow");

  /** A user whose name is on the list of protected principals. */
  private static final String LISTED = "break-glass";

  /** How many sessions of a role attackers use. */
  private static final int SESSIONS = 3;

  /** A user with whose key Cattleguard itself signs. */
  private static final String OWN = "cattleguard";

  private final IdentityWorld world;
  private final Playbooks playbooks;

  /** When a responder deactivated a key, by UID. */
  private final Map<String, Long> contained = new HashMap<>();

  /** The keys that responders deactivated and that neither they nor people activated again. */
  private final Set<AccessKey> inactive = new HashSet<>();

  /** What responders denied. */
  private final Set<RoleSessions> denied = new LinkedHashSet<>();

  /** The policies of responders that people replaced by their own. */
  private final Set<String> byHand = new HashSet<>();

  /** The outcomes of which people were notified, by action and object. */
  private final Set<String> receipts = new HashSet<>();

  /** The actions on keys that a person removed. */
  private final Set<String> removed = new HashSet<>();

  /** The objects on which responders acted, by action and object. */
  private final Set<String> acted = new HashSet<>();

  /** The releases that were left to people. */
  private final Set<String> leftToPeople = new HashSet<>();

  private int alerts;

  IdentitySimulation(long seed) {
    super(seed);
    Random random = random();
    this.world = new IdentityWorld(random, START, this);
    populate();
    Duration lease = random.nextBoolean() ? Duration.ofHours(4) : Duration.ofMinutes(3);
    Playbook playbook =
        new Playbook(
            "contain",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            mode(),
            Duration.ofMinutes(30),
            List.of(new DeactivateAccessKey(lease), new RevokeRoleSessions(lease)),
            new Budget(
                List.of(Budget.Per.values()).get(random.nextInt(3)),
                1 + random.nextInt(6),
                Duration.ofMinutes(10)),
            Optional.empty(),
            approval());
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private void populate() {
    for (int i = 0; i < 3 + random().nextInt(4); i++) {
      create("user-" + i, tags());
    }
    for (int i = 0; i < 2 + random().nextInt(3); i++) {
      world.create(role("role-" + i, START.minus(Duration.ofHours(1))));
    }
    create(LISTED, Account.ALLOWED);
    create(OWN, Account.ALLOWED);
    world.iam.user(OWN).orElseThrow().keys().forEach(key -> world.iam.signWith(key.id()));
  }

  private Map<String, String> tags() {
    return switch (random().nextInt(8)) {
      case 0 -> Map.of();
      case 1 -> Map.of(AccountWorld.RESPOND, "restore");
      case 2 -> Map.of(AccountWorld.RESPOND, "allowed", AccountWorld.PROTECTED, "");
      default -> Account.ALLOWED;
    };
  }

  private Role role(String name, Instant createdAt) {
    int kind = random().nextInt(8);
    return new Role(
        Account.ID,
        name,
        world.newId("AROA"),
        kind == 0 ? "/aws-service-role/a/" : "/",
        createdAt,
        Duration.ofHours(1),
        kind < 2 ? Account.ALLOWED : tags(),
        kind == 1 ? List.of("AmazonEKSWorkerNodePolicy") : List.of());
  }

  private void create(String name, Map<String, String> tags) {
    List<AccessKey> keys = new ArrayList<>();
    for (int i = 0; i < 1 + random().nextInt(2); i++) {
      keys.add(world.newKey(name));
    }
    world.have(name, tags, keys);
  }

  @Override
  protected Playbooks playbooks() {
    return playbooks;
  }

  @Override
  protected Places places() {
    return Places.of(
        AwsScope.class,
        AwsScope.of(new NoNetwork())
            .with(faulty(Identities.class, world, Set.of(), CHANGES))
            .protecting(Set.of(LISTED)));
  }

  @Override
  protected void passed() {
    world.pass(now());
  }

  // The findings that GuardDuty and attackers send.

  @Override
  protected void alert() {
    Random random = random();
    Instant now = now();
    boolean ofARole = random.nextInt(3) == 0;
    AccessKey key = someKey();
    RoleSessions session = someSession();
    Target.Builder target = ofARole ? target(session) : target(key);
    String source = "guardduty";
    Instant at = now.minusMillis(random.nextInt(60_000));
    boolean replayed = false;
    boolean honest = false;
    String[] traits = {};
    switch (random.nextInt(20)) {
      case 0 -> target.cluster("blue");
      case 1 -> source = "falco";
      case 2 -> target.account("444455556666");
      case 3 -> target.principalType(random.nextBoolean() ? "Root" : "FederatedUser");
      case 4 -> target.principalType(null);
      case 5 ->
          target.accessKey(
              ofARole ? session.session() + "/../x" : key.id().replace("AKIA", "ASIA"));
      case 6 -> target.principal(random.nextBoolean() ? null : LISTED + "-2");
      case 7 -> at = now.minus(Duration.ofMinutes(31 + random.nextInt(100)));
      case 8 -> replayed = true;
      case 9 -> traits = new String[] {random.nextBoolean() ? Trait.REPLAYED.id() : "sample"};
      case 10 -> {
        at = now.minus(Duration.ofMinutes(random.nextInt(25)));
        honest = true;
      }
      case 11 -> {
        target.region("us-east-1");
        honest = true;
      }
      default -> honest = true;
    }
    if (honest && ofARole) {
      see(session, at);
    } else if (honest) {
      see(key.uid());
    }
    ScoredAlert scored = scored("f" + alerts++, source, target.build(), at, traits);
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(now.plusMillis(random.nextInt(5_000)), scored, replayed);
    }
  }

  /** A role that was created since is not whose session the finding saw. */
  private void see(RoleSessions session, Instant at) {
    if (world
        .role(session.role())
        .filter(role -> role.id().equals(session.roleId()) && !role.createdAt().isAfter(at))
        .isPresent()) {
      see(session.uid());
    }
  }

  /** A session that was seen before, or another one. */
  private RoleSessions someSession() {
    List<Role> roles = world.roles();
    Role role = roles.get(random().nextInt(roles.size()));
    return session(role, random().nextInt(SESSIONS));
  }

  private static RoleSessions session(Role role, int number) {
    String key = "ASIA%016d".formatted(number);
    return new RoleSessions(Account.ID, role.name(), role.id(), key, Optional.empty());
  }

  private static Target.Builder target(RoleSessions session) {
    return Target.builder()
        .account(Account.ID)
        .region(Account.REGION)
        .principal(session.role())
        .principalType("AssumedRole")
        .accessKey(session.session());
  }

  private AccessKey someKey() {
    List<AccessKey> keys = world.users().stream().flatMap(user -> user.keys().stream()).toList();
    return keys.get(random().nextInt(keys.size()));
  }

  private static Target.Builder target(AccessKey key) {
    return Target.builder()
        .account(Account.ID)
        .region(Account.REGION)
        .principal(key.user())
        .principalType("IAMUser")
        .accessKey(key.id());
  }

  private static ScoredAlert scored(
      String id, String source, Target target, Instant at, String... traits) {
    Alert made = Account.finding(id, target, ObservedConnection.UNKNOWN, traits);
    return Account.scored(
        new Alert(
            id,
            made.alertClass(),
            source,
            made.rule(),
            made.severity(),
            made.tactics(),
            made.techniques(),
            made.traits(),
            target,
            made.process(),
            made.network(),
            made.title(),
            at,
            1,
            List.of(),
            "{}",
            null,
            List.of()));
  }

  // What people do.

  @Override
  protected void interfere(int what) {
    Random random = random();
    if (random.nextInt(3) == 0) {
      List<Role> roles = world.roles();
      changeRole(roles.get(random.nextInt(roles.size())));
      return;
    }
    List<User> users = world.users();
    User user = users.get(random.nextInt(users.size()));
    if (user.name().equals(OWN)) {
      return;
    }
    trace("a person changes " + user.name());
    disturb(user.name());
    AccessKey key = user.keys().get(random.nextInt(user.keys().size()));
    switch (what) {
      case 5 -> {
        touched(key);
        world.set(key, random.nextBoolean());
      }
      case 6 -> {
        user.keys().forEach(this::touched);
        List<AccessKey> keys = new ArrayList<>(user.keys());
        keys.remove(key);
        removed.add(DEACTIVATE + " " + key.inWords());
        keys.add(world.newKey(user.name()));
        world.have(user.name(), user.tags(), keys);
      }
      default -> {
        if (random.nextInt(3) == 0) {
          user.keys().forEach(this::touched);
          user.keys().forEach(one -> removed.add(DEACTIVATE + " " + one.inWords()));
          create(user.name(), tags());
        } else {
          world.have(user.name(), tags(), user.keys());
        }
      }
    }
  }

  private void changeRole(Role role) {
    Random random = random();
    trace("a person changes " + role.name());
    disturb(role.name());
    switch (random.nextInt(4)) {
      case 0 -> {
        // People read the role's name, which the new one has too.
        for (int i = 0; i < SESSIONS; i++) {
          undone(session(role, i).inWords());
        }
        world.create(role(role.name(), now()));
      }
      case 1 -> {
        world.settle(role.name());
        world.showPolicies(role.name());
        for (RoleSessions sessions : policies(role)) {
          undone(sessions.inWords());
          if (random.nextBoolean()) {
            world.iam.allow(sessions);
          } else {
            byHand.add(sessions.uid());
            world.iam.put(role.name(), sessions.policyName(), sessions.revokedAt(START).policy());
          }
        }
      }
      default ->
          world.change(
              new Role(
                  role.account(),
                  role.name(),
                  role.id(),
                  role.path(),
                  role.createdAt(),
                  role.longestSession(),
                  tags(),
                  role.managedPolicies()));
    }
  }

  /** The policies that responders gave it. */
  private List<RoleSessions> policies(Role role) {
    return denied.stream()
        .filter(one -> one.roleId().equals(role.id()))
        .filter(one -> world.iam.policiesOf(role.name()).contains(one.policyName()))
        .toList();
  }

  private void touched(AccessKey key) {
    undone(key.inWords());
    inactive.removeIf(one -> one.uid().equals(key.uid()));
  }

  /** People give the role its permissions back. */
  @Override
  protected void repair() {
    for (User user : world.users()) {
      disturb(user.name());
      world.have(user.name(), Account.ALLOWED, user.keys());
    }
    for (Role role : world.roles()) {
      disturb(role.name());
      world.change(
          new Role(
              role.account(),
              role.name(),
              role.id(),
              role.path(),
              role.createdAt(),
              role.longestSession(),
              Account.ALLOWED,
              role.managedPolicies()));
    }
  }

  // What must hold.

  private boolean isProtected(User user) {
    return user.tags().containsKey(AccountWorld.PROTECTED)
        || user.name().equals(LISTED)
        || user.name().equals(OWN);
  }

  @Override
  public void setting(User user, AccessKey now, boolean active) {
    String what = (active ? "activate " : "deactivate ") + now.inWords();
    if (active) {
      activating(user, now, what);
      return;
    }
    approved(what, new Ledger.Key(DEACTIVATE, now.uid()));
    acted.add(DEACTIVATE + " " + now.inWords());
    acting(
        what,
        now.uid(),
        now.workload(),
        now.neighbourhood(),
        isProtected(user) && !isDisturbed(user.name()));
    if (!"allowed".equals(user.tags().get(AccountWorld.RESPOND)) && !isDisturbed(user.name())) {
      violate(what + ", whose user has no tag");
    }
    if (ledger().remembered(new Ledger.Key(DEACTIVATE, now.uid())).isEmpty()) {
      violate(what + " without a lease");
    }
    if (now.active()) {
      inactive.add(now);
    }
    contained.put(now.uid(), ordinal());
  }

  /**
   * A call without an answer may have deactivated it, and IAM does not say who did: a release that
   * is under way while a person deactivates it activates it again.
   */
  private void activating(User user, AccessKey now, String what) {
    // A release also activates what looks active already.
    if (!now.active()
        && !contained.containsKey(now.uid())
        && !isDisturbed(user.name())
        && ledger().remembered(new Ledger.Key(DEACTIVATE, now.uid())).isEmpty()) {
      violate(what + ", which no responder deactivated");
    }
    if (isProtected(user) && !isDisturbed(user.name())) {
      violate(what + ", whose user is protected");
    }
    releasing(what, new Ledger.Key(DEACTIVATE, now.uid()));
    disturb(user.name());
    touched(now);
  }

  @Override
  public void denying(Role role, RoleSessions sessions) {
    String what = "deny " + sessions.inWords();
    approved(what, new Ledger.Key(REVOKE, sessions.uid()));
    acted.add(REVOKE + " " + sessions.inWords());
    acting(
        what,
        sessions.uid(),
        sessions.workload(),
        sessions.neighbourhood(),
        !isDisturbed(role.name())
            && (role.tags().containsKey(AccountWorld.PROTECTED)
                || role.path().startsWith("/aws-")
                || !role.managedPolicies().isEmpty()));
    if (!"allowed".equals(role.tags().get(AccountWorld.RESPOND)) && !isDisturbed(role.name())) {
      violate(what + ", whose role has no tag");
    }
    if (ledger().remembered(new Ledger.Key(REVOKE, sessions.uid())).isEmpty()) {
      violate(what + " without a lease");
    }
    // An alert that cannot wait until the policy shows repeats it, which changes nothing.
    if (world.iam.policiesOf(role.name()).contains(sessions.policyName())
        && !denied.contains(sessions)
        && !isDisturbed(role.name())) {
      violate(what + " over a policy that exists");
    }
    denied.add(sessions);
    byHand.remove(sessions.uid());
    disturb(role.name());
    contained.put(sessions.uid(), ordinal());
  }

  @Override
  public void allowing(Role role, RoleSessions sessions, JsonNode policy) {
    String what = "allow " + sessions.inWords();
    if (!denied.contains(sessions)) {
      violate(what + ", which no responder denied");
    }
    if (!policy.equals(sessions.policy()) && !isDisturbed(role.name())) {
      violate(what + " by removing a policy that a person changed");
    }
    releasing(what, new Ledger.Key(REVOKE, sessions.uid()));
    disturb(role.name());
    undone(sessions.inWords());
  }

  @Override
  protected void heard(ResponseDecided decided) {
    receipts.add(decided.action() + " " + decided.target());
    if (decided.outcome() == ResponseOutcome.REFUSED
        && (decided.explanation().contains("stays inactive")
            || decided.explanation().contains("so it was not removed"))) {
      leftToPeople.add(decided.target());
      undone(decided.target());
    }
  }

  @Override
  protected String objectOf(ResponseDecided decided) {
    return decided.target();
  }

  @Override
  protected void checkTaken(ResponseDecided decided) {
    for (RoleSessions sessions : denied) {
      if (sessions.inWords().equals(decided.target())
          && decided.action().equals(REVOKE)
          && world
              .role(sessions.role())
              .filter(role -> role.id().equals(sessions.roleId()))
              .isPresent()
          && !world.iam.policiesOf(sessions.role()).contains(sessions.policyName())
          && !isDisturbedSince(sessions.role(), contained.getOrDefault(sessions.uid(), 0L) + 1)) {
        violate("told as denied, and are not: " + decided.target());
      }
    }
    for (User user : world.users()) {
      for (AccessKey key : user.keys()) {
        if (key.inWords().equals(decided.target())
            && key.active()
            && !world.isPending(key.id())
            && !isDisturbedSince(user.name(), contained.getOrDefault(key.uid(), 0L))) {
          violate("told as inactive, and is not: " + decided.target());
        }
      }
    }
  }

  /** Each honest finding about a key gets a response: an effect or a message. */
  @Override
  protected void answer() {
    for (int i = 0; i < 2 && !hasViolations(); i++) {
      RoleSessions session = someSession();
      see(session, now());
      boolean denies =
          world.iam.policiesOf(session.role()).contains(session.policyName())
              || isUndone(session.inWords());
      ScoredAlert last = scored("last-role-" + i, "guardduty", target(session).build(), now());
      if (!isAnswered(last) && !denies && !isToldNotAgain(session.inWords()::equals)) {
        violate("nothing came of the alert about " + session.inWords());
      }
    }
    for (int i = 0; i < 2 && !hasViolations(); i++) {
      AccessKey key = someKey();
      see(key.uid());
      boolean contains = world.key(key).filter(AccessKey::active).isEmpty();
      ScoredAlert last = scored("last-" + i, "guardduty", target(key).build(), now());
      if (!isAnswered(last) && !contains && !isToldNotAgain(key.inWords()::equals)) {
        violate("nothing came of the alert about " + key.inWords());
      }
    }
  }

  @Override
  protected void checkEnd() {
    for (String what : acted) {
      // An attempt that is killed after it found the key deleted leaves nothing to report.
      if (!receipts.contains(what) && !removed.contains(what)) {
        violate("no one heard of " + what);
      }
    }
    for (Role role : world.roles()) {
      for (RoleSessions sessions : policies(role)) {
        if (!leftToPeople.contains(sessions.inWords()) && !byHand.contains(sessions.uid())) {
          violate("still denied at the end: " + sessions.inWords());
        }
      }
    }
    for (AccessKey key : inactive) {
      if (!leftToPeople.contains(key.inWords())
          && world.key(key).filter(one -> !one.active()).isPresent()) {
        violate("still inactive at the end: " + key.inWords());
      }
    }
  }
}
