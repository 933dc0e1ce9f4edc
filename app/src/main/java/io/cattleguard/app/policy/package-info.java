/** A whole policy directory, and the option that names it. */
@NullMarked
package io.cattleguard.app.policy;

import org.jspecify.annotations.NullMarked;
