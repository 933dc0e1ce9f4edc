/** SQLite files that survive a kill, a full disk and damage; for the spool and the state file. */
@NullMarked
package io.cattleguard.sensor.store;

import org.jspecify.annotations.NullMarked;
