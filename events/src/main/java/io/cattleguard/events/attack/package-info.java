/** Names MITRE's tactics once, for all that reads, sorts or shows them. */
@NullMarked
package io.cattleguard.events.attack;

import org.jspecify.annotations.NullMarked;
