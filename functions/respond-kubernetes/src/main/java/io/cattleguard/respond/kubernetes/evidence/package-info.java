/** Keeps evidence in S3. */
@NullMarked
package io.cattleguard.respond.kubernetes.evidence;

import org.jspecify.annotations.NullMarked;
