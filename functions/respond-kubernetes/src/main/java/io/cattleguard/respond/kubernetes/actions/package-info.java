/** The actions on pods, one class each, with their guards and what they must be allowed. */
@NullMarked
package io.cattleguard.respond.kubernetes.actions;

import org.jspecify.annotations.NullMarked;
