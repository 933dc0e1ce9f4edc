package io.cattleguard.respond.aws.identity;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;
import io.cattleguard.respond.aws.network.Account;
import java.util.List;
import java.util.Map;

/** What tests of actions on identities have in their account, and the finding about it. */
public final class Principals {
  public static final String USER = "build";
  public static final String KEY = "AKIAIOSFODNN7EXAMPLE";
  public static final String OTHER_KEY = "AKIAI44QH8DHBEXAMPLE";

  private Principals() {}

  public static AccessKey key(String id, boolean active) {
    return new AccessKey(Account.ID, USER, id, active);
  }

  public static User user(Map<String, String> tags, AccessKey... keys) {
    return new User(Account.ID, USER, tags, List.of(keys));
  }

  /** A user with the response tag and two active keys. */
  public static InMemoryIdentities identities() {
    InMemoryIdentities identities = new InMemoryIdentities();
    identities.have(user(Account.ALLOWED, key(KEY, true), key(OTHER_KEY, true)));
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
