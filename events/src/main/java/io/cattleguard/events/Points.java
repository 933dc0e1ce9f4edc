package io.cattleguard.events;

/**
 * One signal's share of a score.
 *
 * @param value what it adds, negative where it takes away
 * @param reason why, in words for people
 */
public record Points(int value, String reason) {}
