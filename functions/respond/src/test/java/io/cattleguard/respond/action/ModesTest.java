package io.cattleguard.respond.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests where a playbook acts, asks for approval or observes. */
final class ModesTest {
  private static final String PLAYBOOK =
      """
      name: shell
      when: { alert: { class: [runtime] } }
      mode: observe
      modes:
        - { clusters: [prod-*], namespaces: [payments], mode: observe }
        - { clusters: [staging], mode: enforce }
        - { namespaces: ["team-*", shop], mode: approve }
        - { accounts: ["111122223333"], mode: enforce }
      steps: [{ lock-box: {} }]
      """;

  @TempDir private Path directory;

  private Playbook read(String yaml) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(directory.resolve("playbooks/one.yaml"), yaml);
    return Playbooks.read(
            new PolicyFiles(directory),
            Actions.of(List.of("lock-box = io.cattleguard.respond.LockBox")))
        .all()
        .getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "staging, shop, , ENFORCE",
    "staging, , , ENFORCE",
    "prod-eu, shop, , APPROVE",
    "prod-eu, team-a, , APPROVE",
    "prod-eu, payments, , OBSERVE",
    "prod-eu, other, , OBSERVE",
    "prod-eu, , , OBSERVE",
    "Staging, other, , OBSERVE",
    "staging2, other, , OBSERVE",
    ", , 111122223333, ENFORCE",
    ", , 444455556666, OBSERVE",
    ", , , OBSERVE",
  })
  void theFirstRuleThatAppliesToThePlaceDecides(
      String cluster, String namespace, String account, Mode expected) throws IOException {
    Target target = Target.builder().cluster(cluster).namespace(namespace).account(account).build();

    assertEquals(expected, read(PLAYBOOK).at(target).mode());
  }

  @Test
  void aPlaybookThatActsSomewhereCountsAsActing() throws IOException {
    assertEquals(Mode.ENFORCE, read(PLAYBOOK).mode());
    assertEquals(
        "observe; observe in cluster prod-*, namespace payments; enforce in cluster staging;"
            + " approve in namespace team-* or shop; enforce in account 111122223333",
        read(PLAYBOOK).modes().inWords());
  }

  @Test
  void aCopyThatObservesHasNoRules() throws IOException {
    Playbook observing = read(PLAYBOOK).in(Mode.OBSERVE);

    assertEquals(Mode.OBSERVE, observing.at(Target.builder().cluster("staging").build()).mode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ mode: enforce }",
        "{ clusters: [], mode: enforce }",
        "{ clusters: [staging] }",
        "{ clusters: [staging], mode: enforced }",
        "{ cluster: [staging], mode: enforce }",
        "{ clusters: [\"\"], mode: enforce }",
      })
  void aRuleThatSaysTooLittleIsAnErrorWithItsLine(String rule) {
    PolicyException wrong =
        assertThrows(
            PolicyException.class,
            () ->
                read(
                    PLAYBOOK.replace(
                        "{ clusters: [prod-*], namespaces: [payments], mode: observe }", rule)));

    assertEquals(5, wrong.errors().getFirst().line(), wrong.toString());
  }

  @Test
  void aPlaybookThatAsksSomewhereMaySayHow() throws IOException {
    assertTrue(
        read(PLAYBOOK.replace("mode: observe\n", "mode: enforce\napproval: { then: act }\n"))
            .approval()
            .actsByDefault());
  }
}
