package io.cattleguard.events.deviation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that a command to paste contains only valid entries of a model. */
final class AcceptableEntryTest {
  private static final String MODEL = "prod/shop/Deployment/web/nginx";

  private static Alert alert(String source, String raw) {
    return new Alert(
        "a1",
        AlertClass.RUNTIME,
        source,
        "Program not in model",
        null,
        List.of(),
        List.of(),
        List.of(),
        Target.builder().build(),
        ObservedProcess.UNKNOWN,
        ObservedConnection.UNKNOWN,
        null,
        null,
        1,
        List.of(),
        raw);
  }

  private static String raw(String model, String entry) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.putObject(AcceptableEntry.KEY).put("model", model).put("entry", entry);
    return event.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "prod/shop/Deployment/web/nginx, program:/usr/bin/convert<-/usr/sbin/nginx",
    "prod/-/Node/nodes/host, listener:tcp/9090",
    "prod/-/Container/registry.example.com:5000/web/, peer:network:2001:db8::/48:443",
    "prod/shop/DaemonSet/log-agent/agent, file:/var/cache/*",
  })
  void aDeviationNamesItsModelAndEntry(String model, String entry) {
    AcceptableEntry found =
        AcceptableEntry.of(alert("cattleguard", raw(model, entry))).orElseThrow();

    assertEquals("./cattleguard model accept '" + model + "' '" + entry + "'", found.command());
    assertEquals(Optional.of(found), AcceptableEntry.parse(found.text()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "program:/tmp/a'; reboot; '",
        "program:/tmp/$(reboot)",
        "program:/tmp/`reboot`",
        "program:/tmp/a b",
        "program:/tmp/a\nreboot",
        "program:/tmp/a\u001b[2J",
        "program:/tmp/\u202ecnysr",
        "program:/tmp/a\\",
        "program:/tmp/!!",
        "program:/tmp/a;reboot",
        "program:/tmp/a|sh",
        "program:/tmp/a&",
        "program:/tmp/\"a\"",
        "program:",
        "--write",
        "shell:/bin/sh",
        ""
      })
  void whatAShellOrATerminalCouldActOnIsNotOffered(String entry) {
    assertEquals(Optional.empty(), AcceptableEntry.of(alert("cattleguard", raw(MODEL, entry))));
    assertThrows(IllegalArgumentException.class, () -> new AcceptableEntry(MODEL, entry));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-rf", "prod/shop/Deployment/we b/x", "a'b/c/d/e", "", "../../etc/passwd"})
  void aNameOfAWorkloadThatCouldBeMoreIsNotOffered(String model) {
    assertEquals(Optional.empty(), AcceptableEntry.of(model, "listener:tcp/9090"));
  }

  @Test
  void otherAlertsAndTextsNameNone() {
    String raw = raw(MODEL, "listener:tcp/9090");

    assertEquals(Optional.empty(), AcceptableEntry.of(alert("falco", raw)));
    assertEquals(Optional.empty(), AcceptableEntry.of(alert("cattleguard", "")));
    assertEquals(Optional.empty(), AcceptableEntry.of(alert("cattleguard", raw.substring(3))));
    assertEquals(Optional.empty(), AcceptableEntry.of(alert("cattleguard", "[" + raw + "]")));
    assertEquals(
        Optional.empty(), AcceptableEntry.of(alert("cattleguard", raw + " ".repeat(40_000))));
    assertEquals(Optional.empty(), AcceptableEntry.of(alert("cattleguard", "[".repeat(30_000))));
    assertEquals(
        Optional.empty(), AcceptableEntry.of(MODEL, "program:/" + "a".repeat(300)), "too long");
    assertEquals(Optional.empty(), AcceptableEntry.parse(MODEL));
  }
}
