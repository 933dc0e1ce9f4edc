/** The report on a period: its alerts, its containments, and its refusals with their reasons. */
@NullMarked
package io.cattleguard.app.report;

import org.jspecify.annotations.NullMarked;
