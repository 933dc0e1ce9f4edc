package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

  private static final Snapshot.Answer NOTHING = new Snapshot.Answer(List.of(), Optional.empty());

  private PlaybookList.Row row(String modes) throws IOException {
    return page(modes, NOTHING).rows().getFirst();
  }

  private PlaybookList page(String modes, Snapshot.Answer budgets) throws IOException {
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
    Snapshot snapshot =
        new Snapshot(
            Instant.parse("2026-03-02T09:15:00Z"),
            List.of(),
            false,
            false,
            NOTHING,
            Optional.empty(),
            NOTHING,
            List.of());
    return PlaybookList.of(
        Playbooks.read(new PolicyFiles(directory)).all(), directory.toString(), snapshot, budgets);
  }

  /** As the command {@code budgets} prints them. */
  private static ObjectNode used(String text) throws IOException {
    return (ObjectNode) JsonMapper.builder().build().readTree(text);
  }

  @Test
  void whatIsUsedOfBudgetsStandsWithItsPlaybookAndThatOfAllApart() throws IOException {
    PlaybookList page =
        page(
            "",
            new Snapshot.Answer(
                List.of(
                    used(
                        """
                        {"budget": "one/shop/web", "kind": "playbook", "playbook": "one",
                         "of": "shop/web <b>", "cluster": "blue", "used": 3, "max": 3,
                         "usedUp": true, "freeAt": "2026-03-02T09:20:00Z"}
                        """),
                    used(
                        """
                        {"budget": "two/shop/web", "kind": "playbook", "playbook": "two",
                         "of": "shop/web", "cluster": "", "used": 1, "max": 3}
                        """),
                    used(
                        """
                        {"budget": "hourly-cap/cluster/cluster", "kind": "hourly-cap",
                         "per": "cluster", "of": "", "cluster": "", "used": 15, "max": 20,
                         "freeAt": "2026-03-02T09:45:00Z"}
                        """)),
                Optional.of("a ledger is away")));

    PlaybookList.Use use = page.rows().getFirst().uses().getFirst();
    assertEquals(1, page.rows().getFirst().uses().size());
    assertEquals(Chip.alarm("3 of 3, used up"), use.figure());
    assertEquals("shop/web <b> in blue", use.of());
    assertEquals("the next action is allowed in 5 min", use.note());
    assertEquals(
        List.of(
            new PlaybookList.Use(
                Chip.warn("15 of 20"),
                "Hourly cap, cluster",
                "the next one stops counting in 30 min")),
        page.shared());
    assertEquals(
        Optional.of("Cannot be read: a ledger is away"), page.budgetTrouble(), "what is missing");
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
