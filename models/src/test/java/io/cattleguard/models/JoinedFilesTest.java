package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry.WrittenFile;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files with names that no pattern recognises are one entry, without hiding what intruders do. */
final class JoinedFilesTest {
  private static final Duration AGE = Duration.ofDays(30);

  private static Observation wrote(String path, String start, int day) {
    return Seen.later(Seen.of(new WrittenFile(path), start), Duration.ofDays(day));
  }

  /** Files {@code /app/data/} and a letter, from one letter to another. */
  private static Stream<Observation> data(char from, char to, String start, int day) {
    return Stream.iterate(from, c -> c <= to, c -> (char) (c + 1))
        .map(letter -> wrote("/app/data/" + letter, start, day));
  }

  private static Model learned(Stream<Observation> seen) {
    return Seen.learned(seen.toArray(Observation[]::new)).withMode(Mode.OBSERVING);
  }

  private static List<String> files(Model model) {
    return model.entries().keySet().stream().map(EntryText::of).toList();
  }

  @Test
  void manyFilesOfAFolderAreOneEntryWithAllTheirSightings() {
    Model model = learned(Stream.concat(data('g', 'n', "a", 0), data('o', 'z', "b", 1)));
    assertEquals(List.of("file:/app/data/*"), files(model));
    Sighting all = model.entries().firstEntry().getValue();
    assertEquals(20, all.count());
    assertEquals(2, all.starts());
    assertEquals(2, all.instances());
    assertEquals(model.since(), all.first());
    assertEquals(model.until(), all.last());
    assertTrue(model.isComplete());
  }

  @Test
  void aFileWhoseFolderIsRandomIsJoinedWithFilesOfOtherFolders() {
    Stream<Observation> named =
        Stream.of("g", "h", "i", "j", "k", "l", "m", "n")
            .map(name -> wrote("/srv/blue/data/" + name, "a", 0));
    Stream<Observation> random = Stream.of(wrote("/srv/*/data/o", "a", 1));
    assertEquals(List.of("file:/srv/*/data/*"), files(learned(Stream.concat(named, random))));
  }

  @Test
  void fewFilesKeepTheirNames() {
    assertEquals(8, learned(data('g', 'n', "a", 0)).entries().size());
  }

  @Test
  void foldersAndFilesWithNamesOfNoPatternAreOneEntry() {
    Stream<Observation> many =
        Stream.iterate(0, i -> i < 5_000, i -> i + 1)
            .map(i -> Integer.toString(i * 7_919, 36))
            .map(name -> wrote("/app/data/" + name + "y/z" + name, "a", 0));
    assertEquals(List.of("file:/app/data/*/*"), files(learned(many)));
  }

  @ParameterizedTest
  @CsvSource({
    "/app/data/other,                 ''",
    "/app/data/sub/other,             'File written, not in model'",
    "/app/data/shell.php,             'File written, not in model'",
    "/app/data/SHELL.PHP5.jpg,        'File written, not in model'",
    "/app/data/x.jsp,                 'File written, not in model'",
    "/app/data/libx.so.1,             'File written, not in model'",
    "/app/data/php.txt,               ''",
    "/app/other,                      'File written, not in model'",
    "/app/data/../../etc/cron.d/x,    'File written, not in model'",
    "/etc/cron.d/x,                   'System file written, not in model'",
    "/usr/bin/other,                  'Program file written, not in model'"
  })
  void aPatternHidesNoOtherFolder(String path, String rule) {
    Model model =
        learned(
            Stream.concat(
                data('g', 'z', "a", 0),
                Stream.iterate('g', c -> c <= 'z', c -> (char) (c + 1))
                    .flatMap(
                        letter ->
                            Stream.of(
                                wrote("/usr/bin/" + letter, "a", 0),
                                wrote("/etc/cron.d/" + letter, "b", 0)))));
    assertEquals(rule, Deviations.of(model, wrote(path, "c", 2)).map(Deviation::rule).orElse(""));
  }

  @Test
  void aMergeJoinsTheFilesOfBothAndNothingIsNewAfterwards() {
    Model first = learned(data('g', 'k', "a", 0));
    Model both = Merge.of(first, learned(data('l', 'p', "b", 1)), AGE);
    assertEquals(List.of("file:/app/data/*"), files(both));
    Sighting all = both.entries().firstEntry().getValue();
    assertEquals(10, all.count());
    Model later = Merge.of(both, learned(data('q', 's', "c", 9)), AGE);
    assertEquals(List.of("file:/app/data/*"), files(later));
    assertEquals(both.changed(), later.changed(), "so that the model becomes ready");
    assertEquals(13, later.entries().firstEntry().getValue().count());
    assertEquals(later, Merge.of(later, later, AGE), "the same again changes nothing");
  }

  @Test
  void whatAPersonAcceptedKeepsItsName() {
    Model first =
        learned(data('g', 'k', "a", 0)).accepting(new WrittenFile("/app/data/h"), Seen.START);
    Model both = Merge.of(first, learned(data('l', 'p', "b", 1)), AGE);
    assertEquals(List.of("file:/app/data/*", "file:/app/data/h"), files(both));
    assertTrue(
        Objects.requireNonNull(both.entries().get(new WrittenFile("/app/data/h"))).accepted());
  }
}
