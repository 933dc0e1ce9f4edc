/** The node agent: takes what sensors see, keeps it on disk, and sends it on, folded and packed. */
@NullMarked
package io.cattleguard.sensor;

import org.jspecify.annotations.NullMarked;
