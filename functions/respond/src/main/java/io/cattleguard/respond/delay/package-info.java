/** The messages of a responder to itself, by which it checks or decides later and never waits. */
@NullMarked
package io.cattleguard.respond.delay;

import org.jspecify.annotations.NullMarked;
