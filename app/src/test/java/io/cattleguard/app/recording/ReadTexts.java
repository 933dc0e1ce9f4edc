package io.cattleguard.app.recording;

import io.cattleguard.sources.recording.RecordedEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Collects what was read, and the sentence for what could not be read, in their order. */
public final class ReadTexts implements Recordings.Reader {
  private final List<String> texts = new ArrayList<>();

  @Override
  public void read(String file, RecordedEvent event) {
    texts.add(event.text());
  }

  @Override
  public void lost(UnreadRest rest) {
    texts.add(rest.sentence());
  }

  /** The texts of the events, and the sentences. */
  public List<String> texts() {
    return List.copyOf(texts);
  }

  /** What is read of a stream with the name x. */
  static List<String> of(InputStream in) throws IOException {
    ReadTexts read = new ReadTexts();
    Recordings.read("x", in, read);
    return read.texts();
  }

  /** A text as one gzip member. */
  public static byte[] gzip(String text) {
    return gzip(text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
