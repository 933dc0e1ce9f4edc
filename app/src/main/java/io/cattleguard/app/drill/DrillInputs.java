package io.cattleguard.app.drill;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.SensorSource;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.core.exception.SdkException;

/** The inputs for injected events. */
final class DrillInputs {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private DrillInputs() {}

  /**
   * The input of a running {@code up}, which Falco posts to.
   *
   * @param token the server's token, if it requires one
   */
  static DrillInput http(URI server, Optional<String> token) {
    return event -> {
      int status;
      try {
        status = post(server, token, event);
      } catch (IOException e) {
        throw new Unavailable(
            server
                + " cannot be reached: "
                + HostileText.visible(String.valueOf(e.getMessage()), 200)
                + "; set --input to the address of --listen",
            e);
      }
      if (status != HttpURLConnection.HTTP_OK) {
        throw new Unavailable(
            server
                + " answered "
                + status
                + (status == HttpURLConnection.HTTP_UNAUTHORIZED
                    ? "; set CATTLEGUARD_INPUT_TOKEN to the server's token"
                    : ""));
      }
    };
  }

  private static int post(URI server, Optional<String> token, String event) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) server.toURL().openConnection();
    connection.setConnectTimeout((int) TIMEOUT.toMillis());
    connection.setReadTimeout((int) TIMEOUT.toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    token.ifPresent(secret -> connection.setRequestProperty("Authorization", "Bearer " + secret));
    try (OutputStream out = connection.getOutputStream()) {
      out.write(event.getBytes(StandardCharsets.UTF_8));
    }
    return connection.getResponseCode();
  }

  /**
   * The bus of a stack, as the sensor of a cluster. Its policy accepts only the role of that
   * sensor.
   */
  static DrillInput bus(AwsClients aws, String bus, String cluster, InstantSource clock) {
    return event -> {
      Instant now = clock.instant();
      RuntimeAlerts alerts =
          new RuntimeAlerts(
              UUID.randomUUID().toString(),
              cluster,
              now,
              0,
              List.of(new RuntimeAlerts.Sensed(event, 1, now, now)));
      BusEvent entry =
          new BusEvent(SensorSource.of(cluster), DetailType.RUNTIME_ALERTS, now, alerts.write());
      try {
        if (!new EventBridgePublisher(aws, bus).publish(List.of(entry)).isEmpty()) {
          throw new Unavailable("the bus " + bus + " rejected the event");
        }
      } catch (SdkException e) {
        AwsFailure failure = new AwsFailure("EventBridge", e);
        throw new Unavailable(
            "the bus "
                + bus
                + " did not accept the event; only the role of the sensor of cluster "
                + cluster
                + " may publish its events, so use that role's credentials. "
                + failure.getMessage(),
            failure);
      }
    };
  }
}
