package io.cattleguard.sources.recording;

/**
 * One event of a recording.
 *
 * @param line where it starts, from 1
 * @param text as it stands there
 */
public record RecordedEvent(int line, String text) {}
