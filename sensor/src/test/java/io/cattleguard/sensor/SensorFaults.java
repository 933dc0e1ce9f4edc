package io.cattleguard.sensor;

import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sensor.send.FakeBus;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Runs a sensor's process under load and causes random faults, one after the other. The sensor must
 * recover after each of them, and in the end every acknowledged alert has arrived or is counted as
 * lost.
 */
final class SensorFaults implements AutoCloseable {
  private static final Instant FROM = Instant.parse("2026-03-02T09:15:00Z");
  private static final int PAGE = 4_096;
  private static final List<FakeBus.Mode> OUTAGES =
      List.of(
          FakeBus.Mode.REFUSING,
          FakeBus.Mode.FLAPPING,
          FakeBus.Mode.THROTTLING,
          FakeBus.Mode.SLOW,
          FakeBus.Mode.HANGING_UP,
          FakeBus.Mode.FAILING,
          FakeBus.Mode.PROXY_413,
          FakeBus.Mode.FIREWALL,
          FakeBus.Mode.EXPIRED);

  /** What can happen. */
  private enum Fault {
    OUTAGE,
    KILL,
    FULL_DISK,
    DAMAGE_AFTER_KILL,
    DAMAGE_AT_WORK,
    HOSTILE_CLIENTS,
    ROTATION
  }

  private final Random random;
  private final Path disk;
  private final boolean small;
  private final Path followed;
  private final Duration patience;
  private final FakeBus bus = FakeBus.start(LoadAlerts::problem);
  private final SensorProcess sensor;
  private final FalcoLoad load;
  private static final Duration ANOTHER_PROBE = Duration.ofSeconds(3);

  private final LongFunction<LoadAlert> lines = LoadAlerts.distinct("line", FROM);
  private final List<String> history = new ArrayList<>();
  private final List<Socket> hostile = new ArrayList<>();
  private long written;
  private long probes;
  private long lostBefore;
  private Duration slowest = Duration.ZERO;

  /**
   * Starts a sensor and its load.
   *
   * @param small whether the disk of the spool has a few megabytes only, so that it can be filled
   * @param patience how long a recovery may take
   */
  SensorFaults(long seed, Path folder, Path disk, boolean small, Duration patience)
      throws Exception {
    this.random = new Random(seed);
    this.disk = disk;
    this.small = small;
    this.patience = patience;
    this.followed = Files.createFile(folder.resolve("falco.log"));
    this.sensor =
        new SensorProcess(
            disk.resolve("spool"),
            bus.environment(),
            List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx48m"),
            List.of("--spool-megabytes", "100", "--falco-file", followed.toString()));
    sensor.start().ready();
    this.load =
        FalcoLoad.start(
            sensor.address(),
            2,
            LoadAlerts.distinct("one", FROM),
            Long.MAX_VALUE,
            Duration.ofMillis(2));
  }

  /** One fault and the recovery from it. */
  void step() throws Exception {
    Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
    history.add(fault.toString());
    writeLines(1 + random.nextInt(200));
    switch (fault) {
      case OUTAGE -> outage();
      case KILL -> restart(() -> {});
      case FULL_DISK -> fullDisk();
      case DAMAGE_AFTER_KILL -> {
        bus.become(FakeBus.Mode.REFUSING);
        Thread.sleep(random.nextInt(400));
        restart(this::damage);
        bus.become(FakeBus.Mode.OK);
      }
      case DAMAGE_AT_WORK -> damagePage();
      case HOSTILE_CLIENTS -> strangers();
      case ROTATION -> rotate();
    }
    recover();
    for (Socket socket : hostile) {
      socket.close();
    }
    hostile.clear();
  }

  private void outage() throws Exception {
    FakeBus.Mode mode = OUTAGES.get(random.nextInt(OUTAGES.size()));
    history.add(mode.toString());
    bus.become(mode);
    Thread.sleep(random.nextInt(1_500));
    check(sensor.status("/healthz") == 200, "an outage of the bus is no reason for a restart");
    bus.become(FakeBus.Mode.OK);
  }

  private interface Action {
    void run() throws Exception;
  }

  private void restart(Action meanwhile) throws Exception {
    lostBefore += lost();
    sensor.kill();
    meanwhile.run();
    // The start time of Java depends on the machine.
    sensor.start().ready();
  }

  private long lost() throws Exception {
    return (long)
        (sensor.metric("cattleguard_sensor_lost_total")
            + sensor.metric("cattleguard_sensor_shed_total"));
  }

  private void fullDisk() throws Exception {
    if (!small) {
      return;
    }
    Path others = disk.resolve("others");
    try (OutputStream out = Files.newOutputStream(others)) {
      byte[] page = new byte[PAGE];
      while (true) {
        out.write(page);
      }
    } catch (IOException e) {
      // It is full.
    }
    long until = System.nanoTime() + Duration.ofMillis(500 + random.nextInt(1_500)).toNanos();
    while (System.nanoTime() < until) {
      long taken = load.answers(200);
      long refused = load.answers(503);
      int ready = sensor.status("/readyz");
      Thread.sleep(100);
      boolean onlyRefused = load.answers(200) == taken && load.answers(503) > refused;
      check(
          !onlyRefused || sensor.status("/readyz") != 200 || load.answers(200) > taken,
          "posts are refused and it calls itself ready, before " + ready);
      check(sensor.status("/healthz") == 200, "a full disk is no reason for a restart");
    }
    Files.delete(others);
  }

