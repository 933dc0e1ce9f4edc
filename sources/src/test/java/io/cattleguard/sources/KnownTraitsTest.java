package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.BehaviourTable;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every trait of every alert is in the list of traits, so that a policy can be compared with it.
 */
final class KnownTraitsTest {
  private final Set<String> unknown = new TreeSet<>();
  private final Set<String> seen = new TreeSet<>();

  private void read(String name, String text) {
    AlertReader reader = new AlertReader();
    RecordedEvents.split(text)
        .forEach(
            event ->
                reader
                    .readAll(event.text(), new Origin("blue", Instant.EPOCH))
                    .forEach(one -> note(name, one.reading())));
  }

  private void note(String name, Reading reading) {
    if (reading instanceof Reading.Read read) {
      Alert alert = read.alert();
      seen.addAll(alert.traits());
      alert.traits().stream()
          .filter(trait -> Trait.named(trait).isEmpty())
          .forEach(trait -> unknown.add(trait + " in " + name));
    }
  }

  @Test
  void ofTheSamples() {
    for (String name : ContractFiles.names("samples")) {
      read(name, ContractFiles.text("samples", name));
    }

    assertEquals(Set.of(), unknown);
    assertTrue(
        seen.containsAll(
            Set.of("privileged", "dropped-executable", "memfd", "intrusion", "blocked", "sample")),
        seen::toString);
  }

  @Test
  void ofTheRecordedEvents() {
    for (Path file :
        Corpora.files(
            "falco",
            "tetragon",
            "guardduty",
            "securityhub",
            "k8s_audit",
            "ocsf",
            "other_runtime",
            "field",
            "nasty")) {
      read(file.getFileName().toString(), Corpora.read(file));
    }

    assertEquals(Set.of(), unknown);
    assertTrue(seen.contains("privileged"), seen::toString);
  }

  @Test
  void aTableWithAnotherWordIsRefused() {
    IllegalStateException wrong =
        assertThrows(
            IllegalStateException.class,
            () -> BehaviourTable.of(BehaviourTable.class, "misspelt.txt"));

    assertEquals(
        "neither an ATT&CK id nor a trait, severity or class: 'priviledged' in: A rule | T1059"
            + " priviledged",
        wrong.getMessage());
  }
}
