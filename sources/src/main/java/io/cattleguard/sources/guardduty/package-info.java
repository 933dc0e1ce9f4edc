/** Reads Amazon GuardDuty's findings. */
@NullMarked
package io.cattleguard.sources.guardduty;

import org.jspecify.annotations.NullMarked;
