/** {@code cattleguard plan}: what each playbook could do in a live cluster now. */
@NullMarked
package io.cattleguard.app.plan;

import org.jspecify.annotations.NullMarked;
