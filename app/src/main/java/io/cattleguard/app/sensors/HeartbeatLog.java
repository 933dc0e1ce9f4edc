package io.cattleguard.app.sensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.port.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;

/**
 * The heartbeats of a stack's sensors, from the log group that they are sent to. Nothing is stored
 * for it: it causes costs only when a person looks.
 */
public final class HeartbeatLog {
  /** A sensor that was silent for longer is not listed; an alarm reports silent clusters. */
  private static final Duration BACK = Duration.ofMinutes(15);

  /** Limits the cost and time of one read: pages of 10,000 heartbeats, or 1 MB. */
  private static final int PAGES = 40;

  private static final String SERVICE = "Logs";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CloudWatchLogsClient logs;
  private final String group;
  private final InstantSource clock;

  /** The log group of a stack. */
  public HeartbeatLog(AwsClients aws, String stack, InstantSource clock) {
    this(aws.build(SERVICE, CloudWatchLogsClient.builder()), stack, clock);
  }

  HeartbeatLog(CloudWatchLogsClient logs, String stack, InstantSource clock) {
    this.logs = logs;
    this.group = "/aws/events/" + stack + "-heartbeat";
    this.clock = clock;
  }

  /**
   * The sensors that reported within a quarter of an hour.
   *
   * @throws Unavailable if the log group cannot be read
   */
  public OperatorReply ask() {
    Instant now = clock.instant();
    LatestHeartbeats latest = new LatestHeartbeats();
    boolean isCut = read(latest, now);
    List<OperatorReply.Result> results = latest.results(now);
    return new OperatorReply(
        true,
        results,
        isCut
            ? Optional.of("There are more heartbeats than were read: some sensors are missing.")
            : latest.impostors().isPresent()
                ? latest.impostors()
                : results.isEmpty()
                    ? Optional.of("No sensor has reported for " + BACK.toMinutes() + " minutes.")
                    : Optional.empty());
  }

  /** Returns whether there were more than it reads. */
  private boolean read(LatestHeartbeats latest, Instant now) {
    FilterLogEventsRequest.Builder request =
        FilterLogEventsRequest.builder()
            .logGroupName(group)
            .startTime(now.minus(BACK).toEpochMilli());
    try {
      for (int page = 0; page < PAGES; page++) {
        FilterLogEventsResponse answer = logs.filterLogEvents(request.build());
        answer.events().forEach(one -> add(one, latest, now));
        if (answer.nextToken() == null) {
          return false;
        }
        request.nextToken(answer.nextToken());
      }
      return true;
    } catch (SdkException e) {
      AwsFailure failure = new AwsFailure(SERVICE, e);
      throw new Unavailable(String.valueOf(failure.getMessage()), failure);
    }
  }

  /** Skips entries that are not heartbeats. */
  private static void add(FilteredLogEvent event, LatestHeartbeats latest, Instant now) {
    String message = event.message();
    Long at = event.timestamp();
    try {
      latest.addEvent(
          JSON.readTree(message == null ? "" : message),
          at == null ? now : Instant.ofEpochMilli(at));
    } catch (JsonProcessingException e) {
      // The entry is not from a sensor.
    }
  }
}
