package io.cattleguard.events.trait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TraitTest {
  @Test
  void theReadmeAndTheSchemaListEveryTrait() throws IOException {
    String readme = Files.readString(ContractFiles.root().resolve("events/README.md"));
    List<String> rows =
        readme.lines().dropWhile(line -> !line.equals("## Traits")).skip(1).toList();

    assertEquals(
        Arrays.stream(Trait.values())
            .map(
                trait ->
                    "| `%s` | %s | %s |"
                        .formatted(trait.id(), trait.meaning(), trait.isObserved() ? "yes" : "no"))
            .toList(),
        rows.stream()
            .takeWhile(line -> !line.startsWith("## "))
            .filter(line -> line.startsWith("| `"))
            .toList());
    String schema = ContractFiles.text("schemas", "alert.json");
    assertTrue(schema.contains(String.join(", ", Trait.ids())), "alert.json: " + Trait.ids());
  }

  @Test
  void aTraitIsFoundByItsExactName() {
    for (Trait trait : Trait.values()) {
      assertEquals(Optional.of(trait), Trait.named(trait.id()));
    }
    assertEquals(Optional.empty(), Trait.named("Privileged"));
    assertEquals(Optional.empty(), Trait.named("host_pid"));
  }
}
