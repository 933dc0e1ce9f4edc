/** The actions in a cloud account, one class each, with their guards and permissions. */
@NullMarked
package io.cattleguard.respond.aws.actions;

import org.jspecify.annotations.NullMarked;
