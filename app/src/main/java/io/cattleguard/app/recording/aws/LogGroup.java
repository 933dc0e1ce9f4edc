package io.cattleguard.app.recording.aws;

import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilterLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceNotFoundException;

/**
 * A log group of CloudWatch Logs as a recording, read with FilterLogEvents, page by page. Each
 * record of the log is read as a line of a file is.
 */
public final class LogGroup {
  /** The name in messages, and in {@code AWS_ENDPOINT_URL_LOGS}. */
  private static final String SERVICE = "Logs";

  private final CloudWatchLogsClient logs;
  private final long limit;

  /** Reads with those clients, at most so many records. */
  public LogGroup(AwsClients aws, long limit) {
    this.logs = aws.build(SERVICE, CloudWatchLogsClient.builder());
    this.limit = limit;
  }

  /**
   * Reads the records from a time on, oldest first within a page.
   *
   * @return a sentence if the limit left records unread
   * @throws UsageError if the group cannot be read
   */
  public Optional<String> read(String name, Instant from, Instant to, Recordings.Reader reader) {
    FilterLogEventsRequest request =
        FilterLogEventsRequest.builder()
            .logGroupName(name)
            .startTime(from.toEpochMilli())
            .endTime(to.toEpochMilli())
            .build();
    long records = 0;
    while (true) {
      FilterLogEventsResponse page = page(name, request);
      for (FilteredLogEvent record : page.events()) {
        if (records == limit) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "log group %s has more than %,d records since then; the others were not read. Set"
                      + " a shorter --since",
                  name,
                  limit));
        }
        records++;
        give(name, records, record.message(), reader);
      }
      String next = page.nextToken();
      if (next == null || next.equals(request.nextToken())) {
        return Optional.empty();
      }
      request = request.toBuilder().nextToken(next).build();
    }
  }

  private static void give(String name, long record, String message, Recordings.Reader reader) {
    Iterator<RecordedEvent> events = RecordedEvents.of(message);
    while (events.hasNext()) {
      reader.read(name, new RecordedEvent((int) record, events.next().text()));
    }
  }

  private FilterLogEventsResponse page(String name, FilterLogEventsRequest request) {
    try {
      return logs.filterLogEvents(request);
    } catch (ResourceNotFoundException e) {
      throw new UsageError("--from-log-group " + name + ": no such log group in this region");
    } catch (SdkException e) {
      throw AwsRecordings.error(
          "--from-log-group " + name, "logs:FilterLogEvents", new AwsFailure(SERVICE, e));
    }
  }
}
