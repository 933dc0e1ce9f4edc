/** What people hide for a time, and what they would hide by it. */
@NullMarked
package io.cattleguard.deduplicate.silence;

import org.jspecify.annotations.NullMarked;
