/** Findings that developers fix, told to the owning team once a day. */
@NullMarked
package io.cattleguard.route.digest;

import org.jspecify.annotations.NullMarked;
