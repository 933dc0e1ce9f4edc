package io.cattleguard.events.build;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The version of this build, which command lines, heartbeats and calls to AWS report. */
public final class BuildVersion {
  private static final String CURRENT = read();

  private BuildVersion() {}

  /** The Maven version of the project, for example {@code 0.1.0-SNAPSHOT}. */
  public static String current() {
    return CURRENT;
  }

  private static String read() {
    try (InputStream file = BuildVersion.class.getResourceAsStream("version.txt")) {
      byte[] text = Objects.requireNonNull(file, "version.txt").readAllBytes();
      return new String(text, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
