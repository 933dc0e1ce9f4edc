package io.cattleguard.sensor.store;

import java.nio.file.Path;

/**
 * The rows that were read from a damaged file.
 *
 * @param brokenFile where the damaged file is now
 * @param rows how many rows were read and are in the new file
 * @param isComplete whether each row that the file still lists could be read
 */
public record Salvaged(Path brokenFile, long rows, boolean isComplete) {}
