/**
 * Tells new problems from known ones, so that people hear of each once and responders of every
 * object.
 */
@NullMarked
package io.cattleguard.deduplicate;

import org.jspecify.annotations.NullMarked;
