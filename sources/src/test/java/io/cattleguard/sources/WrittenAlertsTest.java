package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every alert that a parser reads from the samples is valid by the schema and can be decoded again.
 */
final class WrittenAlertsTest {
  private static final JsonSchema ALERT =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              SchemaLocation.of(
                  ContractFiles.folder("schemas").resolve("alert.json").toUri().toString()),
              SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "falco",
        "tetragon",
        "guardduty",
        "security-hub",
        "kubearmor",
        "tracee",
        "kubescape",
        "ocsf",
        "inspector2",
        "access-analyzer"
      })
  void everyAlertOfASourceIsWrittenAsTheSchemaSays(String source) {
    List<String> files =
        ContractFiles.names("samples").stream()
            .filter(name -> name.startsWith(source + "/"))
            .toList();
    assertFalse(files.isEmpty(), "samples of " + source);
    for (String name : files) {
      for (RecordedEvent event : RecordedEvents.split(ContractFiles.text("samples", name))) {
        Origin origin = new Origin("blue", TestAlerts.AT);
        if (new AlertReader().read(event.text(), origin) instanceof Reading.Read read) {
          ObjectNode written = AlertJson.write(read.alert());
          assertEquals(Set.of(), ALERT.validate(written), name + ":" + event.line());
          assertEquals(read.alert(), AlertJson.readAlert(written), name + ":" + event.line());
        }
      }
    }
  }
}
