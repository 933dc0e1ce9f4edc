/** Checks a deployment in AWS and its clusters, read-only. */
@NullMarked
package io.cattleguard.app.doctor;

import org.jspecify.annotations.NullMarked;
