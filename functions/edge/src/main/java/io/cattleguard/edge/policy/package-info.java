/** Reads policy files: strict YAML, with file and line in every error. */
@NullMarked
package io.cattleguard.edge.policy;

import org.jspecify.annotations.NullMarked;
