/** What the Lambda functions of all responders have in common. */
@NullMarked
package io.cattleguard.respond.handler;

import org.jspecify.annotations.NullMarked;
