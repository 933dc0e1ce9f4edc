/**
 * Separates new problems from known ones, so that people see each problem once and responders see
 * every object.
 */
@NullMarked
package io.cattleguard.deduplicate;

import org.jspecify.annotations.NullMarked;
