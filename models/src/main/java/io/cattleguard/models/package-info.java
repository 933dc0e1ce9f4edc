/** Models of what each workload runs and talks to, so that a deviation from it is an alert. */
@NullMarked
package io.cattleguard.models;

import org.jspecify.annotations.NullMarked;
