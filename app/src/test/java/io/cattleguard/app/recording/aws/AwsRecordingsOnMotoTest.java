package io.cattleguard.app.recording.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.recording.ReadTexts;
import io.cattleguard.app.testing.Moto;
import io.cattleguard.app.wire.WireRoad;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.events.TakesLong;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.InputLogEvent;
import software.amazon.awssdk.services.s3.S3Client;

/** Recordings in an emulator of AWS. */
@Tag("moto")
@EnabledIf(
    value = "io.cattleguard.app.testing.Moto#isThere",
    disabledReason = "moto_server is not on the PATH")
@TakesLong
final class AwsRecordingsOnMotoTest {
  private static final String GROUP = "/eks/falco";

  @Test
  void aLogGroupAndAPrefixAreReadWhole() throws Exception {
    try (Moto moto = Moto.start()) {
      AwsClients aws = WireRoad.aws(moto.address());
      Instant now = Instant.now();
      fill(aws.build("Logs", CloudWatchLogsClient.builder()), now);
      S3Client s3 = aws.build("S3", S3Client.builder());
      s3.createBucket(
          create ->
              create
                  .bucket("archive")
                  .createBucketConfiguration(in -> in.locationConstraint("eu-central-1")));
      s3.putObject(
          put -> put.bucket("archive").key("a/1 ü.gz"),
          RequestBody.fromBytes(ReadTexts.gzip("{\"a\":1}\n{\"a\":2}\n")));
      s3.putObject(
          put -> put.bucket("archive").key("a/2.json"), RequestBody.fromString("{\"a\":3}"));
      s3.putObject(put -> put.bucket("archive").key("b/3.json"), RequestBody.fromString("{}"));

      List<String> logged = new ArrayList<>();
      Optional<String> cut =
          new LogGroup(aws, 100_000)
              .read(
                  GROUP,
                  now.minusSeconds(3_600),
                  now.plusSeconds(60),
                  (file, event) -> logged.add(event.text()));
      List<String> archived = new ArrayList<>();
      new BucketPrefix(aws, 10, 1_000)
          .read("s3://archive/a/", (file, event) -> archived.add(file + " " + event.text()));

      assertEquals(200, logged.size());
      assertTrue(cut.isEmpty(), cut::toString);
      assertEquals(
          List.of(
              "s3://archive/a/1 ü.gz {\"a\":1}",
              "s3://archive/a/1 ü.gz {\"a\":2}",
              "s3://archive/a/2.json {\"a\":3}"),
          archived);
    }
  }

  /** Two batches within the period, and one record before it. */
  private static void fill(CloudWatchLogsClient logs, Instant now) {
    logs.createLogGroup(create -> create.logGroupName(GROUP));
    logs.createLogStream(create -> create.logGroupName(GROUP).logStreamName("one"));
    put(logs, List.of(record(now.minusSeconds(7_200), "{\"too\":\"early\"}")));
    for (int batch = 0; batch < 2; batch++) {
      List<InputLogEvent> records = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        records.add(record(now.minusSeconds(60), "{\"n\":" + i + "}"));
      }
      put(logs, records);
    }
  }

  private static InputLogEvent record(Instant at, String text) {
    return InputLogEvent.builder().timestamp(at.toEpochMilli()).message(text).build();
  }

  private static void put(CloudWatchLogsClient logs, List<InputLogEvent> records) {
    logs.putLogEvents(put -> put.logGroupName(GROUP).logStreamName("one").logEvents(records));
  }
}
