package io.cattleguard.sources;

import io.cattleguard.sources.parsing.Reading;

/**
 * One event and its reading.
 *
 * @param text the event's own text, without the envelopes that it arrived in
 */
public record ReadEvent(String text, Reading reading) {}
