package io.cattleguard.app.recording;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.recording.PartialLines;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads recorded events from files and standard input, one event at a time. */
public final class Recordings {
  /** The file name that means standard input. */
  static final String STANDARD_INPUT = "-";

  private Recordings() {}

  /** Receives each event, with the file name as given on the command line. */
  public interface Reader {
    void read(String file, RecordedEvent event);

    /**
     * Receives why a file could not be read to its end. Its events before that were received, and
     * the next file follows.
     *
     * @throws UsageError if this reader needs whole files
     */
    default void lost(UnreadRest rest) {
      throw new UsageError(rest.sentence());
    }
  }

  /**
   * Reads all files, in order. What is damaged or truncated is read as far as possible.
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
    try (ReadableStart in = new ReadableStart(stream);
        BoundedLines lines =
            new BoundedLines(
                new InputStreamReader(
                    in,
                    in.charset()
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPLACE)
                        .onUnmappableCharacter(CodingErrorAction.REPLACE)),
                AlertReader.RECORDED_LIMIT)) {
      PartialLines.joined(RecordedEvents.of(lines))
          .forEachRemaining(event -> reader.read(name, event));
      in.failure().ifPresent(why -> reader.lost(new UnreadRest(name, lines.count(), why)));
    }
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
