/** The commands with which people stop, resume, undo and extend responses. */
@NullMarked
package io.cattleguard.app.operate;

import org.jspecify.annotations.NullMarked;
