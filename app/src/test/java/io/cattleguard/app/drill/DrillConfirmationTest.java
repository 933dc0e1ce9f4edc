package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a drill asks before it starts. */
final class DrillConfirmationTest {
  @TempDir private Path folder;

  @Test
  void aDrillPagesNobodyUnlessThatIsMeant() throws Exception {
    Policies.copyDefault(folder);
    Policies.replace(
        folder.resolve("routes.yaml"),
        "destinations:\n",
        """
        destinations:
          - {name: on-call, type: pagerduty, key-from: CATTLEGUARD_PAGERDUTY_KEY}
        """);
    Policies.replace(
        folder.resolve("routes.yaml"), "    to: [security-channel]", "    to: [on-call]");
    String[] drill = {
      "drill", "--data", "d", "--inject", "--policy", folder.toString(), "--timeout", "1s", "--yes"
    };

    Shell.Result refused = new Shell().run(drill);

    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains("on-call, which pages people: add --page"), refused.err());
  }

  @Test
  void onATerminalItAsksAndSaysWhoWillBeTold() {
    Shell.Result result =
        new Shell()
            .inTerminal(100)
            .piping("n\n")
            .run("drill", "--data", folder.toString(), "--inject");

    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().contains("security-channel (slack), siem (splunk-hec)"), result.err());
    assertTrue(result.err().contains("Run it? [y/N]"), result.err());
    assertTrue(result.err().contains("nothing was done"), result.err());
  }
}
