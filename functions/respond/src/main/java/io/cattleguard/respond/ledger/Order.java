package io.cattleguard.respond.ledger;

/** What a person asked for, and why. */
public record Order(String by, String reason) {}
