package io.cattleguard.sensor.send;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.events.SensorSource;
import io.cattleguard.sensor.spool.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/**
 * An EventBridge bus. Region, credentials, endpoint and proxy are found as the AWS SDK finds them.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html">PutEvents</a>
 */
public final class EventBridgeBus implements Bus {
  private static final AwsLimits LIMITS =
      new AwsLimits(1, Duration.ofSeconds(15), Duration.ofSeconds(20));
  private static final Pattern ABOUT_CONTENT =
      Pattern.compile("member\\.detail'|[Tt]otal size of the entries|[Dd]etail is malformed");
  private static final Set<String> FOR_WHAT_IT_HOLDS =
      Set.of("MalformedDetail", "ValidationException", "RequestEntityTooLargeException");

  private final EventBridgeClient client;
  private final String bus;
  private final SensorSource source;

  /** Uses a client, for one bus and sensor. */
  public EventBridgeBus(EventBridgeClient client, String bus, SensorSource source) {
    this.client = client;
    this.bus = bus;
    this.source = source;
  }

  /** A client without retries: {@link Sender} retries, because it knows which alerts are urgent. */
  public static EventBridgeClient client() {
    return AwsClients.ofProcess().build("EventBridge", EventBridgeClient.builder(), LIMITS);
  }

  @Override
  public List<Outcome> put(List<Entry> entries) {
    try {
      PutEventsResponse response =
          client.putEvents(
              request -> request.entries(entries.stream().map(this::toRequestEntry).toList()));
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = 0; i < entries.size(); i++) {
        outcomes.add(
            i < response.entries().size()
                ? outcome(response.entries().get(i))
                : new Outcome.Later("unanswered", "the response has no result for the entry"));
      }
      return outcomes;
    } catch (AwsServiceException e) {
      return Collections.nCopies(entries.size(), outcome(e));
    } catch (SdkException e) {
      return Collections.nCopies(
          entries.size(), new Outcome.Later("unanswered", String.valueOf(e.getMessage())));
    }
  }

  /**
   * Without a time, so that EventBridge sets its own: compared with the detail's sentAt, it shows
   * how wrong the node's clock is.
   */
  private PutEventsRequestEntry toRequestEntry(Entry entry) {
    return PutEventsRequestEntry.builder()
        .eventBusName(bus)
        .source(sourceOf(entry))
        .detailType(entry.type().wireName())
        .detail(entry.detail())
        .build();
  }

  /** A heartbeat does not name the pod, because its source is a dimension of a metric. */
  private String sourceOf(Entry entry) {
    return entry.namesItsNode() ? source.toString() : SensorSource.of(source.cluster());
  }

  private static Outcome outcome(PutEventsResultEntry result) {
    String code = result.errorCode();
    if (code == null) {
      return new Outcome.Accepted();
    }
    String explanation = code + ": " + result.errorMessage();
    boolean ofBus = String.valueOf(result.errorMessage()).contains("eventBusName");
    if (FOR_WHAT_IT_HOLDS.contains(code) && !ofBus) {
      return new Outcome.Never(explanation);
    }
    return new Outcome.Later(reason(code.contains("Throttl")), explanation);
  }

  private static Outcome outcome(AwsServiceException e) {
    String explanation = String.valueOf(e.getMessage());
    boolean throttled = e.isThrottlingException() || e.statusCode() == 503;
    if (isAboutContent(e)) {
      return new Outcome.Never(explanation);
    }
    return new Outcome.Later(
        e.statusCode() >= 500 && !throttled ? "unanswered" : reason(throttled), explanation);
  }

  /**
   * Whether the content of the entries made a call fail. A proxy's answer has no code of AWS, and a
   * ValidationException may be about the bus; retrying then loses nothing.
   */
  private static boolean isAboutContent(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null ? "" : String.valueOf(details.errorCode());
    return switch (code) {
      case "MalformedDetail", "RequestEntityTooLargeException" -> true;
      case "ValidationException" ->
          ABOUT_CONTENT.matcher(String.valueOf(details.errorMessage())).find();
      default -> false;
    };
  }

  private static String reason(boolean throttled) {
    return throttled ? "throttled" : "refused";
  }
}
