/** Evidence of an incident: where it is kept, and how a change to it is found. */
@NullMarked
package io.cattleguard.respond.evidence;

import org.jspecify.annotations.NullMarked;
