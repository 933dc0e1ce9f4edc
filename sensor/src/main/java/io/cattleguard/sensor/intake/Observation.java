package io.cattleguard.sensor.intake;

import io.cattleguard.events.Severity;
import java.time.Instant;

/**
 * One received event, with what the sensor needs to store, fold and shed it.
 *
 * @param severity decides what is shed last; {@code informational} for unreadable events
 * @param foldKey equal for events that a policy cannot distinguish
 * @param observedAt when it happened, or was received where the event does not say
 * @param receivedAt when it was handed in
 * @param text the event, untouched
 */
public record Observation(
    Severity severity, String foldKey, Instant observedAt, Instant receivedAt, String text) {}
