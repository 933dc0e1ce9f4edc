package io.cattleguard.sensor.settings;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.Spool;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a sensor.
 *
 * @param callBytes maximum bytes of one entry, and of one call
 * @param bodyBytes maximum bytes of a POST's body
 * @param cpuLimit in percent of one core, over a minute
 * @param memoryLimitBytes resident
 * @param learn whether to report what the node's workloads do
 * @param learnFacts the file with the services and volumes of the cluster
 */
public record SensorSettings(
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
    long memoryLimitBytes,
    boolean learn,
    Optional<Path> learnFacts) {

  /** PEM files: the sensor's certificate and key, and the CA of the clients' certificates. */
  public record Tls(Path certificate, Path key, Path clientCa) {}
}
