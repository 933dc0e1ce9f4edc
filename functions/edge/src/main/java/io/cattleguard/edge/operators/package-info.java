/** Which people may give which commands: shared by every function that receives commands. */
@NullMarked
package io.cattleguard.edge.operators;

import org.jspecify.annotations.NullMarked;
