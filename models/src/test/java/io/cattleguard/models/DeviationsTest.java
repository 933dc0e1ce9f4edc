package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.WrittenFile;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model does not have is a deviation, by what it means. */
final class DeviationsTest {

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "program:/usr/sbin/nginx<-/bin/sh        |                                       |         "
            + " |",
        "program:nginx<-sh                       |                                       |         "
            + " |",
        "program:/usr/sbin/nginx                 |                                       |         "
            + " |",
        "program:/usr/sbin/nginx<-/usr/bin/php   | Parent of program not in model        | low     "
            + " |",
        "program:/usr/bin/date<-/bin/sh          | Program not in model                  | low     "
            + " |",
        "program:/bin/bash<-/usr/sbin/nginx      | Shell not in model                    | medium  "
            + " | T1059.004",
        "program:/usr/bin/apt-get<-/bin/sh       | Package manager not in model          | medium  "
            + " | T1105",
        "program:/usr/bin/curl<-/bin/sh          | Transfer tool not in model            | medium  "
            + " | T1105",
        "program:/usr/bin/id<-/bin/sh            | Discovery tool not in model           | low     "
            + " | T1033",
        "program:/usr/bin/nsenter<-/bin/sh       | Privileged tool not in model          | high    "
            + " | T1611",
        "program:/usr/bin/python3.11<-/bin/sh    | Interpreter or compiler not in model  | medium  "
            + " | T1059.006",
        "program:/opt/xmrig<-/bin/sh             | Miner not in model                    | critical"
            + " | T1496",
        "program:/tmp/t/xmrig<-/bin/sh           | Miner not in model                    | critical"
            + " | T1496",
        "program:memfd:*<-/bin/sh                | Program in memory not in model        | high    "
            + " | T1620",
        "program:/dev/shm/.x<-/bin/sh            | Program in temporary folder not in model | high "
            + " | T1204",
        "program:/tmp/nginx<-/bin/sh             | Program in temporary folder not in model | high "
            + " | T1204",
        "listener:tcp/8080                       |                                       |         "
            + " |",
        "listener:tcp/4444                       | Listening port not in model           | medium  "
            + " | T1571",
        "peer:network:private:5432               |                                       |         "
            + " |",
        "peer:network:private:22                 | Peer not in model                     | low     "
            + " |",
        "peer:network:203.0.113.0/24:443         |                                       |         "
            + " |",
        "peer:network:203.0.113.0/24:8443        | Public peer not in model              | medium  "
            + " | T1071",
        "peer:network:198.51.100.0/24:443        | Public peer not in model              | medium  "
            + " | T1071",
        "peer:network:169.254.169.254/32:80      | Metadata service not in model         | high    "
            + " | T1552.005",
        "peer:dns:db.shop.svc.cluster.local      | Peer not in model                     | low     "
            + " |",
        "peer:dns:evil.example.com               | Public peer not in model              | medium  "
            + " | T1071",
        "peer:service:shop/db:5433               | Peer not in model                     | low     "
            + " |",
        "file:/var/cache/nginx/x                 |                                       |         "
            + " |",
        "file:/var/cache/other                   | File written, not in model            | low     "
            + " |",
        "file:/etc/cron.d/x                      | System file written, not in model     | high    "
            + " | T1053.003",
        "file:/root/.ssh/authorized_keys         | System file written, not in model     | high    "
            + " | T1098.004",
        "file:/usr/bin/ls                        | Program file written, not in model    | high    "
            + " | T1554"
      })
  void eachEntryIsJudgedByWhatItMeans(
      String entry, String rule, String severity, String technique) {
    Observation seen = Seen.of(EntryText.parse(entry).orElseThrow(), "c");
    Optional<Deviation> deviation = Deviations.of(Seen.web(), seen);
    assertEquals(rule, deviation.map(Deviation::rule).orElse(null));
    assertEquals(severity, deviation.map(found -> found.severity().jsonName()).orElse(null));
    assertEquals(
        technique,
        deviation
            .map(Deviation::techniques)
            .flatMap(list -> list.stream().findFirst())
            .orElse(null));
  }

  @Test
  void whileLearningOnlyWhatIntrudersDoIsADeviationAndNotDuringTheStart() {
    Model model = Seen.web().withMode(Mode.LEARNING);
    Observation date = Seen.program("c", "/usr/bin/date", "/bin/sh");
    Observation shell = Seen.program("c", "/bin/bash", "/usr/sbin/nginx");
    assertTrue(Deviations.of(model, date).isEmpty());
    assertTrue(Deviations.of(model, shell).isPresent());
    assertTrue(Deviations.of(model, Seen.in(shell, Phase.STARTUP)).isEmpty());
  }

  @Test
  void peopleWriteWiderPeersAndAPortIsNotAnother() {
    Observation seen = Seen.of(new Peer(PeerKind.NETWORK, "198.51.100.0/24", 443), "c");
    Model wide =
        Seen.web().accepting(new Peer(PeerKind.NETWORK, Deviations.PUBLIC, 443), Seen.START);
    assertTrue(Deviations.of(wide, seen).isEmpty());
    Model ephemeral =
        Seen.web()
            .accepting(new Peer(PeerKind.NETWORK, "198.51.100.0/24", Entry.EPHEMERAL), Seen.START);
    assertTrue(Deviations.of(ephemeral, seen).isPresent());
    Model any =
        Seen.web()
            .accepting(new Peer(PeerKind.NETWORK, "198.51.100.0/24", Entry.ANY_PORT), Seen.START);
    assertTrue(Deviations.of(any, seen).isEmpty());
  }

  @Test
  void ofAKindThatNoSourceToldOnlyWhatIntrudersDoIsADeviation() {
    Model programsOnly =
        Seen.learned(
                Seen.program("a", "/usr/sbin/nginx", "/bin/sh"),
                Seen.program("b", "/usr/sbin/nginx", "/bin/sh"))
            .withMode(Mode.OBSERVING);
    assertEquals("", rule(programsOnly, "file:/var/cache/x"));
    assertEquals("", rule(programsOnly, "peer:service:shop/db:5433"));
    assertEquals("Program not in model", rule(programsOnly, "program:/usr/bin/date"));
    assertEquals("System file written, not in model", rule(programsOnly, "file:/etc/cron.d/x"));
  }

  @Test
  void aNameWithoutAFolderIsNoProgramInATemporaryFolder() {
    Model byName = Seen.learned(Seen.program("a", "nginx", "sh")).withMode(Mode.OBSERVING);
    assertEquals("", rule(byName, "program:/usr/sbin/nginx<-/bin/sh"));
    assertEquals(
        "Program in temporary folder not in model", rule(byName, "program:/tmp/nginx<-/bin/sh"));
  }

  private static String rule(Model model, String entry) {
    Observation seen = Seen.of(EntryText.parse(entry).orElseThrow(), "c");
    return Deviations.of(model, seen).map(Deviation::rule).orElse("");
  }

  @Test
  void rulesHaveDifferentNames() {
    Set<String> names = new HashSet<>();
    for (DeviationRule rule : DeviationRule.values()) {
      assertTrue(names.add(rule.ruleName()), rule.ruleName());
    }
  }

  @Test
  void anOlderModelHasTheFolderOfItsTemporaryFilesAndTheNamesOfItsDatedOnes() {
    Observation folder = Seen.of(new WrittenFile("/tmp/*"), "a");
    Model older = Seen.learned(Seen.of(new WrittenFile("/tmp/upload-1"), "a"));
    Model other = Seen.learned(Seen.of(new WrittenFile("/var/cache/tmp/x"), "a"));
    Model dated = Seen.learned(Seen.of(new WrittenFile("/backup/dump-20260302.sql"), "a"));

    assertEquals(Optional.empty(), Deviations.of(older.withMode(Mode.OBSERVING), folder));
    assertTrue(Deviations.of(other.withMode(Mode.OBSERVING), folder).isPresent());
    assertEquals(
        Optional.empty(),
        Deviations.of(
            dated.withMode(Mode.OBSERVING), Seen.of(new WrittenFile("/backup/dump-*.sql"), "a")));
  }
}
