package io.cattleguard.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.slack.SlackEphemeral;
import io.cattleguard.route.slack.message.SlackMessage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slack shows the whole patch, or the command that prints it. */
final class PatchMessageTest {
  private static final AcceptableEntry ENTRY =
      new AcceptableEntry("blue/shop/Deployment/web/nginx", "program:/bin/a<-/bin/b");
  private static final String HEAD =
      "--- a/models/x.yaml\n+++ b/models/x.yaml\n@@ -1,1 +1,2 @@\n a\n";

  private static SlackMessage message(String patch, Optional<String> trouble) {
    return PatchMessage.of(
        new DeviationPatch(ENTRY, "runs /bin/a", patch, List.of("Intruders do too."), trouble));
  }

  private static Optional<String> code(SlackMessage message) {
    return message.parts().stream()
        .filter(part -> part instanceof SlackMessage.Code)
        .map(part -> ((SlackMessage.Code) part).text())
        .findFirst();
  }

  @Test
  void aPatchIsACommandToPasteWhoseLastLineIsWhole() {
    String patch = HEAD + "+  - { path: /bin/a, parent: \"/b & <c>\", accepted: true }\n";
    SlackMessage message = message(patch, Optional.empty());

    assertEquals(
        Optional.of("git apply --directory=policy <<'PATCH'\n" + patch + "PATCH"), code(message));
    String json = SlackEphemeral.json(message);
    assertTrue(json.contains("Intruders do too."), json);
    assertTrue(json.contains("Nothing was changed"), json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+a`b\n", "+a\u001b[31mb\n", "+a\u202eb\n", "+a\tb\n", "+a\r\n", "long"})
  void aPatchThatSlackWouldChangeIsNotShown(String line) {
    String patch = HEAD + (line.equals("long") ? "+" + "y".repeat(2_800) + "\n" : line);

    assertEquals(Optional.of(ENTRY.command()), code(message(patch, Optional.empty())));
  }

  @Test
  void withoutAPatchTheReasonIsShown() {
    SlackMessage message = message("", Optional.of("The policy directory has no model."));

    assertEquals(Optional.empty(), code(message));
    String json = SlackEphemeral.json(message);
    assertTrue(json.contains("has no model."), json);
    assertFalse(json.contains("git apply"), json);
  }
}
