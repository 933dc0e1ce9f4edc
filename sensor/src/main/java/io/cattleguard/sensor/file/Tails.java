package io.cattleguard.sensor.file;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Follows the files that Falco and Tetragon write. The read position is stored in the same
 * transaction as the lines, so a crash neither loses nor duplicates a line.
 *
 * <p>While the spool is nearly full it stops reading, because the lines are safe in their file.
 */
public final class Tails implements AutoCloseable {
  private static final int LINE_BYTES = 1 << 20;
  private static final int BATCH_BYTES = 256 << 10;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration SLOW_PAUSE = Duration.ofSeconds(1);
  private static final double NEARLY_FULL = 0.9;

  private final Intake intake;
  private final Spool spool;
  private final GroupCommit commits;
  private final SensorMetrics metrics;
  private final SensorLog log;
  private final InstantSource clock;
  private final List<Followed> files = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Worker worker;
  private volatile boolean slow;

  /** A followed file, with the lines that were read and are not stored yet. */
  private static final class Followed {
    private final String input;
    private final Path path;
    private final FileTail tail;
    private List<FileTail.Line> pending = List.of();
    private boolean failing;
    private volatile long cutLines;
    private volatile long gaps;

    private Followed(String input, Path path) {
      this.input = input;
      this.path = path;
      this.tail = new FileTail(path, LINE_BYTES);
    }

    /** Contains the path, because a position is valid in its own file only. */
    private String mark() {
      return "tail " + input + " " + path.toAbsolutePath();
    }
  }

  public Tails(
      SensorSettings settings,
      Intake intake,
      Spool spool,
      GroupCommit commits,
      SensorMetrics metrics,
      SensorLog log,
      InstantSource clock) {
    this(
        settings.falcoFile(), settings.tetragonFile(), intake, spool, commits, metrics, log, clock);
  }

  /** Follows the files that the settings name. */
  public Tails(
      Optional<Path> falcoFile,
      Optional<Path> tetragonFile,
      Intake intake,
      Spool spool,
      GroupCommit commits,
      SensorMetrics metrics,
      SensorLog log,
      InstantSource clock) {
    this.intake = intake;
    this.spool = spool;
    this.commits = commits;
    this.metrics = metrics;
    this.log = log;
    this.clock = clock;
    falcoFile.ifPresent(file -> files.add(new Followed("falco_file", file)));
    tetragonFile.ifPresent(file -> files.add(new Followed("tetragon_file", file)));
    this.worker =
        new Worker(
            "tails",
            this::run,
            sentence -> {
              metrics.workerFailed();
              log.warn(sentence);
            });
  }

  /** Starts behind the last stored line, if a file is configured. */
  public void start() {
    for (Followed file : files) {
      spool.marked(file.mark()).ifPresent(position -> resume(file, position));
      log.info("following", "file", file.path.toString(), "input", file.input);
    }
    if (!files.isEmpty()) {
      worker.start();
    }
  }

