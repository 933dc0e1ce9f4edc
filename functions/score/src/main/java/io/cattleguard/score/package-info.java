/**
 * Computes the score of an alert, with reasons that add up, so that people and playbooks can rely
 * on one number.
 */
@NullMarked
package io.cattleguard.score;

import org.jspecify.annotations.NullMarked;
