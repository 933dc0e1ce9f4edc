package io.cattleguard.route.sns;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsDeliveries;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sns.model.PublishRequest;
import software.amazon.awssdk.services.sns.model.PublishResponse;

/**
 * A topic: one message per notice. A FIFO topic gets the messages of an incident in order. The
 * calls go to the region of the topic's ARN, because SNS rejects them in any other one.
 */
public final class SnsDestination implements Destination {
  private static final Pattern TOPIC =
      Pattern.compile("arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\\.fifo)?");

  private final SnsSettings settings;
  private final Secrets secrets;

  @GuardedBy("this")
  private final Map<String, AwsDeliveries<SnsClient>> byRegion = new HashMap<>();

  /** Publishes to the topic of the settings. */
  public SnsDestination(SnsSettings settings, Secrets secrets) {
    this.settings = settings;
    this.secrets = secrets;
  }

  @GuardedBy("this")
  private AwsDeliveries<SnsClient> in(String region) {
    return byRegion.computeIfAbsent(
        region, one -> new AwsDeliveries<>("SNS", secrets, aws -> client(aws.in(one))));
  }

  private static SnsClient client(AwsClients aws) {
    return aws.build("SNS", SnsClient.builder(), AwsLimits.ONE_ATTEMPT);
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> batch, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(batch.size(), notConfigured.get());
    }
    String topic = settings.topic().value(secrets).orElseThrow().strip();
    Matcher arn = TOPIC.matcher(topic);
    if (!arn.matches()) {
      return Collections.nCopies(
          batch.size(),
          new Outcome.Blocked(settings.topic().described() + " is not the ARN of a topic"));
    }
    return in(arn.group(1))
        .each(batch, 1, now, (sns, one) -> List.of(publish(sns, topic, one.getFirst().notice())));
  }

  private Outcome publish(SnsClient sns, String topic, Notice notice) {
    SnsMessage message = SnsMessage.of(notice, settings.format());
    PublishRequest.Builder request =
        PublishRequest.builder()
            .topicArn(topic)
            .subject(message.subject())
            .message(message.text())
            .messageAttributes(
                message.attributes().entrySet().stream()
                    .collect(
                        Collectors.toMap(
                            Map.Entry::getKey,
                            one ->
                                MessageAttributeValue.builder()
                                    .dataType("String")
                                    .stringValue(one.getValue())
                                    .build())));
    if (topic.endsWith(".fifo")) {
      request.messageDeduplicationId(Fingerprint.hash(notice.id()));
      request.messageGroupId(
          Fingerprint.hash(
              notice instanceof Notice.About about ? about.scored().incidentId() : "commands"));
    }
    PublishResponse unused = sns.publish(request.build());
    return new Outcome.Delivered(settings.isReadByPeople());
  }

  /** Type and name only. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
