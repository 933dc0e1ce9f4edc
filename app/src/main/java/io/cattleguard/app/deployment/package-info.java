/** Which deployment an operator's command is about: a running {@code up}, or a stack in AWS. */
@NullMarked
package io.cattleguard.app.deployment;

import org.jspecify.annotations.NullMarked;
