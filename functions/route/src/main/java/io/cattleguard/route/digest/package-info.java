/** Findings that developers fix, sent to the owning team once a day. */
@NullMarked
package io.cattleguard.route.digest;

import org.jspecify.annotations.NullMarked;
