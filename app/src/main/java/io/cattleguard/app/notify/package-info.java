/** {@code cattleguard notify}: sends a test message by the settings of the policy. */
@NullMarked
package io.cattleguard.app.notify;

import org.jspecify.annotations.NullMarked;
