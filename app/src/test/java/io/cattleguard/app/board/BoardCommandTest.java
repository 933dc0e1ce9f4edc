package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class BoardCommandTest {
  @Test
  @Timeout(60)
  void aDeploymentThatCannotBeReadIsAnErrorAtTheStart(@TempDir Path folder) {
    Shell.Result result = new Shell().run("board", "--data", folder.resolve("none").toString());

    assertEquals(1, result.code(), result.out());
    assertTrue(result.err().contains("cannot read the incidents"), result.err());
    assertFalse(result.out().contains("Open this address"), result.out());
  }
}
