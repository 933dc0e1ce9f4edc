package io.cattleguard.sensor.http;

import io.cattleguard.sensor.operations.SensorMetrics;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests that were refused, and logs them: one line per reason and minute, because
 * unknown clients must not fill the log. Used only by the thread that serves connections.
 */
final class HttpRefusals {
  private static final long BETWEEN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final SensorMetrics metrics;
  private final HttpInput.RefusalLog log;
  private final Map<String, Logged> byReason = new HashMap<>();

  private static final class Logged {
    private long atNanos;
    private long since;
  }

  HttpRefusals(SensorMetrics metrics, HttpInput.RefusalLog log) {
    this.metrics = metrics;
    this.log = log;
  }

  /**
   * Counts one.
   *
   * @param reason a label of the metric
   * @param detail in words; never text that the client sent
   */
  void refused(String reason, String detail, @Nullable SocketAddress client, long nowNanos) {
    metrics.rejected(reason);
    Logged logged = byReason.get(reason);
    if (logged != null && nowNanos - logged.atNanos < BETWEEN_NANOS) {
      logged.since++;
      return;
    }
    String address =
        client instanceof InetSocketAddress inet && inet.getAddress() != null
            ? inet.getAddress().getHostAddress()
            : "unknown";
    log.refused(reason, detail, address, logged == null ? 0 : logged.since);
    Logged now = new Logged();
    now.atNanos = nowNanos;
    byReason.put(reason, now);
  }
}
