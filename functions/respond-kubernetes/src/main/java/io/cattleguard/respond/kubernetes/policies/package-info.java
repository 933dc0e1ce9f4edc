/** Evaluates label selectors, and policies of network plugins, without I/O. */
@NullMarked
package io.cattleguard.respond.kubernetes.policies;

import org.jspecify.annotations.NullMarked;