  private void resume(Followed file, String position) {
    try {
      file.tail.resume(FileTail.Position.read(position));
    } catch (IllegalArgumentException e) {
      log.warn(
          "stored file position is invalid, reading from the start", "file", file.path.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether its thread works, or is not needed. */
  public boolean isAlive() {
    return files.isEmpty() || worker.isWell();
  }

  /** Sets whether to read less often, to save CPU. */
  public void slowDown(boolean less) {
    slow = less;
  }

  private void run() throws InterruptedException {
    boolean more = false;
    while (!closed.await(more ? 0 : pause().toMillis(), TimeUnit.MILLISECONDS)) {
      more = false;
      for (Followed file : files) {
        more |= step(file) && !slow;
      }
      worker.works();
    }
  }

  private Duration pause() {
    return slow ? SLOW_PAUSE : PAUSE;
  }

  /** Reads and stores the next lines; returns whether there may be more. */
  private boolean step(Followed file) {
    if (spool.bytes() > NEARLY_FULL * spool.limitBytes()) {
      return false;
    }
    try {
      if (file.pending.isEmpty()) {
        file.pending = file.tail.poll(BATCH_BYTES);
        file.cutLines = file.tail.cutLines();
        file.gaps = file.tail.gaps();
      }
      if (file.pending.isEmpty()) {
        note(file, false, "");
        return false;
      }
      keep(file);
      note(file, false, "");
      return true;
    } catch (IOException | SpoolUnavailable e) {
      note(file, true, String.valueOf(e.getMessage()));
      return false;
    } catch (RuntimeException e) {
      note(file, true, "unexpected error (a bug): " + e.getClass().getName());
      return false;
    }
  }

  private void keep(Followed file) {
    Batch batch = new Batch(file);
    for (FileTail.Line line : List.copyOf(file.pending)) {
      Iterator<Intake.Reception> pieces = intake.pieces(line.text(), clock.instant());
      while (pieces.hasNext()) {
        batch.add(pieces.next());
        if (pieces.hasNext() && batch.isFull()) {
          // A crash before the line's end reads the line again, which repeats these alerts.
          batch.keep(Optional.empty());
        }
      }
      batch.lines++;
      if (batch.isFull()) {
        batch.keep(Optional.of(line.after()));
      }
    }
    if (!file.pending.isEmpty()) {
      batch.keep(Optional.of(file.pending.getLast().after()));
    }
  }

  /** Maximum size of one commit. A line may have more events than memory should hold. */
  private final class Batch {
    private static final int OBSERVATIONS = 4_096;

    private final Followed file;
    private final List<Intake.Reception> receptions = new ArrayList<>();
    private final List<Observation> observations = new ArrayList<>();
    private int characters;
    private int lines;

    private Batch(Followed file) {
      this.file = file;
    }

    private void add(Intake.Reception reception) {
      receptions.add(reception);
      for (Observation observation : reception.observations()) {
        observations.add(observation);
        characters += observation.text().length();
      }
    }

    private boolean isFull() {
      return observations.size() >= OBSERVATIONS || characters >= 2 * BATCH_BYTES;
    }

    /**
     * Stores the lines that were read, with the position behind the last one, and clears both.
     *
     * @param after absent in the middle of a line
     */
    private void keep(Optional<FileTail.Position> after) {
      if (after.isPresent()) {
        commits.append(observations, file.mark(), after.get().write());
        file.pending = file.pending.subList(lines, file.pending.size());
        lines = 0;
      } else {
        commits.append(observations);
      }
      receptions.forEach(reception -> metrics.received(file.input, reception));
      receptions.clear();
      observations.clear();
      characters = 0;
    }
  }

  private void note(Followed file, boolean failing, String reason) {
    if (failing != file.failing) {
      file.failing = failing;
      if (failing) {
        log.warn(
            "cannot read a followed file, retrying",
            "file",
            file.path.toString(),
            "reason",
            reason);
      } else {
        log.info("followed file is readable again", "file", file.path.toString());
      }
    }
  }

  /** Writes the metrics of what may have been lost. */
  public void write(MetricsText out) {
    if (files.isEmpty()) {
      return;
    }
    Map<String, Long> cutLines = new HashMap<>();
    Map<String, Long> gaps = new HashMap<>();
    for (Followed file : files) {
      cutLines.put(file.input, file.cutLines);
      gaps.put(file.input, file.gaps);
    }
    out.counter(
        "cattleguard_sensor_cut_lines_total",
        "Lines longer than 1 MiB, which were truncated.",
        "input",
        cutLines);
    out.counter(
        "cattleguard_sensor_file_gaps_total",
        "Followed files that were removed before they were read to the end.",
        "input",
        gaps);
  }

  /** Stops reading; lines that were read and not stored are read again after the next start. */
  @Override
  public void close() {
    closed.countDown();
    try {
      worker.join(Duration.ofSeconds(10));
      for (Followed file : files) {
        file.tail.close();
      }
    } catch (IOException e) {
      log.warn("a file could not be closed", "reason", String.valueOf(e.getMessage()));
    }
  }
}
