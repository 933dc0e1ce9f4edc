package io.cattleguard.respond.action;

/**
 * A limit for concurrent actions.
 *
 * @param name the key of the limit
 * @param places the limit
 */
public record Room(String name, int places) {}
