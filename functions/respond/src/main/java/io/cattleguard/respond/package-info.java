/** Contains the object of an alert: one exact object, and only if no guard objects. */
@NullMarked
package io.cattleguard.respond;

import org.jspecify.annotations.NullMarked;
