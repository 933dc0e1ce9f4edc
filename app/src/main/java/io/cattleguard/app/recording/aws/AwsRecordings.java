package io.cattleguard.app.recording.aws;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.incidents.Period;
import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name recordings in AWS. */
public final class AwsRecordings {
  /** Memory does not limit these, but time does: a page of records takes about a second. */
  private static final long RECORDS = 1_000_000;

  private static final int OBJECTS = 10_000;
  private static final long BYTES = 4L << 30;

  @Option(
      names = "--from-log-group",
      paramLabel = "NAME",
      description =
          "Read a log group of CloudWatch Logs, at most 1,000,000 records. Can be repeated. Needs"
              + " logs:FilterLogEvents.")
  private List<String> groups = List.of();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      defaultValue = "24h",
      description =
          "With --from-log-group: 24h, 7d, a day, or a time in UTC. Default: ${DEFAULT-VALUE}.")
  private String since = "24h";

  @Option(
      names = "--from-s3",
      paramLabel = "s3://BUCKET/PREFIX",
      description =
          "Read the objects of a prefix, plain or gzip, at most 10,000 and 4 GB. Can be repeated."
              + " Needs s3:ListBucket and s3:GetObject.")
  private List<String> prefixes = List.of();

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "The region of the log group or bucket. Default: AWS_REGION.")
  private @Nullable String region;

  private final Function<Optional<String>, AwsClients> clients;

  /** With the credentials of this process, from the same places as the AWS CLI. */
  public AwsRecordings() {
    this(Deployment.Stack::clients);
  }

  /** With other clients for a region. */
  public AwsRecordings(Function<Optional<String>, AwsClients> clients) {
    this.clients = clients;
  }

  /** Whether none is named. */
  public boolean isEmpty() {
    return groups.isEmpty() && prefixes.isEmpty();
  }

  /**
   * Reads all of them.
   *
   * @return sentences about what a limit left unread
   * @throws UsageError if one cannot be read
   */
  public List<String> read(Instant now, Recordings.Reader reader) {
    if (isEmpty()) {
      return List.of();
    }
    Instant from = Period.start(since, now);
    AwsClients aws = clients.apply(Optional.ofNullable(region));
    List<String> cut = new ArrayList<>();
    LogGroup logs = new LogGroup(aws, RECORDS);
    groups.forEach(name -> logs.read(name, from, now, reader).ifPresent(cut::add));
    BucketPrefix objects = new BucketPrefix(aws, OBJECTS, BYTES);
    prefixes.forEach(address -> objects.read(address, reader).ifPresent(cut::add));
    return cut;
  }

  /** What to do about a call that failed. */
  static UsageError error(String option, String permission, AwsFailure failure) {
    String advice =
        switch (failure.code()) {
          case "PermanentRedirect", "AuthorizationHeaderMalformed" ->
              "; set --region to the bucket's region";
          case "AccessDenied", "AccessDeniedException" -> "; it needs the permission " + permission;
          default -> "";
        };
    return new UsageError(
        option
            + ": "
            + (failure.isWithoutCredentials()
                ? "no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or log in as for the"
                    + " AWS CLI"
                : failure.getMessage() + advice));
  }
}
