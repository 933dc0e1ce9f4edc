/** The version of this build, in one place. */
@NullMarked
package io.cattleguard.events.build;

import org.jspecify.annotations.NullMarked;
