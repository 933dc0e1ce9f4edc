/** The report on a period: what came, what was contained, what was refused and why. */
@NullMarked
package io.cattleguard.app.report;

import org.jspecify.annotations.NullMarked;
