/**
 * Learns from sensors' reports what workloads do, and compares it with the models that people
 * reviewed.
 */
@NullMarked
package io.cattleguard.learn;

import org.jspecify.annotations.NullMarked;
