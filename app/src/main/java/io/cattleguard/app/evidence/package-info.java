/** {@code cattleguard evidence}: lists, verifies and copies the evidence of an incident. */
@NullMarked
package io.cattleguard.app.evidence;

import org.jspecify.annotations.NullMarked;
