/** A real cluster, through the fabric8 client. */
@NullMarked
package io.cattleguard.respond.kubernetes.fabric8;

import org.jspecify.annotations.NullMarked;
