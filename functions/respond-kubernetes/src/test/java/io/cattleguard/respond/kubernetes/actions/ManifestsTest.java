package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Permission;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ships grants what the actions need, and nothing else. */
final class ManifestsTest {
  private static String made(String name, List<Grant> grants) {
    return switch (name) {
      case "rbac" -> Manifests.rbac(grants);
      case "respond" -> Manifests.respond(grants);
      default -> Manifests.admission(grants);
    };
  }

  @ParameterizedTest
  @CsvSource({"rbac", "respond", "admission"})
  void aManifestThatShipsIsMadeFromTheActions(String name) throws IOException {
    String shipped =
        Files.readString(ContractFiles.root().resolve("infra/kubernetes/" + name + ".yaml"));

    assertEquals(
        made(name, Grants.needed()),
        shipped,
        () -> "write it anew: ./cattleguard permissions --as " + name);
  }

  @ParameterizedTest
  @CsvSource({"rbac", "respond", "admission"})
  void withoutAnyActionAManifestIsAnother(String name) {
    List<Action<?, ?>> all = Actions.registered().here();
    assertTrue(all.size() >= 2);
    for (Action<?, ?> left : all) {
      // An action that only reads is no matter of the admission policy.
      boolean changes = left.permissions().stream().anyMatch(Permission::changes);
      List<Action<?, ?>> others = new ArrayList<>(all);
      others.remove(left);
      assertEquals(
          !changes && name.equals("admission"),
          made(name, Grants.of(others)).equals(made(name, Grants.needed())),
          left.name());
    }
  }

  @Test
  void theAdmissionPolicyNarrowsEveryVerbThatChangesSomething() {
    String policy = Manifests.admission(Grants.needed());
    for (Grant grant : Grants.needed()) {
      boolean looks = List.of("get", "list", "watch").contains(grant.verb());
      assertEquals(!looks, grant.changes(), grant.inWords());
      grant.only().ifPresent(only -> assertTrue(policy.contains(only.message()), grant.inWords()));
    }
  }
}
