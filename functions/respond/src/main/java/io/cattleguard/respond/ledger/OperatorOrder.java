package io.cattleguard.respond.ledger;

/** What a person asked for, and why. */
public record OperatorOrder(String by, String reason) {}
