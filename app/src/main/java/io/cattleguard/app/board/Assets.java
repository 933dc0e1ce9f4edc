package io.cattleguard.app.board;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** The files of the pages that are the same for every browser. */
final class Assets {
  private static final String HTMX = "/META-INF/maven/org.webjars.npm/htmx.org/pom.properties";

  private final Map<String, Reply> files =
      Map.of(
          "/assets/board.css", file("text/css; charset=utf-8", "board.css"),
          "/assets/board.js", file("text/javascript; charset=utf-8", "board.js"),
          "/assets/icon.svg", file("image/svg+xml", "icon.svg"),
          "/assets/htmx.js", file("text/javascript; charset=utf-8", htmx()));

  /** The file of that path. */
  Optional<Reply> find(String path) {
    return Optional.ofNullable(files.get(path));
  }

  private static Reply file(String type, String resource) {
    return new Reply(200, type, read(resource), Map.of());
  }

  private static String read(String resource) {
    try (InputStream in = Assets.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The path in the jar has the version. */
  private static String htmx() {
    Properties properties = new Properties();
    try (InputStream in = Assets.class.getResourceAsStream(HTMX)) {
      if (in == null) {
        throw new IllegalStateException("htmx is not on the class path");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "/META-INF/resources/webjars/htmx.org/"
        + properties.getProperty("version")
        + "/dist/htmx.min.js";
  }
}
