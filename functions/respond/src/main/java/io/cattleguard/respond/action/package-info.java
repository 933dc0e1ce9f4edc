/**
 * The contract of an action and the inputs of its decision: playbooks, guards and the state that
 * the action read.
 */
@NullMarked
package io.cattleguard.respond.action;

import org.jspecify.annotations.NullMarked;
