/** What the pages of the board show, as values without input and output. */
@NullMarked
package io.cattleguard.app.board.page;

import org.jspecify.annotations.NullMarked;
