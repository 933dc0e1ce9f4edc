/**
 * A seeded simulation of accounts, findings, people and faults, with responders that run at once.
 */
@NullMarked
package io.cattleguard.respond.aws.simulation;

import org.jspecify.annotations.NullMarked;
