package io.cattleguard.sensor;

import io.cattleguard.events.Severity;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a sensor.
 *
 * @param callBytes what one entry, and one call of several, may have
 * @param bodyBytes the largest body of a POST
 * @param cpuLimit in percent of one core, over a minute
 * @param memoryLimitBytes resident
 */
record SensorSettings(
    String cluster,
    String node,
    InetSocketAddress listen,
    InetSocketAddress operationsListen,
    Path spool,
    long spoolBytes,
    Spool.Sync spoolSync,
    String bus,
    Optional<Path> falcoFile,
    Optional<Path> tetragonFile,
    Duration foldWindow,
    Severity flushSeverity,
    int callBytes,
    int bodyBytes,
    Optional<Tls> tls,
    Duration heartbeat,
    int cpuLimit,
    long memoryLimitBytes) {

  /** PEM files: our certificate and key, and who signs the clients'. */
  record Tls(Path certificate, Path key, Path clientCa) {}
}
