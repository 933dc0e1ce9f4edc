/** The command line: lists the commands and turns errors into messages and exit codes. */
@NullMarked
package io.cattleguard.app.cli;

import org.jspecify.annotations.NullMarked;
