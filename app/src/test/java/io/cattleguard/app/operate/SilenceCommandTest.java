package io.cattleguard.app.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Tests the commands for silences with deduplicate's table in DynamoDB. */
final class SilenceCommandTest {
  private static final Instant NOW = TestAlerts.AT;
  private static final String RULE = "Terminal shell in container";
  private static final String SHELLS = "{\"alert\":{\"rule\":[\"" + RULE + "\"]}}";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private DynamoTable table;
  private int ids;

  @BeforeEach
  void create() {
    String name = "sightings-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    table = new DynamoTable(DynamoDbLocal.aws(), name);
  }

  private final List<OperatorCommand> published = new ArrayList<>();

  private CommandBus bus(String name, Optional<String> region) {
    return new CommandBus() {
      @Override
      public String userId() {
        return "AROAEXAMPLEID:on-call";
      }

      @Override
      public void publish(String userId, OperatorCommand command) {
        published.add(OperatorCommand.read(OperatorSource.of(userId).toString(), command.write()));
      }
    };
  }

  private VersionedTable open(String name, Optional<String> region) {
    assertEquals("cattleguard-sightings", name);
    return table;
  }

  private Surroundings surroundings() {
    return new Surroundings(
        InputStream.nullInputStream(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private int run(OperateCommand command, String... arguments) {
    CommandLine line = new CommandLine(command);
    line.setExecutionExceptionHandler(
        (e, failed, result) -> {
          if (!(e instanceof UsageError)) {
            throw e;
          }
          err.writeBytes(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
          return 2;
        });
    line.setErr(new java.io.PrintWriter(err, true, StandardCharsets.UTF_8));
    return line.execute(arguments);
  }

  private int silence(String... arguments) {
    return run(
        new SilenceCommand(surroundings(), this::open, this::bus, InstantSource.fixed(NOW)),
        arguments);
  }

  private int unsilence(String id) {
    return run(
        new UnsilenceCommand(surroundings(), this::open, this::bus, InstantSource.fixed(NOW)),
        id,
        "--reason",
        "done");
  }

  private String list() {
    out.reset();
    assertEquals(
        0,
        run(
            new ListingCommand.Silences(
                surroundings(), this::open, this::bus, InstantSource.fixed(NOW))));
    return printed();
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private static TestAlerts.Draft draft(String rule, Severity severity) {
    return TestAlerts.alert("0", rule, severity);
  }

  private Verdict judge(String rule, Severity severity, Duration after) {
    ids++;
    return new Deduplicator(
            new StoredSightings(table),
            Suppressions.none(),
            DeduplicationSettings.DEFAULT,
            Quiet.in(table, Duration.ZERO, Inhibitions.none(), sentence -> {}))
        .deduplicate(
            List.of(
                new Arrival(
                    TestAlerts.alert(
                            String.format("%016x%016x", ids * 0x9E3779B97F4A7C15L, ids),
                            rule,
                            severity)
                        .pod("web-" + ids)
                        .at(NOW.plus(after))
                        .build(),
                    NOW.plus(after))))
        .getFirst();
  }

  private int silenceIncident(String... arguments) {
    return run(
        new SilenceCommand(
            surroundings(),
            this::open,
            this::bus,
            InstantSource.fixed(NOW),
            id ->
                Optional.of(id)
                    .filter(one -> one.equals("i1"))
                    .map(
                        one ->
                            incident(
                                one,
                                Fingerprint.of(draft(RULE, Severity.CRITICAL).build()),
                                Fingerprint.of(draft("another", Severity.LOW).build())))),
        arguments);
  }

  private static IncidentRecord incident(String id, String... fingerprints) {
    ObjectNode record = JsonNodeFactory.instance.objectNode().put("id", id);
    record.put("firstAt", NOW.toString()).put("lastAt", NOW.toString());
    ArrayNode problems = record.putArray("problems");
    for (String fingerprint : fingerprints) {
      problems
          .addObject()
          .put("fingerprint", fingerprint)
          .put("source", "falco")
          .put("rule", RULE)
          .put("alerts", 1)
          .put("before", 0)
          .put("until", 1)
          .put("lastAt", NOW.toString());
    }
    return IncidentJson.readRecord(record.toString());
  }

  @Test
  void anIncidentIsSilencedAsGraveAsItsProblemsAre() {
    judge(RULE, Severity.CRITICAL, Duration.ZERO);
    judge("another", Severity.LOW, Duration.ZERO);
    judge("Unexpected outbound connection", Severity.LOW, Duration.ZERO);

    assertEquals(0, silenceIncident("--incident", "i1", "--for", "24h", "--reason", "load test"));

    assertTrue(printed().contains("up to critical"), printed());
    assertTrue(
        printed().contains("  hides " + Fingerprint.of(draft(RULE, Severity.CRITICAL).build())),
        printed());
    assertFalse(printed().contains("Unexpected outbound connection"), printed());
    assertTrue(complained().contains("hides 2 of 3 recent problems"), complained());
  }

  @Test
  void anUnknownIncidentIsSaid() {
    assertEquals(2, silenceIncident("--incident", "i2", "--for", "24h", "--reason", "load test"));
    assertTrue(complained().contains("no incident i2"), complained());
  }

  @Test
  void promise14AMatchIsSilencedForTwoWeeksListedAndEnded() {
    judge(RULE, Severity.LOW, Duration.ZERO);
    judge("another", Severity.LOW, Duration.ZERO);

    assertEquals(
        0, silence("--match", SHELLS, "--for", "2w", "--reason", "load test", "--by", "ana"));

    assertTrue(printed().contains("until 2026-03-16T"), printed());
    assertTrue(printed().contains("up to high, from people, by ana: load test"), printed());
    assertTrue(
        printed().contains("  hides " + Fingerprint.of(draft(RULE, Severity.LOW).build())),
        printed());
    assertEquals("It hides 1 of 2 recent problems.\n", complained());
    assertTrue(judge(RULE, Severity.LOW, Duration.ofDays(13)).isSilenced());
    assertFalse(judge(RULE, Severity.LOW, Duration.ofDays(14)).isSilenced());

    String id = list().substring(0, 8);
    assertEquals(0, unsilence(id));
    assertFalse(judge(RULE, Severity.LOW, Duration.ofDays(1)).isSilenced());
    String ended = list();
    assertTrue(
        ended.startsWith(id + "  ended " + NOW + ","), "listed for seven more days: " + ended);
    assertEquals(1, ended.lines().count(), ended);
    assertEquals(1, unsilence(id));
  }

  @Test
  void aProblemIsSilencedAsGraveAsItIsButNotGraver() {
    judge(RULE, Severity.CRITICAL, Duration.ZERO);
    String fingerprint = Fingerprint.of(draft(RULE, Severity.CRITICAL).build());

    assertEquals(0, silence("--fingerprint", fingerprint, "--for", "4h", "--reason", "known"));

    assertTrue(printed().contains("up to critical"), printed());
    assertTrue(judge(RULE, Severity.CRITICAL, Duration.ofMinutes(1)).isSilenced());
    assertFalse(judge(RULE, Severity.FATAL, Duration.ofMinutes(2)).isSilenced());
  }

  @Test
  void aPatternDoesNotHideWhatIsCriticalUnlessThatIsSaid() {
    judge(RULE, Severity.CRITICAL, Duration.ZERO);

    assertEquals(0, silence("--match", SHELLS, "--for", "4h", "--reason", "known"));

    assertEquals(
        "It hides none of 1 recent problems. 1 other matches and is more severe than high, so"
            + " people are notified of it; to hide it too: --up-to critical\n",
        complained());
    assertFalse(judge(RULE, Severity.CRITICAL, Duration.ofMinutes(1)).isSilenced());
    assertEquals(
        0, silence("--match", SHELLS, "--for", "4h", "--reason", "known", "--up-to", "critical"));
    assertTrue(judge(RULE, Severity.CRITICAL, Duration.ofMinutes(1)).isSilenced());
  }

  @Test
  void aDryRunSetsNothing() {
    judge(RULE, Severity.LOW, Duration.ZERO);

    assertEquals(0, silence("--match", SHELLS, "--for", "4h", "--reason", "x", "--dry-run"));

    assertTrue(printed().startsWith("would be set: "), printed());
    assertEquals("", list());
  }

  @Test
  void aDayIsWholeAndRespondersAreSilencedOnlyIfThatIsSaid() {
    assertEquals(
        0,
        silence(
            "--match",
            SHELLS,
            "--until",
            "2026-03-10",
            "--reason",
            "x",
            "--responders-too",
            "--json"));

    assertTrue(printed().contains("\"until\":\"2026-03-11T00:00:00Z\""), printed());
    assertTrue(printed().contains("\"responders\":true"), printed());
    assertTrue(list().contains("from people AND responders"));
  }

  @ParameterizedTest(name = "{0} {1} {2} {3}: {5}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--match | {'alert':{'class':['runtime']}} | --for   | 1d         | 1 | --all",
        "--match | {'alert':{'rule':['x']}}        | --for   | 31d        | 1 | at most 30 days",
        "--match | {'alert':{'rule':['x']}}        | --until | 2026-01-01 | 1 | has passed",
        "--match | {'alert':{'ruel':['x']}}        | --for   | 1d         | 1 | did you mean"
            + " 'rule'",
        "--match | {'alert'                        | --for   | 1d         | 2 | not JSON",
        "--match | []                              | --for   | 1d         | 2 | expected a JSON"
            + " object",
        "--match | {'alert':{'rule':['x']}}        | --for   | soon       | 2 | 4h, 14d or 2w",
        "--match | {'alert':{'rule':['x']}}        | --until | soon       | 2 | 2026-01-31",
        "--fingerprint | x                         | --for   | 1d         | 2 | 32 digits",
      },
      quoteCharacter = '`')
  void whatIsNotASilenceIsRefusedWithTheReason(
      String how, String what, String length, String time, int code, String reason) {
    assertEquals(
        code, silence(how, what.replace('\'', '"'), length, time, "--reason", "x"), complained());

    assertTrue(complained().contains(reason), complained());
    assertEquals("", list());
  }
}
