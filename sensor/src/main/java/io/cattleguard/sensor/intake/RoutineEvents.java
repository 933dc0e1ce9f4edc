package io.cattleguard.sensor.intake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cattleguard.sources.AlertReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Recognises the bulk of Tetragon's export: processes that start and end without a tracing policy,
 * which are no alerts. It reads the whole line as JSON, but makes no objects of it, which takes a
 * fraction of the time. Whatever is unusual is left to the parsers.
 */
final class RoutineEvents {
  private static final byte[] EXEC = "{\"process_exec\":{".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXIT = "{\"process_exit\":{".getBytes(StandardCharsets.US_ASCII);

  /** What Tetragon writes beside the event. */
  private static final Set<String> BESIDE =
      Set.of("node_name", "time", "cluster_name", "node_labels");

  private static final int NUMBER_DIGITS = 100;
  private static final JsonFactory JSON = AlertReader.boundedJson();

  private RoutineEvents() {}

  /** Whether a line is an event that the parsers would read, and ignore. */
  static boolean isRoutine(byte[] line) {
    if (!startsWith(line, EXEC) && !startsWith(line, EXIT)) {
      return false;
    }
    try (JsonParser in = JSON.createParser(line)) {
      in.nextToken();
      in.nextToken();
      in.nextToken();
      return isBody(in) && isRest(in) && in.nextToken() == null;
    } catch (IOException e) {
      return false; // the parsers say what is wrong
    }
  }

  private static boolean startsWith(byte[] line, byte[] start) {
    return line.length > start.length
        && Arrays.equals(line, 0, start.length, start, 0, start.length);
  }

  /** From the event's opening bracket to its closing one. */
  private static boolean isBody(JsonParser in) throws IOException {
    boolean ofProcess = false;
    for (String key = in.nextFieldName(); key != null; key = in.nextFieldName()) {
      if (key.equals("policy_name")) {
        return false;
      }
      ofProcess |= key.equals("process");
      in.nextToken();
      if (!isReadable(in)) {
        return false;
      }
    }
    return ofProcess;
  }

  /** From behind the event to the last bracket. */
  private static boolean isRest(JsonParser in) throws IOException {
    for (String key = in.nextFieldName(); key != null; key = in.nextFieldName()) {
      if (!BESIDE.contains(key)) {
        return false;
      }
      in.nextToken();
      if (!isReadable(in)) {
        return false;
      }
    }
    return true;
  }

  /** Reads a value to its end; false if a parser might not read it. */
  private static boolean isReadable(JsonParser in) throws IOException {
    int depth = 0;
    JsonToken token = in.currentToken();
    while (token != null) {
      if (token.isNumeric() && in.getTextLength() > NUMBER_DIGITS) {
        return false;
      }
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return true;
      }
      token = in.nextToken();
    }
    return false;
  }
}
