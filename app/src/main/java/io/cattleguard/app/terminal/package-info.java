/** What all commands share: output, environment, usage errors and exit codes. */
@NullMarked
package io.cattleguard.app.terminal;

import org.jspecify.annotations.NullMarked;
