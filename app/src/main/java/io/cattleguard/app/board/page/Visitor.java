package io.cattleguard.app.board.page;

/**
 * Who sees a page.
 *
 * @param person in words
 * @param csrf the token of every form
 */
public record Visitor(String person, String csrf) {}
