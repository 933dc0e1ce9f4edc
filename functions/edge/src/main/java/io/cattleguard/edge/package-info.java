/**
 * What every function shares at its edges (batches, settings, the bus, policy files), so that none
 * of them writes it again; it knows no domain words.
 */
@NullMarked
package io.cattleguard.edge;

import org.jspecify.annotations.NullMarked;
