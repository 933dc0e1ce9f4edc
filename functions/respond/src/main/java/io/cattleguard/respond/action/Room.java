package io.cattleguard.respond.action;

/**
 * Where only so many actions may be under way at once.
 *
 * @param name what shares the places
 * @param places how many there are
 */
public record Room(String name, int places) {}
