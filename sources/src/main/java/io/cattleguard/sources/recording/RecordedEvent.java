package io.cattleguard.sources.recording;

/**
 * One event of a recording.
 *
 * @param line the first line, from 1
 * @param text the original text
 */
public record RecordedEvent(int line, String text) {}
