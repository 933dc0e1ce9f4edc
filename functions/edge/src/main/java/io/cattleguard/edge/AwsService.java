package io.cattleguard.edge;

import com.fasterxml.jackson.databind.JsonNode;

/** A service of AWS that is called with JSON and answers JSON. */
@FunctionalInterface
public interface AwsService {
  /**
   * Calls it.
   *
   * @param operation as AWS names it, {@code UpdateItem}
   * @throws AwsFailure where it refuses or does not answer
   */
  JsonNode call(String operation, JsonNode request);
}
