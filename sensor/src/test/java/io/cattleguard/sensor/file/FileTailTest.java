package io.cattleguard.sensor.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that every line is read once, whatever happens to the file. */
final class FileTailTest {
  private static final int ROUNDS = Integer.getInteger("cattleguard.tail.rounds", 500);
  private static final int LIMIT = 1 << 20;
  private static final int ALL = 1 << 30;

  @TempDir private Path folder;
  private Path file;
  private FileTail tail;

  @BeforeEach
  void begin() {
    file = folder.resolve("tetragon.log");
    tail = new FileTail(file, LIMIT);
  }

  @AfterEach
  void end() throws IOException {
    tail.close();
  }

  private static void append(Path to, String text) throws IOException {
    Files.writeString(to, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private Path backup(String name) {
    return folder.resolve(name);
  }

  /** Rotates as lumberjack and logrotate do: a new file gets the name. */
  private void rename(String to) throws IOException {
    Files.move(file, backup(to));
  }

  /** Rotates as logrotate's copytruncate does: the file stays and is emptied. */
  private void copyAndTruncate(String to) throws IOException {
    Files.copy(file, backup(to));
    truncate();
  }

  private void truncate() throws IOException {
    Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(0).close();
  }

  private static List<String> texts(List<FileTail.Line> lines) {
    return lines.stream().map(line -> new String(line.text(), UTF_8)).toList();
  }

  private List<String> poll() throws IOException {
    return texts(tail.poll(ALL));
  }

  private void restart(FileTail.Position position) throws IOException {
    tail.close();
    tail = new FileTail(file, LIMIT);
    tail.resume(FileTail.Position.read(position.write()));
  }

  @Test
  void everyLineComesOnceAndInOrder() throws IOException {
    append(file, "a\nb\n");
    assertEquals(List.of("a", "b"), poll());
    assertEquals(List.of(), poll());
    append(file, "c\n\n \r\nd\r\n");
    assertEquals(List.of("c", " ", "d"), poll());
  }

  @Test
  void aLineCountsOnlyOnceItsLineBreakIsThere() throws IOException {
    append(file, "a\nb");
    assertEquals(List.of("a"), poll());
    append(file, "b");
    assertEquals(List.of(), poll());
    append(file, "b\nc");
    assertEquals(List.of("bbb"), poll());
  }

  @Test
  void aLinkedFileIsFollowedThroughTwoRotationsBetweenTwoLooks() throws IOException {
    tail = new FileTail(linked("link.log"), LIMIT);
    append(file, "a\n");
    assertEquals(List.of("a"), poll());
    append(file, "b\n");
    rename("tetragon.log.2");
    append(file, "c\n");
    rename("tetragon.log.1");
    append(file, "d\n");
    assertEquals(List.of("b", "c", "d"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void aLinkedFileIsFoundAgainAfterARestart() throws IOException {
    Path link = linked("link.log");
    tail = new FileTail(link, LIMIT);
    append(file, "a\n");
    FileTail.Position position = tail.poll(ALL).getFirst().after();
    rename("tetragon.log.1");
    append(backup("tetragon.log.1"), "b\n");
    append(file, "c\n");
    tail.close();
    tail = new FileTail(link, LIMIT);
    tail.resume(position);
    assertEquals(List.of("b", "c"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void aLinkThatLeadsToAnotherFileMayHaveSkippedSomeAndCountsAsAGap() throws IOException {
    Path link = linked("link.log");
    tail = new FileTail(link, LIMIT);
    append(file, "a\n");
    assertEquals(List.of("a"), poll());
    append(file, "b\n");
    append(backup("other.log"), "c\n");
    Files.delete(link);
    Files.createSymbolicLink(link, backup("other.log"));
    assertEquals(List.of("b", "c"), poll());
    assertEquals(1, tail.gaps());
  }

  /** A link in another folder. */
  private Path linked(String name) throws IOException {
    Path links = Files.createDirectory(folder.resolve("links"));
    return Files.createSymbolicLink(links.resolve(name), file);
  }

  @Test
  void aFileThatIsMissingAppearsLater() throws IOException {
    tail = new FileTail(folder.resolve("later").resolve("tetragon.log"), LIMIT);
    assertEquals(List.of(), poll());
    Files.createDirectory(folder.resolve("later"));
    assertEquals(List.of(), poll());
    append(folder.resolve("later").resolve("tetragon.log"), "a\n");
    assertEquals(List.of("a"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void aFolderOfThatNameIsAnErrorUntilItIsAFile() throws IOException {
    Files.createDirectory(file);
    FileSystemException error = assertThrows(FileSystemException.class, this::poll);
    assertEquals(file + ": is not a regular file", error.getMessage());
    Files.delete(file);
    append(file, "a\n");
    assertEquals(List.of("a"), poll());
  }

  @Test
  void anInterruptCostsNoLine() throws IOException {
    append(file, "a\nb");
    assertEquals(List.of("a"), poll());
    append(file, "b\nc\n");
    Thread.currentThread().interrupt();
    assertThrows(ClosedByInterruptException.class, this::poll);
    assertTrue(Thread.interrupted());
    assertEquals(List.of("bb", "c"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void anErrorBehindALineLeavesTheLineAndComesBack() throws IOException {
    append(file, "a\n");
    poll();
    append(file, "b\n");
    rename("tetragon.log.1");
    Files.createDirectory(file);
    assertEquals(List.of("b"), poll());
    assertThrows(FileSystemException.class, this::poll);
    Files.delete(file);
    append(file, "c\n");
    assertEquals(List.of("c"), poll());
  }

  @Test
  void aPollTakesNoMoreThanItWasAskedForAndAtLeastOneLine() throws IOException {
    append(file, "aaaa\nbb\ncc\ndddd\n");
    assertEquals(List.of("aaaa"), texts(tail.poll(1)));
    assertEquals(List.of("bb", "cc"), texts(tail.poll(4)));
    assertEquals(List.of("dddd"), texts(tail.poll(4)));
  }

  @ParameterizedTest
  @CsvSource({"1048575, 1048575, 0", "1048576, 1048576, 0", "1048577, 1048576, 1"})
  void aLineOverTheLimitIsHandedOverCutAndCounted(int length, int kept, int cut)
      throws IOException {
    append(file, "x".repeat(length) + "\nnext\n");
    List<FileTail.Line> lines = tail.poll(ALL);
    assertEquals(kept, lines.getFirst().text().length);
    assertEquals("next", texts(lines).getLast());
    assertEquals(cut, tail.cutLines());
  }

  @Test
  void aLineOfManyTimesTheLimitIsOneLineAndItsRestIsNone() throws IOException {
    tail = new FileTail(file, 10);
    for (int i = 0; i < 50; i++) {
      append(file, "0123456789".repeat(1_000));
      assertEquals(List.of(), poll());
    }
    append(file, "\nnext\n");
    assertEquals(List.of("0123456789", "next"), poll());
    assertEquals(1, tail.cutLines());
  }

  @Test
  void aRenamedFileIsReadToItsEndBeforeTheNewOne() throws IOException {
    append(file, "a\n");
    assertEquals(List.of("a"), poll());
    append(file, "b\n");
    rename("tetragon-2026-03-02T09-15-00.000.log");
    append(file, "c\n");
    assertEquals(List.of("b", "c"), poll());
  }

  @Test
  void whatIsWrittenToTheOldFileBeforeTheNewOneIsWrittenToIsNotLost() throws IOException {
    append(file, "a\n");
    poll();
    rename("tetragon.log.1");
    assertEquals(List.of(), poll());
    append(backup("tetragon.log.1"), "b\n");
    assertEquals(List.of("b"), poll());
    Files.createFile(file);
    assertEquals(List.of(), poll());
    append(backup("tetragon.log.1"), "c\n");
    append(file, "d\n");
    assertEquals(List.of("c", "d"), poll());
  }

  @Test
  void aRenamedFileIsReadToItsEndEvenWhenItIsDeleted() throws IOException {
    append(file, "a\nb\n");
    assertEquals(List.of("a"), texts(tail.poll(1)));
    Files.delete(file);
    append(file, "c\n");
    assertEquals(List.of("b", "c"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void whatFollowedADeletedFileIsReadEvenWhenItHasAnotherNameByNow() throws IOException {
    append(file, "a\nb\n");
    assertEquals(List.of("a"), texts(tail.poll(1)));
    Files.delete(file);
    append(file, "c\n");
    rename("tetragon.log.1");
    append(file, "d\n");
    assertEquals(List.of("b", "c", "d"), poll());
  }

  @Test
  void aLineThatItsWriterNeverEndedIsHandedOverWhenTheNextFileBegins() throws IOException {
    append(file, "a\nbro");
    poll();
    rename("tetragon.log.1");
    append(file, "c\n");
    List<FileTail.Line> lines = tail.poll(ALL);
    assertEquals(List.of("bro", "c"), texts(lines));
    restart(lines.getFirst().after());
    assertEquals(List.of("c"), poll());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tetragon-2026-03-02T09-15-0%d.000.log",
        "tetragon.log-2026030%d",
        "tetragon.log.2026030%d"
      })
  void severalRotationsBetweenTwoPollsLoseNothing(String pattern) throws IOException {
    append(file, "0a\n");
    poll();
    append(file, "0b\n");
    for (int i = 1; i <= 5; i++) {
      rename(pattern.formatted(i));
      append(file, i + "a\n" + i + "b\n");
    }
    assertEquals(List.of("0b", "1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b", "5a", "5b"), poll());
  }

  @Test
  void severalRotationsThatCountUpwardsLoseNothing() throws IOException {
    append(file, "0a\n");
    FileTail.Position position = tail.poll(ALL).getFirst().after();
    for (int i = 1; i <= 4; i++) {
      for (int n = i - 1; n >= 1; n--) {
        Files.move(backup("tetragon.log." + n), backup("tetragon.log." + (n + 1)));
      }
      rename("tetragon.log.1");
      append(file, i + "\n");
    }
    // Files written within one tick of the clock differ only by their names.
    for (int n = 1; n <= 4; n++) {
      Files.setLastModifiedTime(backup("tetragon.log." + n), FileTime.fromMillis(1_000));
    }
    restart(position);
    assertEquals(List.of("1", "2", "3", "4"), poll());
  }

  @Test
  void whatOnlyLooksLikeABackupIsNone() throws IOException {
    append(file, "a\n");
    poll();
    rename("tetragon-2026-03-02T09-15-00.000.log");
    for (String name :
        List.of(
            "tetragon-operator.log",
            "tetragon-2026-03-02T09-16-00.000.log.gz",
            "tetragon.log.1.zst",
            "tetragon-2026-03-02.txt",
            "other.log",
            "tetragon.logs")) {
      append(backup(name), "no\n");
    }
    append(file, "b\n");
    assertEquals(List.of("b"), poll());
  }

  @Test
  void aFileThatIsCopiedAndEmptiedIsReadOnInItsCopy() throws IOException {
    append(file, "a\n");
    poll();
    append(file, "b\nc\n");
    copyAndTruncate("tetragon.log.1");
    assertEquals(List.of("b", "c"), poll());
    append(file, "d\n");
    assertEquals(List.of("d"), poll());
    assertEquals(0, tail.gaps());
  }

  @Test
  void aFileThatWasEmptiedAndIsLongerThanBeforeByNowIsReadFromItsBeginning() throws IOException {
    append(file, "a\nb\n");
    assertEquals(List.of("a"), texts(tail.poll(1)));
    append(file, "c\n");
    copyAndTruncate("tetragon.log.1");
    append(file, "d\n".repeat(10_000));
    assertEquals(10_002, poll().size());
  }

  @Test
  void aFileThatWasEmptiedWithoutACopyIsCountedAsAGap() throws IOException {
    append(file, "a\nb\n");
    poll();
    truncate();
    append(file, "c\n");
    assertEquals(List.of("c"), poll());
    assertEquals(1, tail.gaps());
  }

  @Test
  void aFileThatWasCutBackBehindItsHeadIsReadFromItsBeginning() throws IOException {
    String first = "x".repeat(2_000);
    append(file, first + "\nb\nc\n");
    poll();
    Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(2_001).close();
    append(file, "\n");
    assertEquals(List.of(first), poll());
    assertEquals(1, tail.gaps());
  }

  @Test
  void aRestartAtAnyLineGoesOnWithTheNext() throws IOException {
    append(file, "");
    for (int i = 0; i < 300; i++) {
      append(file, "{\"line\":" + i + ",\"text\":\"" + "é".repeat(i % 17) + "\"}\n");
    }
    List<FileTail.Line> lines = tail.poll(ALL);
    assertEquals(300, lines.size());
    for (int i = 0; i < lines.size(); i++) {
      restart(lines.get(i).after());
      assertEquals(texts(lines.subList(i + 1, 300)), poll(), "after line " + i);
      assertEquals(0, tail.gaps());
    }
  }

  @Test
  void aRestartInAFileThatHasAnotherNameByNowEndsThatFileFirst() throws IOException {
    append(file, "a\nb\nc\n");
    List<FileTail.Line> lines = tail.poll(ALL);
    rename("tetragon-2026-03-02T09-15-00.000.log");
    append(file, "d\n");
    rename("tetragon-2026-03-02T09-16-00.000.log");
    append(file, "e\nf\n");
    List<String> all = List.of("a", "b", "c", "d", "e", "f");
    for (int i = 0; i < 3; i++) {
      restart(lines.get(i).after());
      assertEquals(all.subList(i + 1, 6), poll());
    }
  }

  @Test
  void aRestartInAFileThatWasCopiedAndEmptiedGoesOnInItsCopy() throws IOException {
    append(file, "a\nb\nc\n");
    List<FileTail.Line> lines = tail.poll(ALL);
    copyAndTruncate("tetragon.log.1");
    append(file, "d\n".repeat(100));
    restart(lines.getFirst().after());
    assertEquals(102, poll().size());
    assertEquals(0, tail.gaps());
  }

  @Test
  void anInodeThatAnotherFileHasByNowIsNotMistaken() throws IOException {
    append(file, "a\nb\n");
    FileTail.Position before = tail.poll(ALL).getLast().after();
    Path other = folder.resolve("other");
    append(other, "c\nd\ne\n");
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    long reused = FileTailFile.at(file).orElseThrow().inode();
    restart(
        new FileTail.Position(
            reused, before.modified(), before.offset(), before.headLength(), before.head()));
    assertEquals(List.of("c", "d", "e"), poll());
    assertEquals(1, tail.gaps());
  }

  @Test
  void whereTheFileOfThePositionIsGoneAllThatIsNewerIsReadAndTheGapIsCounted() throws IOException {
    append(file, "old\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
    rename("tetragon-2026-03-02T09-14-00.000.log");
    append(file, "a\nb\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(2_000));
    FileTail.Position position = tail.poll(1).getFirst().after();
    Files.delete(file);
    append(file, "c\n");
    rename("tetragon-2026-03-02T09-16-00.000.log");
    append(file, "d\n");
    restart(position);
    assertEquals(List.of("c", "d"), poll());
    assertEquals(1, tail.gaps());
  }

  @Test
  void aRestartWaitsWhereNoFileIsThereYet() throws IOException {
    append(file, "a\n");
    FileTail.Position position = tail.poll(ALL).getFirst().after();
    rename("elsewhere");
    restart(position);
    assertEquals(List.of(), poll());
    Files.move(backup("elsewhere"), file);
    append(file, "b\n");
    assertEquals(List.of("b"), poll());
    assertEquals(0, tail.gaps());
  }

  /** Other programs may have changed the file to which a position refers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "2 7 7 7 7 ab",
        "1 x 7 7 7 ab",
        "1 7 7 -1 7 ab",
        "1 7 7 7 1025 ab",
        "1 7 7 7 -1 ab",
        "1 7 7 7 7 ab more",
        "1 7 7 99999999999999999999 7 ab"
      })
  void whatIsNoPositionIsRefused(String text) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> FileTail.Position.read(text));
    assertEquals("not a position in a file: '" + text + "'", error.getMessage());
  }

  /**
   * Writes parts of lines, rotates in both ways, polls with any budget and is killed at any time;
   * after that, only the positions that were stored with their lines count.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whateverHappensToTheFileNoLineIsLostOrDoubled(long seed) throws IOException {
    Random random = new Random(seed);
    List<String> kept = new ArrayList<>();
    FileTail.Position position = null;
    StringBuilder unwritten = new StringBuilder();
    int written = 0;
    int rotations = 0;
    for (int round = 0; round < ROUNDS; round++) {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4 -> {
          if (unwritten.isEmpty()) {
            for (int i = random.nextInt(5); i >= 0; i--) {
              unwritten.append(line(written++)).append('\n');
            }
          }
          int length = random.nextInt(3) == 0 ? random.nextInt(unwritten.length()) : ALL;
          String piece = unwritten.substring(0, Math.min(length, unwritten.length()));
          append(file, piece);
          unwritten.delete(0, piece.length());
        }
        case 5 -> {
          // Both of its kinds rotate between two lines.
          if (unwritten.isEmpty() && Files.exists(file) && rotations < 400) {
            String name = "tetragon-2026-03-02T09-15-00.%03d.log".formatted(rotations++);
            if (random.nextBoolean()) {
              rename(name);
            } else {
              copyAndTruncate(name);
            }
          }
        }
        case 6 -> {
          if (position != null) {
            restart(position);
          } else {
            kept.clear();
            tail.close();
            tail = new FileTail(file, LIMIT);
          }
        }
        case 7 -> {
          // Killed after reading and before storing.
          if (position != null) {
            tail.poll(random.nextInt(200));
            restart(position);
          }
        }
        default -> {
          for (FileTail.Line one : tail.poll(random.nextInt(200))) {
            kept.add(new String(one.text(), UTF_8));
            position = one.after();
          }
        }
      }
      if (position == null && rotations == 0) {
        // Without a stored position, rotated files are not read.
        for (FileTail.Line one : tail.poll(ALL)) {
          kept.add(new String(one.text(), UTF_8));
          position = one.after();
        }
      }
    }
    append(file, unwritten.toString());
    kept.addAll(poll());
    assertEquals(IntStream.range(0, written).mapToObj(FileTailTest::line).toList(), kept);
    assertEquals(0, tail.gaps());
    assertTrue(rotations > ROUNDS / 40, "rotations: " + rotations);
  }

  private static String line(int number) {
    return "{\"line\":" + number + "," + "x".repeat(number % 29) + "}";
  }
}
