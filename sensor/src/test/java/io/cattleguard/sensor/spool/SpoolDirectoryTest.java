package io.cattleguard.sensor.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolDirectoryTest {
  @TempDir private Path folder;

  @Test
  void theGroupMayWriteTheDirectoryAndNobodyElseMayReadIt() throws IOException {
    int group = (int) Files.getAttribute(folder, "unix:gid");

    assertEquals("", run(folder.toString(), Integer.toString(group)));

    assertEquals(02770, (int) Files.getAttribute(folder, "unix:mode") & 07777);
    assertEquals(group, (int) Files.getAttribute(folder, "unix:gid"));
  }

  @Test
  void whatLiesInTheDirectoryStaysAsItWas() throws IOException {
    Path inside = Files.createFile(folder.resolve("spool"));
    int mode = (int) Files.getAttribute(inside, "unix:mode");
    int group = (int) Files.getAttribute(folder, "unix:gid");

    assertEquals("", run(folder.toString(), Integer.toString(group)));

    assertEquals(mode, (int) Files.getAttribute(inside, "unix:mode"));
  }

  @Test
  void aLinkInPlaceOfTheDirectoryIsNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    int mode = (int) Files.getAttribute(elsewhere, "unix:mode");
    Path link = Files.createSymbolicLink(folder.resolve("link"), elsewhere);

    assertSays("is not a directory", link.toString(), "65532");

    assertEquals(mode, (int) Files.getAttribute(elsewhere, "unix:mode"));
  }

  @Test
  void whatCannotBeDoneIsSaidWithWhatToDo() {
    assertSays("is not a directory", folder.resolve("absent").toString(), "65532");
    assertSays("DIRECTORY GROUP-ID", folder.toString(), "nonroot");
    assertSays("DIRECTORY GROUP-ID", folder.toString());
  }

  private static void assertSays(String words, String... arguments) {
    String said = run(arguments);
    assertTrue(said.contains(words), said);
  }

  private static String run(String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = SpoolDirectory.run(new PrintStream(err, true, StandardCharsets.UTF_8), arguments);
    String said = err.toString(StandardCharsets.UTF_8);
    assertEquals(said.isEmpty() ? 0 : 2, code);
    return said;
  }
}
