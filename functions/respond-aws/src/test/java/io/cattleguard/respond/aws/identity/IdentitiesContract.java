package io.cattleguard.respond.aws.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.aws.network.Network.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests that every {@link Identities} must pass. */
public abstract class IdentitiesContract {
  /**
   * Identities with a user that has the response tag and two active access keys.
   *
   * @param own the key that the identities sign with
   * @param role a role with the response tag and the managed policy {@code
   *     AmazonEKSWorkerNodePolicy}
   */
  public record World(
      Identities identities, String user, String key, String other, String own, String role) {
    User seen() {
      return identities.user(user).orElseThrow();
    }

    RoleSessions sessions(String session) {
      Role seen = identities.role(role).orElseThrow();
      return new RoleSessions(
          seen.account(),
          role,
          seen.id(),
          session,
          Optional.of(Instant.parse("2026-03-02T09:15:00Z")));
    }

    AccessKey one() {
      return seen().key(key).orElseThrow();
    }
  }

  protected abstract World world();

  @Test
  void aUserIsReadWithItsTagsAndKeys() {
    World world = world();
    User user = world.seen();

    assertTrue(user.account().matches("\\d{12}"), user.account());
    assertEquals(world.user, user.name());
    assertEquals("allowed", user.tags().get("cattleguard:respond"));
    assertEquals(2, user.keys().size());
    for (AccessKey key : user.keys()) {
      assertTrue(key.active());
      assertEquals(world.user, key.user());
      assertEquals(user.account(), key.account());
    }
  }

  @Test
  void whoIsNotThereIsNotThere() {
    World world = world();

    assertEquals(Optional.empty(), world.identities.user("nobody"));
    assertEquals(Optional.empty(), world.seen().key("AKIAEXAMPLEEXAMPLEXX"));
  }

  @Test
  void oneKeyIsDeactivatedAndActivatedAndTheOtherIsLeft() {
    World world = world();
    AccessKey key = world.one();

    assertInstanceOf(Change.Made.class, world.identities.setActive(key, false));
    assertFalse(world.one().active());
    assertTrue(world.seen().key(world.other).orElseThrow().active());

    assertInstanceOf(Change.Made.class, world.identities.setActive(key, false), "again");
    assertFalse(world.one().active());

    assertInstanceOf(Change.Made.class, world.identities.setActive(key, true));
    assertTrue(world.one().active());
  }

  @Test
  void aKeyThatIsNotThereIsGone() {
    World world = world();
    AccessKey like = world.one();
    AccessKey deleted = new AccessKey(like.account(), like.user(), "AKIAEXAMPLEEXAMPLEXX", true);
    AccessKey nobodys = new AccessKey(like.account(), "nobody", like.id(), true);

    assertInstanceOf(Change.Gone.class, world.identities.setActive(deleted, false));
    assertInstanceOf(Change.Gone.class, world.identities.setActive(nobodys, false));
    assertTrue(world.one().active());
  }

  @Test
  void aRoleIsReadWithItsTagsAndManagedPolicies() {
    World world = world();
    Role role = world.identities.role(world.role).orElseThrow();

    assertTrue(role.account().matches("\\d{12}"), role.account());
    assertTrue(role.id().startsWith("AROA"), role.id());
    assertEquals("/", role.path());
    assertEquals("allowed", role.tags().get("cattleguard:respond"));
    assertEquals(List.of("AmazonEKSWorkerNodePolicy"), role.managedPolicies());
    assertEquals(Duration.ofHours(1), role.longestSession());
    assertEquals(Optional.empty(), world.identities.role("nobody"));
  }

  @Test
  void sessionsAreDeniedByAPolicyOfTheirOwnAndAllowedAgain() {
    World world = world();
    RoleSessions one = world.sessions("ASIAIOSFODNN7EXAMPLE");
    RoleSessions other = world.sessions("ASIAI44QH8DHBEXAMPLE");
    assertEquals(Optional.empty(), world.identities.inlinePolicy(world.role, one.policyName()));

    for (int i = 0; i < 2; i++) {
      assertInstanceOf(Change.Made.class, world.identities.deny(one));
    }
    assertInstanceOf(Change.Made.class, world.identities.deny(other));
    assertEquals(
        Optional.of(one.policy()), world.identities.inlinePolicy(world.role, one.policyName()));

    assertInstanceOf(Change.Made.class, world.identities.allow(one));
    assertEquals(Optional.empty(), world.identities.inlinePolicy(world.role, one.policyName()));
    assertEquals(
        Optional.of(other.policy()), world.identities.inlinePolicy(world.role, other.policyName()));
    assertInstanceOf(Change.Gone.class, world.identities.allow(one));
  }

  @Test
  void sessionsOfARoleThatIsNotThereAreGone() {
    World world = world();
    RoleSessions nobodys =
        new RoleSessions("111122223333", "nobody", "AROA", "ASIA", Optional.of(Instant.EPOCH));

    assertInstanceOf(Change.Gone.class, world.identities.deny(nobodys));
    assertInstanceOf(Change.Gone.class, world.identities.allow(nobodys));
  }

  @Test
  void theKeyOfTheCallsIsKnown() {
    World world = world();

    assertTrue(world.identities.isOwnKey(world.own));
    assertFalse(world.identities.isOwnKey(world.key));
  }
}
