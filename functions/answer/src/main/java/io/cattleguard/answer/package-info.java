/**
 * The answers to people's questions, in words: one place for the command line, the board, Slack
 * with {@code up} and Slack in AWS.
 */
@NullMarked
package io.cattleguard.answer;

import org.jspecify.annotations.NullMarked;
