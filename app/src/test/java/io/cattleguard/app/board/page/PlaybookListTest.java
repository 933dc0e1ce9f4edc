package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Playbooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlaybookListTest {
  @TempDir private Path directory;

  private PlaybookList.Row row(String modes) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/one.yaml"),
        """
        name: one
        when: { alert: { class: [runtime] } }
        %s
        steps: [{ isolate-pod: {} }]
        """
            .formatted(modes));
    Snapshot.Answer nothing = new Snapshot.Answer(List.of(), Optional.empty());
    Snapshot snapshot =
        new Snapshot(
            Instant.parse("2026-03-02T09:15:00Z"),
            List.of(),
            false,
            false,
            nothing,
            Optional.empty(),
            nothing,
            List.of());
    return PlaybookList.of(
            Playbooks.read(new PolicyFiles(directory)).all(), directory.toString(), snapshot)
        .rows()
        .getFirst();
  }

  @Test
  void aPlaybookThatActsInSomePlacesSaysWhere() throws IOException {
    String limits = row("modes: [{ clusters: [staging], mode: enforce }]").limits();

    assertTrue(
        limits.toLowerCase(java.util.Locale.ROOT).contains("observe; enforce in cluster staging"),
        limits);
    assertEquals(
        false, row("mode: enforce").limits().toLowerCase(java.util.Locale.ROOT).contains("mode"));
  }
}
