/** Does harmlessly what intruders do, and follows it through a deployment to those who are told. */
@NullMarked
package io.cattleguard.app.drill;

import org.jspecify.annotations.NullMarked;
