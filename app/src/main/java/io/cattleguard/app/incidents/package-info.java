/** The commands that show what happened, and the question that they ask a deployment. */
@NullMarked
package io.cattleguard.app.incidents;

import org.jspecify.annotations.NullMarked;
