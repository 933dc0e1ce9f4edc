/** The actions on pods, one class each, with their guards and permissions. */
@NullMarked
package io.cattleguard.respond.kubernetes.actions;

import org.jspecify.annotations.NullMarked;
