package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.DeactivateAccessKey;
import io.cattleguard.respond.aws.identity.AccessKey;
import io.cattleguard.respond.aws.identity.Identities;
import io.cattleguard.respond.aws.identity.User;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.network.NoNetwork;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.simulation.Simulation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A random account, findings about access keys that are forged, replayed, stale, doubled or about
 * the root user, and people who change users and their keys.
 */
final class IdentitySimulation extends Simulation implements IdentityWorld.Observer {
  private static final String DEACTIVATE = "deactivate-access-key";
  private static final Set<String> CHANGES = Set.of("setActive");

  /** A user whose name is on the list of protected principals. */
  private static final String LISTED = "break-glass";

  /** A user with whose key Cattleguard itself signs. */
  private static final String OWN = "cattleguard";

  private final IdentityWorld world;
  private final Playbooks playbooks;

  /** When a responder deactivated a key, by UID. */
  private final Map<String, Long> contained = new HashMap<>();

  /** What responders deactivated, and neither they nor people activated again. */
  private final Set<AccessKey> inactive = new HashSet<>();

  /** Of what people heard, by action and object. */
  private final Set<String> receipts = new HashSet<>();

  /** On what responders acted, by action and object. */
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
            Mode.ENFORCE,
            Duration.ofMinutes(30),
            List.of(new DeactivateAccessKey(lease)),
            new Budget(
                List.of(Budget.Per.values()).get(random.nextInt(3)),
                1 + random.nextInt(6),
                Duration.ofMinutes(10)));
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private void populate() {
    for (int i = 0; i < 3 + random().nextInt(4); i++) {
      create("user-" + i, tags());
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
  protected StoredLedger ledgerIn(VersionedTable shared) {
    return new StoredLedger(shared);
  }

  @Override
  protected void passed() {
    world.pass(now());
  }

  @Override
  protected int alertShare() {
    return 60;
  }

  @Override
  protected Object denied() {
    return new Network.Change.Denied("AccessDenied");
  }

  // What GuardDuty and attackers send.

  @Override
  protected void alert() {
    Random random = random();
    Instant now = now();
    AccessKey key = someKey();
    Target.Builder target = target(key);
    String source = "guardduty";
    Instant at = now.minusMillis(random.nextInt(60_000));
    boolean replayed = false;
    boolean honest = false;
    String[] traits = {};
    switch (random.nextInt(20)) {
      case 0 -> target.cluster("blue");
      case 1 -> source = "falco";
      case 2 -> target.account("444455556666");
      case 3 -> target.principalType(random.nextBoolean() ? "Root" : "AssumedRole");
      case 4 -> target.principalType(null);
      case 5 -> target.accessKey(key.id().replace("AKIA", "ASIA"));
      case 6 -> target.principal(random.nextBoolean() ? null : LISTED + "-2");
      case 7 -> at = now.minus(Duration.ofMinutes(31 + random.nextInt(100)));
      case 8 -> replayed = true;
      case 9 -> traits = new String[] {random.nextBoolean() ? Alert.REPLAYED : "sample"};
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
    if (honest) {
      see(key.uid());
    }
    ScoredAlert scored = scored("f" + alerts++, source, target.build(), at, traits);
    int copies = random.nextInt(8) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      post(now.plusMillis(random.nextInt(5_000)), scored, replayed);
    }
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
            "{}"));
  }

  // What people do.

  @Override
  protected void interfere(int what) {
    Random random = random();
    List<User> users = world.users();
    User user = users.get(random.nextInt(users.size()));
    if (user.name().equals(OWN)) {
      return;
    }
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
        keys.add(world.newKey(user.name()));
        world.have(user.name(), user.tags(), keys);
      }
      default -> {
        if (random.nextInt(3) == 0) {
          user.keys().forEach(this::touched);
          create(user.name(), tags());
        } else {
          world.have(user.name(), tags(), user.keys());
        }
      }
    }
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

  private void activating(User user, AccessKey now, String what) {
    if (!contained.containsKey(now.uid())) {
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
  protected void heard(ResponseDecided decided) {
    receipts.add(decided.action() + " " + decided.target());
    if (decided.outcome() == ResponseOutcome.REFUSED
        && decided.explanation().contains("stays inactive")) {
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
    for (User user : world.users()) {
      for (AccessKey key : user.keys()) {
        if (key.inWords().equals(decided.target())
            && key.active()
            && !isDisturbedSince(user.name(), contained.getOrDefault(key.uid(), 0L))) {
          violate("told as inactive, and is not: " + decided.target());
        }
      }
    }
  }

  /** An honest finding about any key is answered: by an effect, or by a message. */
  @Override
  protected void answer() {
    for (int i = 0; i < 4 && !hasViolations(); i++) {
      AccessKey key = someKey();
      see(key.uid());
      boolean contains = world.key(key).filter(AccessKey::active).isEmpty();
      ScoredAlert last = scored("last-" + i, "guardduty", target(key).build(), now());
      if (!isAnswered(last) && !contains) {
        violate("nothing came of the alert about " + key.inWords());
      }
    }
  }

  @Override
  protected void checkEnd() {
    for (String what : acted) {
      if (!receipts.contains(what)) {
        violate("no one heard of " + what);
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
