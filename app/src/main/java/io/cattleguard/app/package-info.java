/** The whole road in one process, so that it can be seen, rehearsed and tested on a laptop. */
@NullMarked
package io.cattleguard.app;

import org.jspecify.annotations.NullMarked;
