package io.cattleguard.app.recording;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.recording.PartialLines;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import io.cattleguard.sources.unwrap.Packed;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Reads recorded events from files and standard input, one event at a time. */
public final class Recordings {
  /** The file name that means standard input. */
  static final String STANDARD_INPUT = "-";

  /** CloudWatch Logs compresses what it sends, and Firehose may compress it again. */
  private static final int MOST_TIMES = 3;

  private Recordings() {}

  /** Receives each event, with the file name as given on the command line. */
  public interface Reader {
    void read(String file, RecordedEvent event);
  }

  /**
   * Reads all files, in order.
   *
   * @throws UsageError if a file does not exist or is not a file
   */
  public static void read(List<String> files, InputStream standardInput, Reader reader) {
    for (String file : files) {
      if (!file.equals(STANDARD_INPUT)) {
        check(file);
      }
    }
    for (String file : files) {
      try (InputStream in =
          file.equals(STANDARD_INPUT) ? standardInput : Files.newInputStream(Path.of(file))) {
        read(file, in, reader);
      } catch (NoSuchFileException e) {
        throw new UsageError(file + ": no such file");
      } catch (IOException | UncheckedIOException e) {
        throw new UsageError(file + ": cannot be read: " + e.getMessage());
      }
    }
  }

  /**
   * Reads the events of a stream, which may be gzip, and closes it.
   *
   * @param name the name that the reader gets
   */
  public static void read(String name, InputStream stream, Reader reader) throws IOException {
    try (InputStream in = decompressed(stream);
        BoundedLines lines =
            new BoundedLines(
                new InputStreamReader(
                    in,
                    StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPLACE)
                        .onUnmappableCharacter(CodingErrorAction.REPLACE)),
                AlertReader.RECORDED_LIMIT)) {
      PartialLines.joined(RecordedEvents.of(lines))
          .forEachRemaining(event -> reader.read(name, event));
    }
  }

  /** The stream, decompressed if it is gzip, or gzip in gzip as Firehose stores it. */
  private static InputStream decompressed(InputStream stream) throws IOException {
    InputStream in = stream;
    for (int times = 0; times <= MOST_TIMES; times++) {
      PushbackInputStream pushback = new PushbackInputStream(in, 2);
      byte[] start = pushback.readNBytes(2);
      pushback.unread(start);
      in = pushback;
      if (!Packed.isGzip(start)) {
        break;
      }
      in = new GZIPInputStream(pushback, 1 << 16);
    }
    return in;
  }

  private static void check(String file) {
    Path path = Path.of(file);
    if (Files.isDirectory(path)) {
      throw new UsageError(file + ": is a folder; name its files, such as " + file + "/*");
    }
    if (!Files.isReadable(path)) {
      throw new UsageError(file + ": no such file, or no permission to read it");
    }
  }
}
