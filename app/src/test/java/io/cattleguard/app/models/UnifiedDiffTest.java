package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.reviewed.UnifiedDiff;
import org.junit.jupiter.api.Test;

/** A patch that git applies. */
final class UnifiedDiffTest {
  private static String lines(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i <= to; i++) {
      text.append(i).append('\n');
    }
    return text.toString();
  }

  @Test
  void equalTextsHaveNone() {
    assertEquals("", UnifiedDiff.of("x", "a\n", "a\n"));
  }

  @Test
  void changesFarApartAreTwoHunksWithContext() {
    String older = lines(1, 30);
    String newer = older.replace("\n5\n", "\nfive\n").replace("\n25\n", "\n25\nnew\n");
    assertEquals(
        """
        --- a/m/x.yaml
        +++ b/m/x.yaml
        @@ -2,7 +2,7 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
        @@ -23,6 +23,7 @@
         23
         24
         25
        +new
         26
         27
         28
        """,
        UnifiedDiff.of("m/x.yaml", older, newer));
  }

  @Test
  void changesNearEachOtherAreOneHunk() {
    String older = lines(1, 9);
    String newer = older.replace("2\n", "").replace("7\n", "seven\n");
    assertEquals(
        """
        --- a/x
        +++ b/x
        @@ -1,9 +1,8 @@
         1
        -2
         3
         4
         5
         6
        -7
        +seven
         8
         9
        """,
        UnifiedDiff.of("x", older, newer));
  }

  @Test
  void aLastLineWithoutItsEndIsSaid() {
    assertEquals(
        """
        --- a/x
        +++ b/x
        @@ -1,2 +1,3 @@
         1
        -2
        \\ No newline at end of file
        +2
        +3
        """,
        UnifiedDiff.of("x", "1\n2", "1\n2\n3\n"));
  }

  @Test
  void linesWithOtherEndsDiffer() {
    assertEquals(
        "--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n 1\r\n+2\r\n",
        UnifiedDiff.of("x", "1\r\n", "1\r\n2\r\n"));
  }

  @Test
  void aLongFileWithOneChangeNeedsLittleMemory() {
    String long60k = lines(1, 60_000);
    String patch = UnifiedDiff.of("x", long60k, long60k.replace("\n30000\n", "\n30000\nnew\n"));
    assertEquals(10, patch.lines().count(), patch);
  }

  @Test
  void aNewFileComesFromNothing() {
    assertEquals(
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n", UnifiedDiff.of("x", "", "a\nb\n"));
  }
}
