package io.cattleguard.sensor.operations;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
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

  /** Resident memory in bytes; the heap alone if the system does not report it. */
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

  /** Writes them as metrics, with Prometheus' standard names for processes. */
  public void write(MetricsText out) {
    out.counter(
        "process_cpu_seconds_total", "Total user and system CPU time in seconds.", cpuSeconds());
    out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", residentBytes());
    out.gauge(
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    if (system instanceof UnixOperatingSystemMXBean unix) {
      out.gauge(
          "process_open_fds",
          "Number of open file descriptors.",
          unix.getOpenFileDescriptorCount());
      out.gauge(
          "process_max_fds",
          "Maximum number of open file descriptors.",
          unix.getMaxFileDescriptorCount());
    }
  }
}
