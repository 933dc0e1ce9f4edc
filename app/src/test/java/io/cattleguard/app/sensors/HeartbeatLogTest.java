package io.cattleguard.app.sensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.edge.port.Unavailable;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.CloudWatchLogsException;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;

final class HeartbeatLogTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");

  private final List<FilterLogEventsRequest> asked = new ArrayList<>();

  /** The pages of the log group; the last one has no successor unless it never ends. */
  private HeartbeatLog log(boolean isEndless, List<List<FilteredLogEvent>> pages) {
    return new HeartbeatLog(
        new CloudWatchLogsClient() {
          @Override
          public FilterLogEventsResponse filterLogEvents(FilterLogEventsRequest request) {
            int page = Math.min(asked.size(), pages.size() - 1);
            asked.add(request);
            return FilterLogEventsResponse.builder()
                .events(pages.get(page))
                .nextToken(isEndless || page + 1 < pages.size() ? "page-" + (page + 1) : null)
                .build();
          }

          @Override
          public String serviceName() {
            return "logs";
          }

          @Override
          public void close() {}
        },
        "prod",
        InstantSource.fixed(NOW));
  }

  private static FilteredLogEvent line(String node, long waiting, int secondsAgo) {
    return FilteredLogEvent.builder()
        .timestamp(NOW.minusSeconds(secondsAgo).toEpochMilli())
        .message(
            "{\"source\":\"cattleguard.sensor.blue\",\"detail\":"
                + LatestHeartbeatsTest.heartbeat(node, waiting).write()
                + "}")
        .build();
  }

  @Test
  void theLatestHeartbeatOfEachSensorIsReadOverAllPages() {
    FilteredLogEvent other = FilteredLogEvent.builder().message("no heartbeat").build();
    OperatorReply reply =
        log(
                false,
                List.of(
                    List.of(line("a", 1, 90), line("b", 5, 80), other), List.of(line("a", 2, 30))))
            .ask();

    assertEquals(
        List.of(2L, 5L),
        reply.results().stream().map(one -> one.object().path("waiting").asLong()).toList());
    assertEquals(Optional.empty(), reply.note());
    assertEquals("/aws/events/prod-heartbeat", asked.getFirst().logGroupName());
    assertEquals(NOW.minusSeconds(900).toEpochMilli(), asked.getFirst().startTime());
    assertEquals("page-1", asked.getLast().nextToken());
  }

  @Test
  void oneLookHasAnEndAndSaysSo() {
    OperatorReply reply = log(true, List.of(List.of(line("a", 1, 90)))).ask();
    assertEquals(40, asked.size());
    assertTrue(reply.note().orElse("").contains("some sensors are missing"));
  }

  @Test
  void silenceIsSaid() {
    assertEquals(
        Optional.of("No sensor has reported for 15 minutes."),
        log(false, List.of(List.of())).ask().note());
  }

  @Test
  void aGroupThatMayNotBeReadIsNoSilence() {
    HeartbeatLog denied =
        new HeartbeatLog(
            new CloudWatchLogsClient() {
              @Override
              public FilterLogEventsResponse filterLogEvents(FilterLogEventsRequest request) {
                throw CloudWatchLogsException.builder().message("denied").statusCode(400).build();
              }

              @Override
              public String serviceName() {
                return "logs";
              }

              @Override
              public void close() {}
            },
            "prod",
            InstantSource.fixed(NOW));
    assertThrows(Unavailable.class, denied::ask);
  }
}
