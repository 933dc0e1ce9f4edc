/** A real cluster, over fabric8's client. */
@NullMarked
package io.cattleguard.respond.kubernetes.fabric8;

import org.jspecify.annotations.NullMarked;
