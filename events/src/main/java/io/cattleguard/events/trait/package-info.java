/** The traits of alerts, in one list: parsers set no others, and a policy can match no others. */
@NullMarked
package io.cattleguard.events.trait;

import org.jspecify.annotations.NullMarked;
