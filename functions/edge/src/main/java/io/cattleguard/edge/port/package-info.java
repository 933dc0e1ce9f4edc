/** The interfaces through which pure code stores and publishes. */
@NullMarked
package io.cattleguard.edge.port;

import org.jspecify.annotations.NullMarked;
