package io.cattleguard.route.sns;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDestinationContract;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsEnvironment;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SnsDestinationTest extends PolicyDestinationContract {
  private static final String SECRET = "a-secret-access-key-of-a-test";

  private final FakeSns sns = new FakeSns();

  @AfterEach
  void snsHadNothingToObjectTo() {
    assertEquals(List.of(), sns.violations());
    sns.close();
  }

  @Override
  protected Destination open(DestinationSettings settings, Secrets secrets) {
    return new SnsDestination((SnsSettings) settings, secrets);
  }

  @Override
  protected String yaml(URI service) {
    return "{name: under-test, type: sns, topic-from: TOPIC}";
  }

  @Override
  protected Map<String, String> environment(URI service, String secret) {
    return AwsEnvironment.of(service, secret, "TOPIC", FakeSns.TOPIC);
  }

  @Override
  protected Map.Entry<URI, String> service() {
    return Map.entry(sns.address(), SECRET);
  }

  @Override
  protected Destination busy() {
    sns.answer(FakeSns.error(429, "Throttled"));
    return working();
  }

  @Override
  protected Destination refusing() {
    sns.answer(FakeSns.error(403, "AuthorizationError"));
    return working();
  }

  @Override
  protected int told() {
    return sns.messages().size();
  }

  private Outcome tell(String yaml, Notices notice) {
    return open(settings(yaml), secrets(environment(sns.address(), SECRET)))
        .deliver(List.of(notice.to(NAME)), T0)
        .getFirst();
  }

  @Test
  void aPersonReadsPlainText() {
    working().deliver(List.of(Notices.alert().to(NAME)), T0);

    Map<String, String> message = sns.messages().getFirst();
    assertEquals(
        "Cattleguard: Terminal shell in container ? prod/shop/web-1", message.get("Subject"));
    assertTrue(message.getOrDefault("Message", "").contains("Score: 85 of 100\n"));
    assertTrue(settings(sns.address()).isReadByPeople());
  }

  @Test
  void aMachineReadsOcsf() {
    String yaml = "{name: under-test, type: sns, topic-from: TOPIC, format: ocsf}";
    tell(yaml, Notices.alert());

    String message = sns.messages().getFirst().getOrDefault("Message", "");
    assertTrue(message.contains("\"class_uid\":2004"));
    assertFalse(settings(yaml).isReadByPeople());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void aMegabyteOfTextFitsIntoAMessage(String name, String text) {
    assertEquals(
        new Outcome.Delivered(true),
        tell("{name: under-test, type: sns, topic-from: TOPIC}", HostileNotices.everywhere(text)),
        name);
  }

  @Test
  void aFifoTopicGetsTheGroupOfTheIncidentAndTheSameIdForACopy() {
    String yaml = "{name: under-test, type: sns, topic: \"" + FakeSns.TOPIC + ".fifo\"}";
    tell(yaml, Notices.alert());
    tell(yaml, Notices.alert());

    assertEquals(
        sns.messages().getFirst().get("MessageDeduplicationId"),
        sns.messages().getLast().get("MessageDeduplicationId"));
  }

  @Test
  void aTopicThatIsNoArnIsNamed() {
    Outcome outcome = tell("{name: under-test, type: sns, topic: alerts}", Notices.alert());

    assertInstanceOf(Outcome.Blocked.class, outcome);
    assertEquals(0, sns.requests());
  }

  @Test
  void aTopicOfAnotherRegionIsCalledThere() {
    Outcome outcome =
        tell("{name: under-test, type: sns, topic: '" + FakeSns.ELSEWHERE + "'}", Notices.alert());

    assertEquals(new Outcome.Delivered(true), outcome);
    assertEquals(FakeSns.ELSEWHERE, sns.messages().getLast().get("TopicArn"));
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(404, "NotFound", Outcome.Blocked.class),
        arguments(400, "KMSAccessDenied", Outcome.Blocked.class),
        arguments(403, "InvalidClientTokenId", Outcome.Blocked.class),
        arguments(500, "InternalError", Outcome.TryAgain.class),
        arguments(400, "InvalidParameter", Outcome.Rejected.class));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorIsUnderstood(int status, String code, Class<? extends Outcome> expected) {
    sns.answer(FakeSns.error(status, code));

    assertInstanceOf(expected, working().deliver(List.of(Notices.alert().to(NAME)), T0).getFirst());
  }
}
