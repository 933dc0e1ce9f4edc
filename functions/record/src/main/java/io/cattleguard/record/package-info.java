/**
 * Projects the events of the road into one record per incident, so that people can look up later
 * what happened.
 */
@NullMarked
package io.cattleguard.record;

import org.jspecify.annotations.NullMarked;
