/** The stored state of respond: claims, budgets, active containments and the kill switch. */
@NullMarked
package io.cattleguard.respond.ledger;

import org.jspecify.annotations.NullMarked;
