package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShownPolicyTest {
  /** The page of an incident can do without the runbooks. */
  @Test
  void aPolicyThatIsNotThereHasNoRunbooks(@TempDir Path folder) {
    assertEquals(Map.of(), ShownPolicy.runbooksIn(folder.resolve("none")).get());
  }
}
