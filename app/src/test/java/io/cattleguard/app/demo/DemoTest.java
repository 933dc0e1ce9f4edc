package io.cattleguard.app.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.kubernetes.actions.IsolatePod;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoTest {
  private static Shell.Result result = new Shell.Result(-1, "", "");
  private static String flat = "";

  @BeforeAll
  static void play() {
    result = new Shell().run("demo", "--fast");
    flat = result.out().replaceAll("\\s+", " ");
  }

  @Test
  void itEndsWellAndSaysNothingToStandardError() {
    assertEquals(0, result.code());
    assertEquals("", result.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "merged (repeats)",
        "opened: a new problem",
        "spread: a known problem on a new pod",
        "+30 traits: dropped-executable",
        "#security-channel in Slack",
        "isolate-pod DONE pod shop/web-7c8d9f5b6d-x2x4k",
        "changed nothing, and read the pod with UID",
        "changed only the pod with UID",
        "delete-pod DONE pod shop/web-7c8d9f5b6d-x2x4k",
        "of the same workload is ready",
        "ready, a replacement",
        "in the thread: Action taken and verified",
        "objection: PodDisruptionBudget pdf-render allows 0 disruptions now",
        "delete-pod REFUSED pod reports/pdf-render-5f6b7c9d48-t7w2n",
        "objection: namespace kube-system is protected",
        "ready, isolated from the network",
      })
  void theRoadIsShown(String text) {
    assertTrue(flat.contains(text), () -> "'" + text + "' in " + result.out());
  }

  @Test
  void everyGuardOfAnActionIsAskedAndNamed() {
    int guards = Guards.names(new IsolatePod()).size();
    String text = guards + " guards checked: kill switch, replayed event";

    assertTrue(flat.contains(text), () -> "'" + text + "' in " + result.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "incidents 12: 6 from the attack, 6 from background events",
        "messages to people 6, all about the attack",
        "alert to pod isolated",
        "first alert to first isolation",
        "refused, and why",
        "the pod keeps running, isolated, until a person decides",
        "the pod keeps running; people were notified",
        "./cattleguard replay FILE",
      })
  void itEndsWithASummary(String text) {
    assertTrue(flat.contains(text), () -> "'" + text + "' in " + result.out());
  }

  @Test
  void whatOnlyKeepsEvidenceIsNotListedAsContained() {
    String summary = flat.substring(flat.indexOf("alert to pod isolated"));
    String contained =
        summary.substring(summary.indexOf(" contained "), summary.indexOf(" evidence kept "));

    assertTrue(contained.contains("isolate-pod"), contained);
    assertFalse(contained.contains("capture-evidence"), contained);
    assertTrue(summary.contains(" evidence kept capture-evidence "), summary);
  }

  @Test
  void itHasNoColourAndIsNotWrappedWhereThereIsNoTerminal() {
    assertTrue(result.lines().stream().anyMatch(line -> line.length() > 120), result.out());
    assertFalse(result.out().contains("\u001b"));
  }

  @Test
  void nothingFailedAndNothingWasMerelyObserved() {
    assertFalse(flat.contains("FAILED"), result.out());
    assertFalse(flat.contains("OBSERVED"), result.out());
  }
}
