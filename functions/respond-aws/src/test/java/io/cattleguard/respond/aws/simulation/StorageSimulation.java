package io.cattleguard.respond.aws.simulation;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.AwsScope;
import io.cattleguard.respond.aws.actions.BlockBucketPublicAccess;
import io.cattleguard.respond.aws.actions.SnapshotInstance;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.network.InMemoryNetwork;
import io.cattleguard.respond.aws.network.Instance;
import io.cattleguard.respond.aws.network.Network;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.Buckets;
import io.cattleguard.respond.aws.storage.InMemoryBuckets;
import io.cattleguard.respond.aws.storage.InMemorySnapshots;
import io.cattleguard.respond.aws.storage.PublicAccess;
import io.cattleguard.respond.aws.storage.Snapshots;
import io.cattleguard.respond.aws.storage.Storage;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Simulates the buckets and volumes of a random account, findings about them that are forged,
 * replayed, outdated or duplicated, and people who change settings and tags.
 */
final class StorageSimulation extends AwsSimulation {
  private static final String BLOCK = "block-bucket-public-access";
  private static final String SNAPSHOT = "snapshot-instance";
  private static final int MOST = 3;
  private static final Set<String> CHANGES = Set.of("set", "take");

  private final InMemoryNetwork network = new InMemoryNetwork();
  private final InMemoryBuckets buckets = new InMemoryBuckets();
  private final InMemorySnapshots snapshots = new InMemorySnapshots(this::now);
  private final Set<String> names = new TreeSet<>();
  private final Set<String> instances = new TreeSet<>();
  private final Playbooks playbooks;

  /** The settings of a bucket before a responder blocked it, by name. */
  private final Map<String, Optional<PublicAccess>> before = new HashMap<>();

  /** The buckets whose settings a person changed since. S3 does not say who blocked one. */
  private final Set<String> changedByHand = new TreeSet<>();

  /** When a responder blocked a bucket, by name. */
  private final Map<String, Long> blocked = new HashMap<>();

  /** The releases that were left to people. */
  private final Set<String> leftToPeople = new LinkedHashSet<>();

  private int alerts;

