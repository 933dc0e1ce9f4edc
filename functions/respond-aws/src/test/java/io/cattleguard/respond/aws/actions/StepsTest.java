package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.aws.actions.address.BlockAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steps that a playbook may have, as their actions read them. */
final class StepsTest {
  @TempDir private Path directory;

  private List<Action<?, ?>> steps(String step) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/one.yaml"),
        "name: one\nwhen: { alert: { class: [runtime] } }\nsteps:\n  - " + step + "\n");
    return Playbooks.read(new PolicyFiles(directory)).all().getFirst().steps();
  }

  @Test
  void settingsAreReadAndWhatIsLeftOutIsTheDefault() throws IOException {
    assertEquals(
        List.of(new QuarantineInstance(Duration.ofHours(2))),
        steps("quarantine-instance: { lease: 2h }"));
    assertEquals(
        List.of(new QuarantineInstance(Duration.ofHours(4), true)),
        steps("quarantine-instance: {}"));
    assertEquals(
        List.of(new QuarantineInstance(Duration.ofHours(4), false)),
        steps("quarantine-instance: { standby: false }"));
    assertEquals(
        List.of(new RevokeIngress(Duration.ofHours(1), 3)),
        steps("revoke-ingress: { lease: 1h, interfaces: 3 }"));
    assertEquals(List.of(new RevokeIngress(Duration.ofHours(4), 10)), steps("revoke-ingress: {}"));
    assertEquals(
        List.of(new DeactivateAccessKey(Duration.ofDays(2), false)),
        steps("deactivate-access-key: { lease: 2d }"));
    assertEquals(
        List.of(new DeactivateAccessKey(Duration.ofDays(7), false)),
        steps("deactivate-access-key: {}"));
    assertEquals(
        List.of(new DeactivateAccessKey(Duration.ofDays(7), true)),
        steps("deactivate-access-key: { reactivate: true }"));
    assertEquals(
        List.of(new RevokeRoleSessions(Duration.ofHours(1))),
        steps("revoke-role-sessions: { lease: 1h }"));
    assertEquals(
        List.of(new RevokeRoleSessions(Duration.ofHours(12))), steps("revoke-role-sessions: {}"));
    assertEquals(
        List.of(new BlockBucketPublicAccess(Duration.ofDays(7))),
        steps("block-bucket-public-access: {}"));
    assertEquals(
        List.of(new BlockBucketPublicAccess(Duration.ofHours(1))),
        steps("block-bucket-public-access: { lease: 1h }"));
    assertEquals(
        List.of(new BlockAddress(Duration.ofHours(24), 32, 64, 100)), steps("block-address: {}"));
    assertEquals(
        List.of(new BlockAddress(Duration.ofDays(30), 24, 48, 10_000)),
        steps("block-address: { lease: 30d, ipv4: 24, ipv6: 48, entries: 10000 }"));
    assertEquals(List.of(new SnapshotInstance(10)), steps("snapshot-instance: {}"));
    assertEquals(List.of(new SnapshotInstance(3)), steps("snapshot-instance: { volumes: 3 }"));
  }

  @Test
  void theStepsOnPodsAreTheOtherResponders() throws IOException {
    assertEquals(List.of(), steps("delete-pod: {}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quarantine-instance: { grace: 1s } | grace",
        "quarantine-instance: { standby: maybe } | expected true or false",
        "quarantine-instance: { standbye: false } | did you mean 'standby'",
        "revoke-ingress: { interfaces: 0 }  | from 1 to 1000",
        "revoke-ingress: { lease: soon }    | expected a duration",
        "deactivate-access-key: { user: a } | user",
        "revoke-role-sessions: { role: a } | role",
        "block-bucket-public-access: { bucket: a } | bucket",
        "block-address: { lease: 31d } | at most 30d",
        "block-address: { ipv4: 0 } | from 24 to 32",
        "block-address: { ipv6: 32 } | from 48 to 128",
        "block-address: { entries: 0 } | from 1 to 10000",
        "block-address: { address: 203.0.113.9 } | address",
        "snapshot-instance: { lease: 1h } | lease",
        "snapshot-instance: { volumes: 0 } | 1 to 100",
        "revoke-ingres: {}                  | did you mean 'revoke-ingress'",
        "delete-pods: {}                    | did you mean 'delete-pod'",
      })
  void aMistakeIsAnErrorWithItsLine(String step, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> steps(step));

    assertEquals(4, e.errors().getFirst().line(), e::toString);
    assertTrue(e.errors().getFirst().message().contains(message), e::toString);
  }
}
