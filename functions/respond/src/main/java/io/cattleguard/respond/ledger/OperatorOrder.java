package io.cattleguard.respond.ledger;

/** A person's undo, with the reason. */
public record OperatorOrder(String by, String reason) {}
