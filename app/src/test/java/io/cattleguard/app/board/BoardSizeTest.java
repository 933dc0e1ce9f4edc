package io.cattleguard.app.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What makes a page slow is bounded with 10,000 incidents of 1,000,000 alerts: the incidents that
 * it reads, and the HTML that the browser paints. {@link BoardPaintTest} measures the times.
 */
final class BoardSizeTest {
  private static final int INCIDENTS = 10_000;

  /** The largest page has 50 incidents; with more, a paint of 200 ms is out of reach. */
  private static final int LARGEST_PAGE = 64 * 1_024;

  /** What is read again in case it was recorded late, and what is held. */
  private static final int READ_AGAIN = 100;

  @TempDir private Path folder;

  /** Counts the incidents that are read. */
  private static final class Counted implements Incidents {
    private final Incidents all = new InMemoryIncidents();
    private final AtomicInteger read = new AtomicInteger();

    @Override
    public void merge(IncidentRecord addition) {
      all.merge(addition);
    }

    @Override
    public Optional<IncidentRecord> find(String id) {
      read.incrementAndGet();
      return all.find(id);
    }

    @Override
    public List<IncidentSummary> latest(Instant since, int limit) {
      return counted(all.latest(since, limit));
    }

    @Override
    public List<IncidentSummary> holding(int limit) {
      return counted(all.holding(limit));
    }

    private List<IncidentSummary> counted(List<IncidentSummary> found) {
      read.addAndGet(found.size());
      return found;
    }
  }

  @Test
  void aPageWithTenThousandIncidentsReadsOnlyWhatIsNewAndIsSmall()
      throws IOException, InterruptedException {
    Counted incidents = new Counted();
    try (TestBoard board =
        new TestBoard(folder, file -> incidents, before -> before.lastMonth(INCIDENTS))) {
      board.enter();
      assertTrue(
          get(board, "/?since=30d").contains(">1,000,000</span>"), "the funnel has the alerts");
      assertTrue(incidents.read.get() >= INCIDENTS, "the first page reads all");
      for (String page : BoardPaintTest.PAGES) {
        board.later();
        incidents.read.set(0);
        int bytes = get(board, page).getBytes(StandardCharsets.UTF_8).length;
        System.out.printf("%s: %,d bytes, %d incidents read%n", page, bytes, incidents.read.get());
        assertTrue(bytes < LARGEST_PAGE, page + ": " + bytes + " bytes");
        assertTrue(incidents.read.get() <= READ_AGAIN, page + " read " + incidents.read.get());
      }
    }
  }

  private static String get(TestBoard board, String page) throws IOException, InterruptedException {
    HttpResponse<String> reply = board.get(page);
    assertEquals(200, reply.statusCode(), page);
    return reply.body();
  }
}
