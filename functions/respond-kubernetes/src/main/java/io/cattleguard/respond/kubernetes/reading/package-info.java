/**
 * Reads that are shared by concurrent callers, begun before their answer is needed, or kept because
 * their answer cannot change: so that a response needs few requests.
 */
@NullMarked
package io.cattleguard.respond.kubernetes.reading;

import org.jspecify.annotations.NullMarked;
