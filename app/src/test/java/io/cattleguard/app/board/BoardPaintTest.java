package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.operate.CommandBus;
import io.cattleguard.app.operate.StackOperator;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.record.stored.DynamoIncidentsTest;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long a person waits for a page with the maximum number of incidents that the board
 * reads: 20,000 of 2,000,000 alerts in a state file, and 10,000 of 1,000,000 alerts in tables.
 */
final class BoardPaintTest {
  private static final int INCIDENTS = 20_000;
  private static final int INCIDENTS_OF_A_STACK = 10_000;
  private static final int ROUNDS = 4;
  private static final String PAINT = "performance.getEntriesByName('first-contentful-paint')";
  private static final double LIMIT_MILLIS = 200;
  static final List<String> PAGES =
      List.of(
          "/",
          "/?since=30d",
          "/incidents",
          "/incidents?since=30d&text=shell",
          "/incident?id=inc-9",
          "/containments",
          "/silences",
          "/playbooks",
          "/sensors");

  @TempDir private Path folder;

  @EnabledIfSystemProperty(
      named = "cattleguard.paint",
      matches = "true",
      disabledReason = "needs a machine with nothing else to do; -Dcattleguard.paint=true runs it")
  @Test
  void halfOfThePaintsOfEachPageAreWithin200Milliseconds()
      throws IOException, InterruptedException {
    paint(
        data ->
            new TestBoard(
                data,
                file -> new SqliteIncidents(file, Duration.ofDays(90), 50_000),
                before -> before.lastMonth(INCIDENTS)));
  }

  @EnabledIfSystemProperty(
      named = "cattleguard.paint",
      matches = "true",
      disabledReason = "needs a machine with nothing else to do; -Dcattleguard.paint=true runs it")
  @Test
  void soAreThoseOverTheTablesOfAStack() throws IOException, InterruptedException {
    String stack = "stack-" + UUID.randomUUID();
    DynamoDbLocal.createTable(stack + "-ledger");
    DynamoDbLocal.createTable(stack + "-sightings");
    DynamoIncidentsTest.createTable(DynamoDbLocal.client(), stack + "-incidents");
    Function<String, DynamoTable> table =
        name -> new DynamoTable(DynamoDbLocal.aws(), stack + "-" + name);
    paint(
        data ->
            new TestBoard(
                data,
                file ->
                    new DynamoIncidents(
                        DynamoDbLocal.aws(), stack + "-incidents", Duration.ofDays(90)),
                StoredLedger.of(table.apply("ledger"), "blue"),
                Optional.of(
                    new TestBoard.Stack(
                        table.apply("sightings"),
                        clock -> new StackOperator(table::apply, new NoBus(), clock))),
                before -> before.lastMonth(INCIDENTS_OF_A_STACK)));
  }

  /** This test sends no command. */
  private static final class NoBus implements CommandBus {
    @Override
    public String userId() {
      return "AROAEXAMPLEID:on-call";
    }

    @Override
    public void publish(String userId, OperatorCommand command) {
      throw new IllegalStateException("this test sends no command");
    }

    @Override
    public void pause(Duration time) {
      // The test needs no pauses.
    }
  }

  /** Creates a board with its data in a folder. */
  private interface Boards {
    TestBoard of(Path data) throws IOException;
  }

  private void paint(Boards boards) throws IOException, InterruptedException {
    Optional<Path> program = Chromium.program();
    Assumptions.assumeTrue(
        program.isPresent(), "no Chromium: set CATTLEGUARD_TEST_CHROMIUM to its path");
    Map<String, List<Double>> replies = new LinkedHashMap<>();
    Map<String, List<Double>> paints = new LinkedHashMap<>();
    try (TestBoard board = boards.of(Files.createDirectory(folder.resolve("data")));
        Chromium browser =
            new Chromium(program.get(), Files.createDirectory(folder.resolve("profile")))) {
      board.enter();
      browser.cookie(board.cookie(), board.uri("/").toString());
      browser.show(1_440, 900, "light");
      for (int round = 0; round <= ROUNDS; round++) {
        for (String page : PAGES) {
          long began = System.nanoTime();
          HttpResponse<String> reply = board.get(page);
          double took = (System.nanoTime() - began) / 1e6;
          System.out.printf("%s: reply in %.0f ms%n", page, took);
          assertTrue(reply.statusCode() == 200, page + ": " + reply.statusCode());
          board.later(); // the next page cannot use the cache of this one
          browser.open(board.uri(page));
          browser.await(PAINT + ".length > 0");
          JsonNode paint = browser.evaluate(PAINT + "[0].startTime");
          if (round > 0) { // the first round warms up
            replies.computeIfAbsent(page, same -> new ArrayList<>()).add(took);
            paints.computeIfAbsent(page, same -> new ArrayList<>()).add(paint.asDouble());
          }
        }
      }
      System.gc();
      System.out.printf(
          "heap after a collection: %d MB%n",
          (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
    }
    replies.forEach((page, all) -> System.out.println(page + ", replies in ms: " + inWords(all)));
    paints.forEach((page, all) -> System.out.println(page + ", paints in ms: " + inWords(all)));
    paints.forEach(
        (page, all) -> assertTrue(median(all) < LIMIT_MILLIS, page + ": " + inWords(all)));
  }

  private static double median(List<Double> all) {
    double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private static String inWords(List<Double> all) {
    double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return "p50 %.0f, longest %.0f, all %s"
        .formatted(
            median(all),
            sorted[sorted.length - 1],
            Arrays.stream(sorted).mapToLong(Math::round).boxed().toList());
  }
}