  /** Damages the files that a killed sensor leaves. */
  private void damage() throws IOException {
    Path file = disk.resolve("spool/spool.db");
    long pages = Files.size(file) / PAGE;
    switch (random.nextInt(6)) {
      case 0 -> cut(file, 0);
      case 1 -> cut(file, random.nextLong(pages) * PAGE + random.nextInt(PAGE));
      case 2 -> overwrite(file, 0, PAGE);
      case 3 -> overwrite(file, random.nextLong(pages) * PAGE, PAGE);
      case 4 -> {
        for (int i = 0; i < 20; i++) {
          overwrite(file, random.nextLong(pages * PAGE), 1);
        }
      }
      default -> overwrite(disk.resolve("spool/spool.db-shm"), 0, 8 * PAGE);
    }
  }

  private void damagePage() throws IOException {
    Path file = disk.resolve("spool/spool.db");
    overwrite(file, random.nextLong(Math.max(1, Files.size(file) / PAGE)) * PAGE, PAGE);
  }

  private void cut(Path file, long length) throws IOException {
    history.add("cut to " + length);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(length);
    }
  }

  private void overwrite(Path file, long at, int length) throws IOException {
    history.add(file.getFileName() + " at " + at);
    byte[] garbage = new byte[length];
    random.nextBytes(garbage);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      open.write(garbage);
    }
  }

  private void strangers() throws IOException {
    byte[] headers =
        ("POST / HTTP/1.1\r\nX-Filler: " + "x".repeat(4_000)).getBytes(StandardCharsets.US_ASCII);
    byte[] body =
        "POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n[{},".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 60; i++) {
      Socket socket = new Socket(sensor.address().getAddress(), sensor.address().getPort());
      hostile.add(socket);
      try {
        socket.getOutputStream().write(i % 2 == 0 ? headers : body);
      } catch (IOException e) {
        socket.close(); // The request was rejected, which is allowed.
      }
    }
  }

  private void rotate() throws IOException {
    Files.move(
        followed,
        followed.resolveSibling("falco.log.1"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
    Files.createFile(followed);
    writeLines(50);
  }

  private void writeLines(int count) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(lines.apply(written++).json()).append('\n');
    }
    Files.writeString(followed, text, StandardOpenOption.APPEND);
  }

  /**
   * It is ready, a new alert is taken and arrives, and so does a new line of the file. Damage may
   * take one that was on disk, which is counted, so another one follows now and then.
   */
  private void recover() throws Exception {
    long began = System.nanoTime();
    String probe = "probe-" + probes++;
    boolean posted = false;
    long another = began + ANOTHER_PROBE.toNanos();
    while (bus.count(probe) == 0
        || sensor.status("/readyz") != 200
        || (written > 0 && bus.count("line-" + (written - 1)) == 0)) {
      Duration taken = Duration.ofNanos(System.nanoTime() - began);
      check(
          taken.compareTo(patience) < 0,
          "no recovery within %s: posted %s, arrived %d, ready %d, last line %d, said %s"
              .formatted(
                  patience,
                  posted,
                  bus.count(probe),
                  sensor.status("/readyz"),
                  bus.count("line-" + (written - 1)),
                  end(sensor.log())));
      check(sensor.isAlive(), "it ended: " + end(sensor.log()));
      if (System.nanoTime() > another) {
        another += ANOTHER_PROBE.toNanos();
        probe = "probe-" + probes++;
        posted = false;
        writeLines(1);
      }
      posted = posted || post(probe);
      Thread.sleep(20);
    }
    Duration taken = Duration.ofNanos(System.nanoTime() - began);
    slowest = taken.compareTo(slowest) > 0 ? taken : slowest;
  }

  private boolean post(String problem) {
    try (FalcoConnection connection =
        FalcoConnection.open(sensor.address(), Duration.ofSeconds(5))) {
      String json = LoadAlerts.distinct(problem, FROM).apply(0).json();
      return connection.post(json.replace(problem + "-0", problem).getBytes(StandardCharsets.UTF_8))
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static String end(String text) {
    return text.substring(Math.max(0, text.length() - 3_000));
  }

  /** The balance; returns it in a sentence. */
  String balance() throws Exception {
    load.close();
    sensor.drained(Duration.ofMinutes(1));
    long missing = 0;
    List<String> examples = new ArrayList<>();
    for (Map.Entry<String, Long> one : load.acknowledged().entrySet()) {
      if (bus.count(one.getKey()) < one.getValue()) {
        missing++;
        examples.add(one.getKey());
      }
    }
    for (long number = 0; number < written; number++) {
      if (bus.count("line-" + number) == 0) {
        missing++;
        examples.add("line-" + number);
      }
    }
    // A changed byte inside a text is not noticed: the alert arrives with it.
    Set<String> posted = load.posted().keySet();
    long altered =
        bus.ids().stream()
            .filter(id -> !posted.contains(id))
            .filter(id -> !id.matches("(line|probe)-\\d+"))
            .count();
    long lost = lostBefore + lost();
    String balance =
        "acknowledged %d, lines %d, missing %d, counted as lost %d, altered %d, slowest recovery %d ms, %s"
            .formatted(
                load.acknowledged().size(),
                written,
                missing,
                lost,
                altered,
                slowest.toMillis(),
                history.size() + " events");
    check(
        missing <= lost + altered,
        balance + ": " + examples.subList(0, Math.min(20, examples.size())));
    check(!sensor.log().contains("OutOfMemoryError"), "out of memory");
    return balance;
  }

  private void check(boolean holds, String sentence) {
    if (!holds) {
      throw new AssertionError(sentence + "; after " + history);
    }
  }

  @Override
  public void close() {
    load.close();
    sensor.close();
    bus.close();
  }
}
