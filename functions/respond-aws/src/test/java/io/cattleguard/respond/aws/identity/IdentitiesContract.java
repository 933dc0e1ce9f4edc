package io.cattleguard.respond.aws.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.aws.network.Network.Change;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every {@link Identities} does. */
public abstract class IdentitiesContract {
  /**
   * Identities with a user that has the response tag and two active access keys.
   *
   * @param own the key that the identities sign with
   */
  public record World(Identities identities, String user, String key, String other, String own) {
    User seen() {
      return identities.user(user).orElseThrow();
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
  void theKeyOfTheCallsIsKnown() {
    World world = world();

    assertTrue(world.identities.isOwnKey(world.own));
    assertFalse(world.identities.isOwnKey(world.key));
  }
}
