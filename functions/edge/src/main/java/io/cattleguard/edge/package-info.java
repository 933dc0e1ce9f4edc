/**
 * Shared infrastructure of the functions: batches, settings, the bus, tables and policy files. It
 * contains no domain logic.
 */
@NullMarked
package io.cattleguard.edge;

import org.jspecify.annotations.NullMarked;
