/** The board: one web page application over the running server or the deployment in AWS. */
@NullMarked
package io.cattleguard.app.board;

import org.jspecify.annotations.NullMarked;
