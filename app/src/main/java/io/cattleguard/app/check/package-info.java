/** Checks a policy and runs the tests that it contains. */
@NullMarked
package io.cattleguard.app.check;

import org.jspecify.annotations.NullMarked;
