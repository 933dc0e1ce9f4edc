/** The shared part of the responders' Lambda functions. */
@NullMarked
package io.cattleguard.respond.handler;

import org.jspecify.annotations.NullMarked;
