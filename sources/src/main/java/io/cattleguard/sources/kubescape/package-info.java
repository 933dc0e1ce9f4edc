/** Reads the runtime alerts of Kubescape's node agent. */
@NullMarked
package io.cattleguard.sources.kubescape;

import org.jspecify.annotations.NullMarked;
