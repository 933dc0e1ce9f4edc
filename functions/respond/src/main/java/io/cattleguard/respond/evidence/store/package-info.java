/** Keeps evidence in a folder, and bounds how long a store or a cluster may take. */
@NullMarked
package io.cattleguard.respond.evidence.store;

import org.jspecify.annotations.NullMarked;
