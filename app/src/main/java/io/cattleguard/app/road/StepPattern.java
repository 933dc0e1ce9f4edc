package io.cattleguard.app.road;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.pattern.EventPattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the pattern of a step from the same file that Terraform gives to EventBridge. */
public final class StepPattern {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private StepPattern() {}

  /** Reads {@code <step>.json} in the folder. */
  public static EventPattern read(Path patterns, String step) {
    Path file = patterns.resolve(step + ".json");
    try {
      return EventPattern.compile(JSON.readTree(Files.readString(file)));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new UsageError(file + ": not a valid event pattern: " + e.getMessage());
    } catch (IOException e) {
      throw new UsageError(file + ": cannot be read: " + e.getMessage());
    }
  }
}
