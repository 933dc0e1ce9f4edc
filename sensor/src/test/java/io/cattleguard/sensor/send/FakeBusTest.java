package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.Round;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the fake bus with which other tests count alerts. */
final class FakeBusTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:15:00Z");
  static final Map<String, String> SETTINGS =
      Map.of(
          "aws.region", "eu-central-1",
          "aws.accessKeyId", "AKIAIOSFODNN7EXAMPLE",
          "aws.secretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

  private FakeBus fake;
  private EventBridgeBus client;

  @BeforeEach
  void start() {
    fake = FakeBus.start(event -> event);
    SETTINGS.forEach(System::setProperty);
    System.setProperty("aws.endpointUrl", fake.endpoint().toString());
    client = client(new SensorSource("blue", Optional.empty()));
  }

  private static EventBridgeBus client(SensorSource source) {
    return new EventBridgeBus(EventBridgeBus.client(), "cattleguard", source);
  }

  @AfterEach
  void stop() {
    fake.close();
    SETTINGS.keySet().forEach(System::clearProperty);
    System.clearProperty("aws.endpointUrl");
  }

  @Test
  void countsWhatTheSdkSends() {
    assertInstanceOf(Bus.Outcome.Accepted.class, client.put(List.of(entry("a", 3))).getFirst());
    assertEquals(3, fake.count("a"));
    assertEquals(1, fake.calls());
    assertEquals(1, fake.entries());
    assertEquals(1, fake.entriesOf("Runtime Alerts"));
    assertEquals(List.of("cattleguard.sensor.blue"), fake.sources());
  }

  @Test
  void alertsNameTheSensorsPodAndHeartbeatsDoNot() {
    SensorSource.Pod pod =
        SensorSource.Pod.read("cattleguard/0b3f2c1e/sensor.v2-x2x4k").orElseThrow();
    EventBridgeBus named = client(new SensorSource("blue", Optional.of(pod)));
    Entry heartbeat = new Entry(DetailType.SENSOR_HEARTBEAT, AT, List.of(), entry("b", 1).detail());

    named.put(List.of(entry("a", 3)));
    named.put(List.of(heartbeat));

    assertEquals(
        List.of(
            "cattleguard.sensor.blue",
            "cattleguard.sensor.blue.cattleguard.0b3f2c1e.sensor.v2-x2x4k"),
        fake.sources());
  }

  @Test
  void knowsAResendByTheEntrysId() {
    client.put(List.of(entry("a", 3)));
    client.put(List.of(entry("a", 3)));
    assertEquals(6, fake.count("a"));
    assertEquals(3, fake.countOnce("a"));
  }

  @Test
  void throttlesEntriesInsideAnAnswerAndWholeCalls() {
    fake.become(FakeBus.Mode.THROTTLING);
    List<Entry> ten =
        IntStream.range(0, 10).mapToObj(number -> entry("entry-" + number, 1)).toList();
    assertEquals(5, taken(client.put(ten)));
    assertEquals(5, taken(client.put(ten)));
    assertEquals(0, taken(client.put(ten)));
    assertEquals(10, fake.alerts());
  }

  @Test
  void comesBackOnTheSamePort() {
    fake.become(FakeBus.Mode.REFUSING);
    assertEquals(0, taken(client.put(List.of(entry("a", 1)))));
    fake.become(FakeBus.Mode.FLAPPING);
    assertEquals(0, taken(client.put(List.of(entry("a", 1)))));
    fake.become(FakeBus.Mode.OK);
    assertEquals(1, taken(client.put(List.of(entry("a", 1)))));
    assertEquals(1, fake.count("a"));
  }

  @Test
  void takesAnEntryAndHangsUpBeforeItHasSaidSo() {
    fake.become(FakeBus.Mode.HANGING_UP);
    assertEquals(0, taken(client.put(List.of(entry("a", 1)))));
    assertEquals(1, fake.count("a"));
  }

  private static long taken(List<Bus.Outcome> outcomes) {
    return outcomes.stream().filter(outcome -> outcome instanceof Bus.Outcome.Accepted).count();
  }

  private static Entry entry(String event, long count) {
    return new Packing("blue", 200_000)
        .entry(List.of(new Round.Folded(Severity.HIGH, event, event, count, AT, AT, AT)), AT);
  }
}
