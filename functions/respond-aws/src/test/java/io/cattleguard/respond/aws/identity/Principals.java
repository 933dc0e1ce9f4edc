package io.cattleguard.respond.aws.identity;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.aws.network.Account;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The account of tests of actions on identities, and the finding about it. */
public final class Principals {
  public static final String USER = "build";
  public static final String KEY = "AKIAIOSFODNN7EXAMPLE";
  public static final String OTHER_KEY = "AKIAI44QH8DHBEXAMPLE";

  public static final String ROLE = "deploy";
  public static final String ROLE_ID = "AROACKCEVSQ6C2EXAMPLE";
  public static final String SESSION = "ASIAIOSFODNN7EXAMPLE";

  private Principals() {}

  /** A role that was created long before the finding. */
  public static Role role(Map<String, String> tags, String path, String... managedPolicies) {
    return new Role(
        Account.ID,
        ROLE,
        ROLE_ID,
        path,
        TestAlerts.AT.minusSeconds(86_400),
        Duration.ofHours(1),
        tags,
        List.of(managedPolicies));
  }

  /** The sessions that a finding about the role names. */
  public static RoleSessions sessions() {
    return new RoleSessions(Account.ID, ROLE, ROLE_ID, SESSION, Optional.empty());
  }

  public static Target.Builder roleTarget() {
    return target().principal(ROLE).principalType("AssumedRole").accessKey(SESSION);
  }

  public static AccessKey key(String id, boolean active) {
    return new AccessKey(Account.ID, USER, id, active);
  }

  public static User user(Map<String, String> tags, AccessKey... keys) {
    return new User(Account.ID, USER, tags, List.of(keys));
  }

  /** A user with the response tag and two active keys, and a role with the tag. */
  public static InMemoryIdentities identities() {
    InMemoryIdentities identities = new InMemoryIdentities();
    identities.have(user(Account.ALLOWED, key(KEY, true), key(OTHER_KEY, true)));
    identities.have(role(Account.ALLOWED, "/"));
    return identities;
  }

  public static Target.Builder target() {
    return Target.builder()
        .account(Account.ID)
        .region(Account.REGION)
        .principal(USER)
        .principalType("IAMUser")
        .accessKey(KEY);
  }

  public static Alert finding(String id, Target target, String... traits) {
    return Account.finding(id, target, ObservedConnection.UNKNOWN, traits);
  }
}
