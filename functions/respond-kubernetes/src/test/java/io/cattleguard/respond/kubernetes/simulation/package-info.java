/** A seeded simulation of clusters, alerts, people and faults, with responders that run at once. */
@NullMarked
package io.cattleguard.respond.kubernetes.simulation;

import org.jspecify.annotations.NullMarked;
