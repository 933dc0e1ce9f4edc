package io.cattleguard.sensor.operations;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** CPU time and memory of this process. */
public final class Utilisation {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** CPU time since its start, in seconds. */
  public double cpuSeconds() {
    return system.getProcessCpuTime() / 1e9;
  }

  /** Resident memory in bytes; the heap alone where the system does not say. */
  public long residentBytes() {
    try {
      List<String> lines = Files.exists(STATUS) ? Files.readAllLines(STATUS) : List.of();
      for (String line : lines) {
        if (line.startsWith(RESIDENT)) {
          return 1_024L
              * Long.parseLong(line.substring(RESIDENT.length()).replace("kB", "").strip());
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Fall back to the heap size.
    }
    return Runtime.getRuntime().totalMemory();
  }

  /** Writes both as metrics, by the names that Prometheus gives every process's. */
  public void write(MetricsText out) {
    out.counter(
        "process_cpu_seconds_total", "Total user and system CPU time in seconds.", cpuSeconds());
    out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", residentBytes());
  }
}
