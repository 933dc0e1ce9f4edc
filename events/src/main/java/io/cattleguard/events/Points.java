package io.cattleguard.events;

/**
 * One signal's points of a score.
 *
 * @param value points, may be negative
 * @param reason the reason, for people
 */
public record Points(int value, String reason) {}
