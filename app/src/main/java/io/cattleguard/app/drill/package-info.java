/**
 * Imitates an intruder without doing harm, and follows each step through a deployment to the people
 * it notifies.
 */
@NullMarked
package io.cattleguard.app.drill;

import org.jspecify.annotations.NullMarked;
