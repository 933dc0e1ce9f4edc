/** The state of a server: tables and queues in one SQLite file. */
@NullMarked
package io.cattleguard.app.state;

import org.jspecify.annotations.NullMarked;
