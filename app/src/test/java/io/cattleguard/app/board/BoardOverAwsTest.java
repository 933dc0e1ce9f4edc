package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.operate.CommandBus;
import io.cattleguard.app.operate.StackOperator;
import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.record.stored.DynamoIncidentsTest;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.StoredLedger;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the board over the tables of a stack, with DynamoDB Local. */
final class BoardOverAwsTest {
  private static final Map<String, String> PAGES =
      Map.of(
          "aws-overview", "/",
          "aws-incidents", "/incidents?since=7d",
          "aws-incident", "/incident?id=held",
          "aws-question", "/incident?id=asks",
          "aws-containments", "/containments",
          "aws-silences", "/silences",
          "aws-playbooks", "/playbooks",
          "aws-sensors", "/sensors",
          "aws-confirm", "/do?verb=undo&id=blue%2Fisolate-pod%2F0b3f&incident=held");

  @TempDir private Path folder;
  private final String stack = "stack-" + UUID.randomUUID();
  private final List<OperatorCommand> published = new CopyOnWriteArrayList<>();
  private StoredLedger ledger;
  private TestBoard board;

  private DynamoTable table(String name) {
    return new DynamoTable(DynamoDbLocal.aws(), stack + "-" + name);
  }

  @BeforeEach
  void start() throws IOException {
    DynamoDbLocal.createTable(stack + "-ledger");
    DynamoDbLocal.createTable(stack + "-sightings");
    DynamoIncidentsTest.createTable(DynamoDbLocal.client(), stack + "-incidents");
    ledger = StoredLedger.of(table("ledger"), "blue");
    Incidents incidents =
        new DynamoIncidents(DynamoDbLocal.aws(), stack + "-incidents", Duration.ofDays(90));
    board =
        new TestBoard(
                folder,
                file -> incidents,
                ledger,
                Optional.of(
                    new TestBoard.Stack(
                        table("sightings"),
                        clock -> new StackOperator(this::table, new Bus(), clock))),
                before -> {
                  before.lastNight();
                  before.spend();
                })
            .enter();
  }

  /** Accepts commands; no responder carries them out. */
  private final class Bus implements CommandBus {
    @Override
    public String userId() {
      return "AROAEXAMPLEID:on-call";
    }

    @Override
    public void publish(String userId, OperatorCommand command) {
      published.add(command);
    }

    @Override
    public void pause(Duration time) {
      board.later(time);
    }
  }

  @AfterEach
  void stop() {
    board.close();
    assertEquals(List.of(), board.log, "no page failed");
  }

  @Test
  void everyPageShowsWhatTheTablesHave() {
    String overview = board.get("/").body();
    assertTrue(overview.contains("isolate-pod on shop/web-1 in blue"), overview);
    assertTrue(overview.contains("isolate-pod on pod dev/job-7"), overview);
    assertFalse(overview.contains("annot be read"), overview);
    assertTrue(board.get("/incidents").body().contains("4 incidents"));
    assertTrue(board.get("/incident?id=alone").body().contains("last-ready-replica"));
    assertTrue(board.get("/containments").body().contains("Lease ends"));
    assertTrue(board.get("/silences").body().contains("a known scanner"));
    String playbooks = board.get("/playbooks").body();
    assertTrue(playbooks.contains("3 of 3, used up"), playbooks);
    assertTrue(playbooks.contains("Hourly cap, namespace: shop in blue"), playbooks);
    assertFalse(playbooks.contains("annot be read"), playbooks);
  }

  @Test
  void everyPageFitsBothSizesInBothSchemesWithoutAComplaintOfTheBrowser()
      throws IOException, InterruptedException {
    Optional<Path> program = Chromium.program();
    Assumptions.assumeTrue(
        program.isPresent(), "no Chromium: set CATTLEGUARD_TEST_CHROMIUM to its path");
    try (Chromium browser =
        new Chromium(program.get(), Files.createDirectory(folder.resolve("profile")))) {
      browser.cookie(board.cookie(), board.uri("/").toString());

      assertEquals(List.of(), BoardPictures.take(browser, board, PAGES));
      assertEquals(List.of(), browser.complaints);
    }
  }

  @Test
  void aCommandIsPublishedAndTheKillSwitchIsSeen() {
    ledger.halt(new Ledger.Halt(true, "bob", "a test", TestBoard.NOW));
    assertTrue(board.get("/").body().contains("The kill switch is on"));

    HttpResponse<String> approved =
        board.post(
            "csrf="
                + board.csrf()
                + "&verb=approve&reason=not+ours&id="
                + URLEncoder.encode(TestBoard.QUESTION, StandardCharsets.UTF_8));
    assertEquals(303, approved.statusCode(), approved.body());
    assertEquals(
        List.of(OperatorCommand.Verb.APPROVE),
        published.stream().map(OperatorCommand::command).toList());
    assertEquals("aws:AROAEXAMPLEID:on-call", published.getFirst().who().identity());
  }
}
