package io.cattleguard.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A printed command works when it is pasted into the same shell. */
final class ProgramNameTest {
  @TempDir private Path folder;

  private static Surroundings at(Path home) {
    Properties properties = new Properties();
    properties.setProperty("cattleguard.home", home.toString());
    return Surroundings.of(
        InputStream.nullInputStream(), System.out, System.err, Map.of(), properties);
  }

  @Test
  void aCheckoutIsStartedByItsLauncherAndAnImageByItsName() throws IOException {
    Path checkout = Files.createDirectory(folder.resolve("my checkout"));
    assertEquals("cattleguard", at(checkout).program(checkout), "no checkout, such as an image");
    Path wrapper = Files.createFile(checkout.resolve("mvnw"));
    assertTrue(wrapper.toFile().setExecutable(true));
    assertEquals("./cattleguard", at(checkout).program(checkout));
    assertEquals("'" + checkout + "/cattleguard'", at(checkout).program(folder));
  }
}
