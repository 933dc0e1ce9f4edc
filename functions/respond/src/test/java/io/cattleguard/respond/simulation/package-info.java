/**
 * The common part of the seeded simulations of responders: turns, faults, people, and the checks of
 * every run.
 */
@NullMarked
package io.cattleguard.respond.simulation;

import org.jspecify.annotations.NullMarked;
