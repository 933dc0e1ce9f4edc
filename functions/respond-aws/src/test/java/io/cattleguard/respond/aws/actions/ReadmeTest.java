package io.cattleguard.respond.aws.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Guard;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of guards lists the guards of each action. */
final class ReadmeTest {
  @Test
  void theTableOfGuardsSaysToWhichActionsEachApplies() throws IOException {
    List<List<String>> rows = rows();
    List<String> head = rows.getFirst();
    for (Action<?, ?> action : Actions.registered().here()) {
      int column = head.indexOf(action.name());
      assertTrue(column > 0, "no column for " + action.name());
      Set<String> said = new TreeSet<>();
      for (List<String> row : rows.subList(2, rows.size())) {
        if (row.size() > column && row.get(column).equals("x")) {
          said.add(row.getFirst());
        }
      }
      assertEquals(
          action.guards().stream().map(Guard::name).collect(Collectors.toCollection(TreeSet::new)),
          said,
          action.name());
    }
  }

  private static List<List<String>> rows() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    boolean within = false;
    for (String line :
        Files.readAllLines(ContractFiles.root().resolve("functions/respond-aws/README.md"))) {
      within = line.startsWith("| guard |") || (within && line.startsWith("|"));
      if (within) {
        rows.add(List.of(line.split("\\|", -1)).stream().skip(1).map(String::strip).toList());
      }
    }
    return rows;
  }
}
