/** A grave incident of a node or an account mutes its symptoms for people. */
@NullMarked
package io.cattleguard.deduplicate.inhibition;

import org.jspecify.annotations.NullMarked;
