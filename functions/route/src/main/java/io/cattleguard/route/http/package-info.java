/** HTTP as every destination speaks it: one POST, once, within time limits. */
@NullMarked
package io.cattleguard.route.http;

import org.jspecify.annotations.NullMarked;
