/** Writes models as policies of engines that enforce them in the kernel or in the network. */
@NullMarked
package io.cattleguard.models.export;

import org.jspecify.annotations.NullMarked;
