/**
 * The actions in a cloud account, one class each, with their guards and what they must be allowed.
 */
@NullMarked
package io.cattleguard.respond.aws.actions;

import org.jspecify.annotations.NullMarked;
