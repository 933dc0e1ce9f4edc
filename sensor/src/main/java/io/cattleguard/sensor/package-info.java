/** The node agent, assembled from its inputs, spool and sender. */
@NullMarked
package io.cattleguard.sensor;

import org.jspecify.annotations.NullMarked;