  StorageSimulation(long seed) {
    super(seed);
    Random random = random();
    for (int i = 0; i < 4; i++) {
      String name = "bucket-" + i;
      names.add(name);
      buckets.have(new Bucket(Account.ID, Account.REGION, name, tags(), access()));
      String id = "i-%017x".formatted(i);
      instances.add(id);
      tag(id, random.nextInt(4) == 0 ? Map.of() : Account.ALLOWED);
      snapshots.attach(
          id, List.of("vol-a" + i, "vol-b" + i, "vol-c" + i, "vol-d" + i).subList(0, 1 + i));
    }
    Duration lease = random.nextBoolean() ? Duration.ofHours(4) : Duration.ofMinutes(3);
    Playbook playbook =
        new Playbook(
            "contain",
            EventPattern.compile(
                JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
            mode(),
            Duration.ofMinutes(30),
            List.of(new SnapshotInstance(MOST), new BlockBucketPublicAccess(lease)),
            new Budget(Budget.Per.WORKLOAD, 1 + random.nextInt(4), Duration.ofMinutes(10)),
            Optional.empty(),
            approval());
    this.playbooks = new Playbooks(List.of(playbook), Actions.registered(), Limits.DEFAULT);
  }

  private Map<String, String> tags() {
    return random().nextInt(6) == 0 ? Map.of(AccountWorld.PROTECTED, "") : Map.of();
  }

  private Optional<PublicAccess> access() {
    Random random = random();
    return switch (random.nextInt(4)) {
      case 0 -> Optional.of(PublicAccess.BLOCKED);
      case 1 -> Optional.empty();
      default ->
          Optional.of(
              new PublicAccess(
                  random.nextBoolean(), random.nextBoolean(), random.nextBoolean(), false));
    };
  }

  private void tag(String id, Map<String, String> tags) {
    network.run(
        new Instance(
            Account.ID,
            Account.REGION,
            id,
            Account.VPC,
            true,
            START.minusSeconds(86_400),
            tags,
            List.of(),
            Optional.empty()));
  }

  private Bucket bucket(String name) {
    return buckets.bucket(Account.ID, name).orElseThrow();
  }

  /** Reports the changes of responders. */
  private final class WatchedBuckets implements Buckets {
    @Override
    public Optional<Bucket> bucket(String account, String name) {
      return buckets.bucket(account, name);
    }

    @Override
    public Network.Change set(Bucket to) {
      Bucket is = StorageSimulation.this.bucket(to.name());
      if (to.isBlocked()) {
        blocking(is);
      } else {
        restoring(is, to);
      }
      return buckets.set(to);
    }
  }

  private void blocking(Bucket is) {
    String what = "block " + is.inWords();
    Ledger.Key key = new Ledger.Key(BLOCK, is.uid());
    if (!is.isBlocked()) {
      approved(what, key);
      acting(
          what,
          is.uid(),
          is.workload(),
          is.neighbourhood(),
          is.tags().containsKey(AccountWorld.PROTECTED) && !isDisturbed(is.name()));
      containing(what, key);
      before.put(is.name(), is.access());
      // S3 has no conditional write, so a change between the read and the write is not noticed.
      if (!isDisturbed(is.name())) {
        changedByHand.remove(is.name());
      }
    }
    if (is.name().equals("bucket-3")) {
      violate(what + ", which is not listed");
    }
    if (ledger().remembered(key).isEmpty()) {
      violate(what + " without a lease");
    }
    blocked.put(is.name(), ordinal());
  }

  private void restoring(Bucket is, Bucket to) {
    String what = "restore " + is.inWords();
    Ledger.Key key = new Ledger.Key(BLOCK, is.uid());
    // An attempt whose call had no answer may have blocked it, and S3 does not say who did.
    if (!before.containsKey(is.name())) {
      if (ledger().remembered(key).isEmpty()) {
        violate(what + ", which no responder blocked");
      }
    } else if (!before.get(is.name()).equals(to.access())
        && !changedByHand.contains(is.name())
        && !isDisturbed(is.name())) {
      violate(what + " with " + to.access() + " instead of " + before.get(is.name()));
    }
    releasing(what, key);
    undone(is.inWords());
    disturb(is.name());
  }

  /** Reports the snapshots that responders take. */
  private final class WatchedSnapshots implements Snapshots {
    @Override
    public List<String> volumes(String instance) {
      return snapshots.volumes(instance);
    }

    @Override
    public List<Snapshot> taken(String instance, String evidence) {
      return snapshots.taken(instance, evidence);
    }

    @Override
    public Network.Change take(String instance, String evidence) {
      Instance is = network.instance(instance).orElseThrow();
      approved(
          "snapshots of " + is.inWords(),
          new Ledger.Key(SNAPSHOT, is.uid() + "/f00d@" + TestAlerts.AT.getEpochSecond()));
      if (!"allowed".equals(is.tags().get(AccountWorld.RESPOND)) && !isDisturbed(instance)) {
        violate("snapshots of " + is.inWords() + ", which has no tag");
      }
      if (snapshots.volumes(instance).size() > MOST) {
        violate("snapshots of " + is.inWords() + ", which has too many volumes");
      }
      if (!snapshots.taken(instance, evidence).isEmpty()) {
        violate("snapshots of " + is.inWords() + " once more");
      }
      return snapshots.take(instance, evidence);
    }
  }

  @Override
  protected Playbooks playbooks() {
    return playbooks;
  }

  @Override
  protected Places places() {
    return Places.of(
        AwsScope.class,
        AwsScope.of(network)
            .with(
                new Storage(
                    faulty(Buckets.class, new WatchedBuckets(), Set.of(), CHANGES),
                    faulty(Snapshots.class, new WatchedSnapshots(), Set.of(), CHANGES),
                    Set.of("bucket-0", "bucket-1", "bucket-2"))));
  }

  @Override
  protected void alert() {
    Random random = random();
    Instant now = now();
    boolean ofABucket = random.nextBoolean();
    String name = List.copyOf(ofABucket ? names : instances).get(random.nextInt(4));
    Target.Builder target = target(ofABucket, name);
    boolean replayed = false;
    boolean honest = false;
    switch (random.nextInt(10)) {
      case 0 -> target.cluster("blue");
      case 1 -> target.account("444455556666");
      case 2 -> target.region("us-east-1");
      case 3 -> replayed = true;
      case 4 -> target.resource("arn:aws:s3:::" + name + "/x").instance(null);
      default -> honest = true;
    }
    if (honest) {
      see(uid(name));
    }
    ScoredAlert scored = scored("f" + alerts++, target.build());
    for (int i = 0; i < (random.nextInt(8) == 0 ? 2 : 1); i++) {
      post(now.plusMillis(random.nextInt(5_000)), scored, replayed);
    }
  }

  private static String uid(String name) {
    return Account.ID + "/" + Account.REGION + "/" + name;
  }

  private static Target.Builder target(boolean ofABucket, String name) {
    Target.Builder target = Target.builder().account(Account.ID).region(Account.REGION);
    return ofABucket ? target.resource("arn:aws:s3:::" + name) : target.instance(name);
  }

  /** The time is the event's, which a finding of a test has at the start. */
  private ScoredAlert scored(String id, Target target) {
    ScoredAlert made = Account.scored(Account.finding(id, target, ObservedConnection.UNKNOWN));
    return Account.scored(Account.at(made.alert(), now()));
  }

  @Override
  protected void interfere(int what) {
    Random random = random();
    String name = List.copyOf(names).get(random.nextInt(4));
    String instance = List.copyOf(instances).get(random.nextInt(4));
    switch (what) {
      case 5 -> {
        touched(name);
        buckets.have(bucket(name).with(access()));
      }
      case 6 -> {
        disturb(name);
        Bucket is = bucket(name);
        buckets.have(new Bucket(is.account(), is.region(), name, tags(), is.access()));
      }
      default -> {
        disturb(instance);
        tag(instance, random.nextInt(3) == 0 ? Map.of() : Account.ALLOWED);
        snapshots.are(List.of("pending", "completed", "completed").get(random.nextInt(3)));
      }
    }
  }

  private void touched(String name) {
    disturb(name);
    undone(bucket(name).inWords());
    changedByHand.add(name);
  }

  @Override
  protected void repair() {
    for (String name : names) {
      disturb(name);
      Bucket is = bucket(name);
      buckets.have(new Bucket(is.account(), is.region(), name, Map.of(), is.access()));
    }
  }

  @Override
  protected void heard(ResponseDecided decided) {
    if (decided.outcome() == ResponseOutcome.REFUSED
        && decided.explanation().contains("stays blocked")) {
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
    for (String name : names) {
      Bucket is = bucket(name);
      if (decided.action().equals(BLOCK)
          && is.inWords().equals(decided.target())
          && !is.isBlocked()
          && !isDisturbedSince(name, blocked.getOrDefault(name, 0L))) {
        violate("told as blocked, and is not: " + decided.target());
      }
    }
    for (String id : instances) {
      if (decided.action().equals(SNAPSHOT)
          && Instance.inWords(uid(id)).equals(decided.target())
          && snapshots.taken(id, "f00d").size() < snapshots.volumes(id).size()) {
        violate("told as taken, and are not: " + decided.target());
      }
    }
  }

  /** Each honest finding about a bucket gets a response: an effect or a message. */
  @Override
  protected void answer() {
    for (String name : List.of("bucket-0", "bucket-1", "bucket-2")) {
      if (hasViolations()) {
        return;
      }
      see(uid(name));
      boolean isBlocked = bucket(name).isBlocked() || isUndone(bucket(name).inWords());
      ScoredAlert last = scored("last-" + name, target(true, name).build());
      if (!isAnswered(last) && !isBlocked) {
        violate("nothing came of the alert about " + name);
      }
    }
  }

  @Override
  protected void checkEnd() {
    for (Map.Entry<String, Optional<PublicAccess>> one : before.entrySet()) {
      Bucket is = bucket(one.getKey());
      if (is.isBlocked()
          && !changedByHand.contains(is.name())
          && !one.getValue().equals(is.access())
          && !leftToPeople.contains(is.inWords())) {
        violate("still blocked at the end: " + is.inWords());
      }
    }
  }
}
