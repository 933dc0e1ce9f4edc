/** Contains what an alert is about, on one exact object and only where every guard-rail agrees. */
@NullMarked
package io.cattleguard.respond;

import org.jspecify.annotations.NullMarked;
