/**
 * The contract of an action and what it is decided on: playbooks, guards and what the action saw.
 */
@NullMarked
package io.cattleguard.respond.action;

import org.jspecify.annotations.NullMarked;
