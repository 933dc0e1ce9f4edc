/** Who may command what: the same answer in every function that takes commands of people. */
@NullMarked
package io.cattleguard.edge.operators;

import org.jspecify.annotations.NullMarked;
